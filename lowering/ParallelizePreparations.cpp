#include "lowering/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/EntryFunctions.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_PARALLELIZEPREPARATIONS
#include "lowering/Passes.h.inc"

/// Makes the outermost loop of `op` parallel, where its iterations write
/// different elements.
static void parallelize(RewriterBase &rewriter, linalg::LinalgOp op) {
  if (op.getNumLoops() == 0 || !op.hasPureBufferSemantics() ||
      !linalg::isParallelIterator(op.getIteratorTypesArray().front()))
    return;
  rewriter.setInsertionPoint(op);
  FailureOr<linalg::LinalgLoops> loops = linalg::linalgOpToLoops(rewriter, op);
  if (failed(loops))
    return;
  auto outer = cast<scf::ForOp>(loops->front());
  rewriter.setInsertionPoint(outer);
  auto parallel = scf::ForallOp::create(
      rewriter, op.getLoc(), ArrayRef{getAsOpFoldResult(outer.getLowerBound())},
      ArrayRef{getAsOpFoldResult(outer.getUpperBound())},
      ArrayRef{getAsOpFoldResult(outer.getStep())},
      /*outputs=*/ValueRange(), /*mapping=*/std::nullopt);
  rewriter.eraseOp(outer.getBody()->getTerminator());
  rewriter.inlineBlockBefore(outer.getBody(), parallel.getTerminator(),
                             parallel.getInductionVars());
  rewriter.eraseOp(outer);
  rewriter.eraseOp(op);
}

namespace {
struct ParallelizePreparations
    : impl::ParallelizePreparationsBase<ParallelizePreparations> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (!isPreparation(function))
      return;
    SmallVector<linalg::LinalgOp> found;
    function.walk([&](linalg::LinalgOp op) {
      if (op->getParentOp() == function)
        found.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::LinalgOp op : found)
      parallelize(rewriter, op);
  }
};
} // namespace

} // namespace attention
