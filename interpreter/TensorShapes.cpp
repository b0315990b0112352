/// Ops of `tensor` that keep the elements and their order: reshapes and casts.
#include "interpreter/Families.h"
#include "interpreter/Interpreter.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace attention {

/// Sets the only result to the first operand's elements under a new shape.
static LogicalResult setReshaped(Operation *op, Frame &frame,
                                 ArrayRef<int64_t> shape) {
  Array array = frame.array(op->getOperand(0));
  if (failed(checkSizes(op, shape)))
    return failure();
  if (elementCount(shape) != array.size())
    return op->emitError("expects sizes for ")
           << array.size() << " elements, but got " << shapeText(shape);
  array.shape = Shape(shape);
  Datum result(std::move(array));
  if (failed(checkType(op, result, op->getResult(0).getType())))
    return failure();
  frame.set(op->getResult(0), std::move(result));
  return success();
}

static LogicalResult cast_(Operation *op, Frame &frame) {
  const Datum &datum = frame.get(op->getOperand(0));
  if (failed(checkType(op, datum, op->getResult(0).getType())))
    return failure();
  frame.set(op->getResult(0), datum);
  return success();
}

static LogicalResult reshape(Operation *op, Frame &frame) {
  const Array &sizes = frame.array(op->getOperand(1));
  return setReshaped(op, frame, sizes.as<int64_t>());
}

static LogicalResult expandShape(Operation *op, Frame &frame) {
  auto expand = cast<tensor::ExpandShapeOp>(op);
  Shape shape = frame.integers(expand.getMixedOutputShape());
  const Shape &source = frame.array(expand.getSrc()).shape;
  for (auto [d, group] : llvm::enumerate(expand.getReassociationIndices())) {
    int64_t product = 1;
    for (int64_t r : group)
      product *= shape[r];
    if (product != source[d])
      return op->emitError("expects sizes whose product is ")
             << source[d] << " for dimension " << d << ", but got "
             << shapeText(shape);
  }
  return setReshaped(op, frame, shape);
}

static LogicalResult collapseShape(Operation *op, Frame &frame) {
  auto collapse = cast<tensor::CollapseShapeOp>(op);
  const Shape &source = frame.array(collapse.getSrc()).shape;
  Shape shape;
  for (const ReassociationIndices &group : collapse.getReassociationIndices()) {
    shape.push_back(1);
    for (int64_t d : group)
      shape.back() *= source[d];
  }
  return setReshaped(op, frame, shape);
}

void addTensorShapes(HandlerTable &table) {
  table.add("tensor.cast", cast_);
  table.add("tensor.reshape", reshape);
  table.add("tensor.expand_shape", expandShape);
  table.add("tensor.collapse_shape", collapseShape);
}

} // namespace attention
