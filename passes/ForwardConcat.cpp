#include "dialect/Attention.h"
#include "passes/JoinedRows.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_FORWARDCONCAT
#include "passes/Passes.h.inc"

/// Whether all that is made of joined rows ends up as keys and values.
static bool feedsKeysAlone(Value joined, int64_t axis) {
  return !joined.use_empty() &&
         llvm::all_of(joined.getUses(), [&](OpOperand &use) {
           Operation *user = use.getOwner();
           if (auto attend = dyn_cast<AttendOp>(user))
             return axis == 2 && joined != attend.getQuery() &&
                    visitsPieces(attend);
           std::optional<int64_t> after = axisBehind(use, axis);
           return after && feedsKeysAlone(user->getResult(0), *after);
         });
}

/// f(concat(a, b)) is concat(f(a), f(b)) where f works row by row.
static void forward(tensor::ConcatOp concat,
                    SmallVectorImpl<tensor::ConcatOp> &pending) {
  for (OpOperand &use : llvm::make_early_inc_range(concat->getUses())) {
    Operation *user = use.getOwner();
    std::optional<int64_t> axis = axisBehind(use, concat.getDim());
    if (!axis)
      continue;
    OpBuilder builder(user);
    SmallVector<Value> pieces;
    for (Value piece : concat.getInputs()) {
      IRMapping mapping;
      mapping.map(concat.getResult(), piece);
      Operation *part = builder.clone(*user, mapping);
      auto type = cast<RankedTensorType>(part->getResult(0).getType());
      SmallVector<int64_t> shape(type.getShape());
      shape[*axis] =
          cast<RankedTensorType>(piece.getType()).getDimSize(concat.getDim());
      part->getResult(0).setType(type.clone(shape));
      pieces.push_back(part->getResult(0));
    }
    auto behind = tensor::ConcatOp::create(
        builder, user->getLoc(), user->getResult(0).getType(), *axis, pieces);
    user->getResult(0).replaceAllUsesWith(behind);
    user->erase();
    pending.push_back(behind);
  }
  if (concat->use_empty())
    concat->erase();
}

namespace {
struct ForwardConcat : impl::ForwardConcatBase<ForwardConcat> {
  void runOnOperation() override {
    SmallVector<tensor::ConcatOp> pending;
    getOperation().walk([&](tensor::ConcatOp op) {
      if (feedsKeysAlone(op.getResult(), op.getDim()))
        pending.push_back(op);
    });
    while (!pending.empty())
      forward(pending.pop_back_val(), pending);
  }
};
} // namespace

} // namespace attention
