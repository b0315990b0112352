#include "lowering/EmitKernel.h"
#include "lowering/FlattenRows.h"
#include "lowering/Passes.h"
#include "passes/FusionGroup.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_GLUETOTILES
#include "lowering/Passes.h.inc"

static bool isOfDialect(Operation *op) {
  return isa_and_nonnull<AttentionDialect>(op->getDialect());
}

/// Whether `op` stands alone and becomes a kernel. What attention reads or
/// writes as heads is a matter of its own strides.
static bool becomesKernel(Operation *op) {
  if (op->getParentOfType<FusedOp>() || op->use_empty())
    return false;
  if (isa<MergeHeadsOp>(op)) {
    Operation *source = op->getOperand(0).getDefiningOp();
    return !source || !isOfDialect(source) || emitterOf(source) ||
           isa<FusedOp>(source);
  }
  if (isa<SplitHeadsOp>(op))
    return llvm::any_of(op->getUsers(), [](Operation *user) {
      return !isOfDialect(user) && !emitterOf(user);
    });
  return emitterOf(op) && !isComputedWhereRead(op);
}

namespace {
struct GlueToTiles : impl::GlueToTilesBase<GlueToTiles> {
  using GlueToTilesBase::GlueToTilesBase;
  void runOnOperation() override {
    SmallVector<Operation *> alone;
    getOperation().walk([&](Operation *op) {
      if (becomesKernel(op))
        alone.push_back(op);
    });
    for (Operation *op : alone)
      fuse(op);
    SmallVector<FusedOp> kernels;
    getOperation().walk([&](FusedOp fused) { kernels.push_back(fused); });
    TileLimits limits{rowTile, panelBytes, tileBytes, exactParts};
    for (FusedOp fused : kernels) {
      if (!fused.getInto())
        fused = flattenRows(fused);
      FailureOr<KernelPlan> plan = planKernel(fused, limits);
      if (failed(plan))
        return signalPassFailure();
      emitKernel(fused, *plan);
    }
  }
};
} // namespace

} // namespace attention
