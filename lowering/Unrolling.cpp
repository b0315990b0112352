#include "lowering/cpu/Unrolling.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace attention {

/// Upstream hands attributes of a loop with the prefix `llvm.` down to the
/// branch that closes it.
static constexpr llvm::StringLiteral annotation = "llvm.loop_annotation";

void unroll(scf::ForOp loop) {
  Builder builder(loop.getContext());
  LLVM::LoopUnrollAttr unrolling = LLVM::LoopUnrollAttr::get(
      loop.getContext(), /*disable=*/{}, builder.getI32IntegerAttr(4),
      /*runtimeDisable=*/{}, /*full=*/{}, /*followupUnrolled=*/{},
      /*followupRemainder=*/{}, /*followupAll=*/{});
  loop->setAttr(annotation,
                LLVM::LoopAnnotationAttr::get(
                    loop.getContext(), /*disableNonforced=*/{},
                    /*vectorize=*/{}, /*interleave=*/{}, unrolling,
                    /*unrollAndJam=*/{}, /*licm=*/{}, /*distribute=*/{},
                    /*pipeline=*/{}, /*peeled=*/{}, /*unswitch=*/{},
                    /*mustProgress=*/{}, /*isVectorized=*/{},
                    /*startLoc=*/{}, /*endLoc=*/{}, /*parallelAccesses=*/{}));
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
