#include "passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_UNFOLDSCALARS
#include "passes/Passes.h.inc"

static bool isScalarTensor(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() == 0;
}

/// The same op on elements.
static void unfold(Operation *op) {
  OpBuilder b(op);
  Location loc = op->getLoc();
  OperationState state(loc, op->getName());
  for (Value operand : op->getOperands())
    state.addOperands(
        isScalarTensor(operand.getType())
            ? tensor::ExtractOp::create(b, loc, operand, ValueRange())
            : operand);
  Type result = op->getResult(0).getType();
  state.addTypes(getElementTypeOrSelf(result));
  state.addAttributes(op->getAttrs());
  Value element = b.create(state)->getResult(0);
  op->getResult(0).replaceAllUsesWith(
      tensor::FromElementsOp::create(b, loc, result, element).getResult());
  op->erase();
}

namespace {
struct UnfoldScalars : impl::UnfoldScalarsBase<UnfoldScalars> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (OpTrait::hasElementwiseMappableTraits(op) &&
          op->getNumResults() == 1 &&
          isScalarTensor(op->getResult(0).getType()))
        ops.push_back(op);
    });
    for (Operation *op : ops)
      unfold(op);
  }
};
} // namespace

} // namespace attention
