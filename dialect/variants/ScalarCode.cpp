#include "dialect/variants/ScalarCode.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace attention {

bool hasTileForm(Operation &op) {
  return op.hasTrait<OpTrait::ConstantLike>() ||
         OpTrait::hasElementwiseMappableTraits(&op);
}

Value ScalarCode::asTile(Value value) {
  if (isa<VectorType>(value.getType()))
    return value;
  return builder.createOrFold<vector::BroadcastOp>(
      loc, VectorType::get(shape, value.getType()), value);
}

Value ScalarCode::tile(Value scalar) { return asTile(evaluate(scalar)); }

Value ScalarCode::evaluate(Value scalar) {
  if (Value known = mapping.lookupOrNull(scalar))
    return known;
  Operation *op = scalar.getDefiningOp();
  SmallVector<Value> operands = llvm::map_to_vector(
      op->getOperands(), [&](Value operand) { return evaluate(operand); });
  if (llvm::none_of(operands, [](Value operand) {
        return isa<VectorType>(operand.getType());
      })) {
    builder.clone(*op, mapping);
    return mapping.lookup(scalar);
  }
  OperationState state(loc, op->getName());
  for (Value operand : operands)
    state.addOperands(asTile(operand));
  for (Type type : op->getResultTypes())
    state.addTypes(VectorType::get(shape, type));
  state.addAttributes(op->getAttrs());
  if (auto properties = op->getPropertiesAsAttribute())
    state.propertiesAttr = properties;
  mapping.map(op->getResults(), builder.create(state)->getResults());
  return mapping.lookup(scalar);
}

} // namespace attention
