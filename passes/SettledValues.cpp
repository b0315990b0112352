#include "passes/SettledValues.h"

#include "dialect/Names.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace attention {

SetVector<Value> readsOf(Operation *op) {
  SetVector<Value> reads(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), reads);
  return reads;
}

static bool isStatic(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? tensor.hasStaticShape() : type.isIntOrIndexOrFloat();
}

SettledValues::SettledValues(func::FuncOp function) : body(&function.front()) {
  for (BlockArgument argument : function.getArguments())
    if (function.getArgAttr(argument.getArgNumber(), weightAttr) &&
        isStatic(argument.getType()))
      values.insert(argument);
  for (Operation &op : *body)
    if (isSettled(&op))
      values.insert(op.result_begin(), op.result_end());
}

bool SettledValues::isSettled(Operation *op) const {
  return !op->hasTrait<OpTrait::IsTerminator>() && isMemoryEffectFree(op) &&
         llvm::all_of(op->getResultTypes(), isStatic) &&
         llvm::all_of(readsOf(op), [&](Value read) { return contains(read); });
}

Origin SettledValues::originOf(Value value) const {
  Origin origin;
  SmallVector<Value> open = {value};
  while (!open.empty()) {
    Value next = open.pop_back_val();
    Operation *op = next.getDefiningOp();
    if (!op)
      origin.weights.insert(next);
    else if (origin.ops.insert(op))
      llvm::append_range(open, readsOf(op));
  }
  return origin;
}

bool SettledValues::isReadByRuns(Value value) const {
  return llvm::any_of(value.getUsers(), [&](Operation *user) {
    Operation *op = body->findAncestorOpInBlock(*user);
    return !op->hasTrait<OpTrait::IsTerminator>() &&
           (op->getNumResults() == 0 || !contains(op->getResult(0)));
  });
}

} // namespace attention
