#include "lowering/Unrolling.h"
#include "dialect/Names.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace attention {

/// Upstream hands attributes of a loop with the prefix `llvm.` down to the
/// branch that closes it.
static constexpr llvm::StringLiteral annotation = "llvm.loop_annotation";

static void annotate(scf::ForOp loop, BoolAttr disable, IntegerAttr count) {
  MLIRContext *context = loop.getContext();
  LLVM::LoopUnrollAttr unrolling = LLVM::LoopUnrollAttr::get(
      context, disable, count, /*runtimeDisable=*/{}, /*full=*/{},
      /*followupUnrolled=*/{}, /*followupRemainder=*/{}, /*followupAll=*/{});
  loop->setAttr(annotation,
                LLVM::LoopAnnotationAttr::get(
                    context, /*disableNonforced=*/{},
                    /*vectorize=*/{}, /*interleave=*/{}, unrolling,
                    /*unrollAndJam=*/{}, /*licm=*/{}, /*distribute=*/{},
                    /*pipeline=*/{}, /*peeled=*/{}, /*unswitch=*/{},
                    /*mustProgress=*/{}, /*isVectorized=*/{},
                    /*startLoc=*/{}, /*endLoc=*/{}, /*parallelAccesses=*/{}));
}

static bool isRare(Operation *op) {
  while (auto branch = op->getParentOfType<scf::IfOp>()) {
    if (branch->hasAttr(rareElseAttr) &&
        branch.getElseRegion().isAncestor(op->getParentRegion()))
      return true;
    op = branch;
  }
  return false;
}

void unroll(scf::ForOp loop) {
  if (isRare(loop))
    return;
  annotate(loop, /*disable=*/{}, Builder(loop).getI32IntegerAttr(4));
}

void keepRolled(scf::ForOp loop) {
  annotate(loop, Builder(loop).getBoolAttr(true), /*count=*/{});
}

void keepUnrolling(Operation *module) {
  module->walk([](LLVM::BrOp branch) {
    if (auto kept =
            branch->getAttrOfType<LLVM::LoopAnnotationAttr>(annotation)) {
      branch.setLoopAnnotationAttr(kept);
      branch->removeAttr(annotation);
    }
  });
}

} // namespace attention
