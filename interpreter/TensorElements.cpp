/// Ops of `tensor` that make arrays element by element, and look into them.
#include "interpreter/Families.h"
#include "interpreter/Interpreter.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace attention {

/// The sizes of a result of this type whose dynamic ones are given.
static FailureOr<Shape> resultSizes(Operation *op, const Frame &frame,
                                    ValueRange dynamicSizes) {
  Shape shape;
  for (int64_t size : cast<ShapedType>(op->getResult(0).getType()).getShape()) {
    if (ShapedType::isDynamic(size)) {
      size = frame.integer(dynamicSizes.front());
      dynamicSizes = dynamicSizes.drop_front();
    }
    shape.push_back(size);
  }
  if (failed(checkSizes(op, shape)))
    return failure();
  return shape;
}

/// The element that index operands name; fails when out of bounds.
static FailureOr<int64_t> position(Operation *op, const Frame &frame,
                                   ArrayRef<int64_t> shape,
                                   ValueRange indices) {
  Shape index;
  bool inside = true;
  for (auto [value, size] : llvm::zip(indices, shape)) {
    index.push_back(frame.integer(value));
    inside &= index.back() >= 0 && index.back() < size;
  }
  if (!inside)
    return op->emitError("expects an index within sizes ")
           << shapeText(shape) << ", but got " << shapeText(index);
  return linearIndex(index, stridesOf(shape));
}

static LogicalResult empty(Operation *op, Frame &frame) {
  auto shape = resultSizes(op, frame, op->getOperands());
  if (failed(shape))
    return failure();
  frame.set(op->getResult(0),
            Array::zeros(*shape, getElementTypeOrSelf(op->getResult(0))));
  return success();
}

static LogicalResult splat(Operation *op, Frame &frame) {
  auto shape = resultSizes(op, frame, op->getOperands().drop_front());
  if (failed(shape))
    return failure();
  Array array = Array::zeros(*shape, getElementTypeOrSelf(op->getResult(0)));
  for (int64_t i = 0, count = array.size(); i < count; ++i)
    setElement(array, i, frame.get(op->getOperand(0)));
  frame.set(op->getResult(0), std::move(array));
  return success();
}

static LogicalResult fromElements(Operation *op, Frame &frame) {
  auto type = cast<ShapedType>(op->getResult(0).getType());
  Array array = Array::zeros(type.getShape(), type.getElementType());
  for (auto [i, operand] : llvm::enumerate(op->getOperands()))
    setElement(array, i, frame.get(operand));
  frame.set(op->getResult(0), std::move(array));
  return success();
}

static LogicalResult generate(Operation *op, Frame &frame) {
  auto shape = resultSizes(op, frame, op->getOperands());
  if (failed(shape))
    return failure();
  Array array = Array::zeros(*shape, getElementTypeOrSelf(op->getResult(0)));
  int64_t i = 0;
  LogicalResult outcome = success();
  forEachIndex(*shape, [&](ArrayRef<int64_t> index) {
    SmallVector<Datum> arguments(index.begin(), index.end()), yielded;
    if (succeeded(outcome))
      outcome = frame.run(op->getRegion(0), arguments, yielded);
    if (succeeded(outcome))
      setElement(array, i++, yielded[0]);
  });
  frame.set(op->getResult(0), std::move(array));
  return outcome;
}

static LogicalResult extract(Operation *op, Frame &frame) {
  auto extract = cast<tensor::ExtractOp>(op);
  const Array &array = frame.array(extract.getTensor());
  auto at = position(op, frame, array.shape, extract.getIndices());
  if (failed(at))
    return failure();
  frame.set(extract.getResult(), elementAt(array, *at));
  return success();
}

static LogicalResult insert(Operation *op, Frame &frame) {
  auto insert = cast<tensor::InsertOp>(op);
  Array array = frame.array(insert.getDest());
  auto at = position(op, frame, array.shape, insert.getIndices());
  if (failed(at))
    return failure();
  setElement(array, *at, frame.get(insert.getScalar()));
  frame.set(insert.getResult(), std::move(array));
  return success();
}

static LogicalResult dim(Operation *op, Frame &frame) {
  const Array &array = frame.array(op->getOperand(0));
  int64_t d = frame.integer(op->getOperand(1));
  if (d < 0 || d >= array.rank())
    return op->emitError("expects a dimension below ")
           << array.rank() << ", but got " << d;
  frame.set(op->getResult(0), array.shape[d]);
  return success();
}

static LogicalResult rank(Operation *op, Frame &frame) {
  frame.set(op->getResult(0), frame.array(op->getOperand(0)).rank());
  return success();
}

void addTensorElements(HandlerTable &table) {
  table.add("tensor.empty", empty);
  table.add("tensor.splat", splat);
  table.add("tensor.from_elements", fromElements);
  table.add("tensor.generate", generate);
  table.add("tensor.extract", extract);
  table.add("tensor.insert", insert);
  table.add("tensor.dim", dim);
  table.add("tensor.rank", rank);
}

} // namespace attention
