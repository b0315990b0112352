#include "lowering/nvptx/Staging.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace attention::nvptx {

/// The same in every element: a constant, or a scalar.
static bool isUniform(Value tile) {
  Operation *op = tile.getDefiningOp();
  if (auto broadcast = dyn_cast_or_null<vector::BroadcastOp>(op))
    return !isa<VectorType>(broadcast.getSource().getType());
  auto constant = dyn_cast_or_null<arith::ConstantOp>(op);
  return constant && isa<SplatElementsAttr>(constant.getValue());
}

/// Collects what `tile` is computed of, operands first; false if that is not
/// one read of its shape.
static bool collect(Value tile, ArrayRef<int64_t> shape,
                    llvm::SetVector<Operation *> &operations) {
  Operation *op = tile.getDefiningOp();
  auto type = dyn_cast<VectorType>(tile.getType());
  if (!op || !type || type.getRank() != 2 || type.getShape() != shape)
    return false;
  if (isUniform(tile) || operations.contains(op))
    return true;
  // The read comes first, and there is no other.
  if (isa<vector::TransferReadOp>(op))
    return operations.empty() && operations.insert(op);
  if (!OpTrait::hasElementwiseMappableTraits(op) || op->getNumResults() != 1)
    return false;
  for (Value operand : op->getOperands())
    if (!collect(operand, shape, operations))
      return false;
  return !operations.empty() && operations.insert(op);
}

SmallVector<Operation *> stagedOperations(Value tile) {
  llvm::SetVector<Operation *> operations;
  auto type = dyn_cast<VectorType>(tile.getType());
  if (!type || isUniform(tile) || !collect(tile, type.getShape(), operations))
    return {};
  Operation *read = operations.front(), *last = operations.back();
  if (read->getBlock() != last->getBlock())
    return {};
  for (Operation *op = read; op != last; op = op->getNextNode())
    if (!isMemoryEffectFree(op) &&
        !isa<vector::TransferReadOp, vector::GatherOp, memref::LoadOp>(op))
      return {};
  return operations.takeVector();
}

/// A uniform tile, as a vector of `type`.
static Value uniform(WarpBuilder &b, KernelInputs &inputs, Value tile,
                     VectorType type) {
  if (auto broadcast = tile.getDefiningOp<vector::BroadcastOp>())
    return vector::BroadcastOp::create(b, type,
                                       inputs.scalar(broadcast.getSource()));
  auto constant = tile.getDefiningOp<arith::ConstantOp>();
  auto splat = cast<SplatElementsAttr>(constant.getValue());
  return arith::ConstantOp::create(b, splat.resizeSplat(type));
}

Value computeStaged(WarpBuilder &b, KernelInputs &inputs,
                    ArrayRef<Operation *> operations, Value neighbours) {
  int64_t count = cast<VectorType>(neighbours.getType()).getNumElements();
  auto typeOf = [&](Value tile) {
    return VectorType::get({count}, getElementTypeOrSelf(tile.getType()));
  };
  IRMapping computed;
  computed.map(operations.front()->getResult(0), neighbours);
  for (Operation *op : operations.drop_front()) {
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(computed.contains(operand)
                             ? computed.lookup(operand)
                             : uniform(b, inputs, operand, typeOf(operand)));
    OperationState state(op->getLoc(), op->getName(), operands,
                         typeOf(op->getResult(0)), op->getAttrs());
    computed.map(op->getResult(0), b.create(state)->getResult(0));
  }
  return computed.lookup(operations.back()->getResult(0));
}

} // namespace attention::nvptx
