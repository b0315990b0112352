/// Ops of `tensor` that cut, place, join and pad.
#include "interpreter/Families.h"
#include "interpreter/Slices.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace attention {

FailureOr<Box> boxOf(OffsetSizeAndStrideOpInterface op, const Frame &frame,
                     ArrayRef<int64_t> shape) {
  Box box{frame.integers(op.getMixedOffsets()),
          frame.integers(op.getMixedSizes()),
          frame.integers(op.getMixedStrides())};
  if (failed(checkSizes(op, box.sizes)))
    return failure();
  for (int64_t d = 0, rank = shape.size(); d < rank; ++d) {
    int64_t first = box.offsets[d];
    int64_t last = first + (box.sizes[d] - 1) * box.strides[d];
    bool inside = box.sizes[d] == 0 ? first >= 0 && first <= shape[d]
                                    : std::min(first, last) >= 0 &&
                                          std::max(first, last) < shape[d];
    if (!inside)
      return op->emitError("expects a slice within sizes ")
             << shapeText(shape) << ", but got offsets "
             << shapeText(box.offsets) << ", sizes " << shapeText(box.sizes)
             << ", strides " << shapeText(box.strides);
  }
  return box;
}

static Shape withoutDropped(ArrayRef<int64_t> sizes,
                            const llvm::SmallBitVector &dropped) {
  Shape kept;
  for (auto [d, size] : llvm::enumerate(sizes))
    if (!dropped.test(d))
      kept.push_back(size);
  return kept;
}

/// Where element `index` of the box stands in an array of these strides.
static int64_t boxElement(const Box &box, ArrayRef<int64_t> index,
                          ArrayRef<int64_t> strides) {
  int64_t linear = 0;
  for (size_t d = 0; d < index.size(); ++d)
    linear += (box.offsets[d] + index[d] * box.strides[d]) * strides[d];
  return linear;
}

LogicalResult placeSlice(Operation *op, const Box &box,
                         const llvm::SmallBitVector &dropped,
                         const Array &source, Array &target) {
  Shape expected = withoutDropped(box.sizes, dropped);
  if (source.shape != expected)
    return op->emitError("expects a source of sizes ")
           << shapeText(expected) << ", but got " << shapeText(source.shape);
  Array boxed = source;
  boxed.shape = box.sizes;
  Shape strides = stridesOf(target.shape);
  placeInto(target, boxed, [&](ArrayRef<int64_t> index) {
    return boxElement(box, index, strides);
  });
  return success();
}

static LogicalResult extractSlice(Operation *op, Frame &frame) {
  auto extract = cast<tensor::ExtractSliceOp>(op);
  const Array &source = frame.array(extract.getSource());
  auto box = boxOf(extract, frame, source.shape);
  if (failed(box))
    return failure();
  Shape strides = stridesOf(source.shape);
  Array slice = rearranged(source, box->sizes, [&](ArrayRef<int64_t> index) {
    return boxElement(*box, index, strides);
  });
  slice.shape = withoutDropped(box->sizes, extract.getDroppedDims());
  Datum result(std::move(slice));
  if (failed(checkType(op, result, extract.getType())))
    return failure();
  frame.set(extract.getResult(), std::move(result));
  return success();
}

static LogicalResult insertSlice(Operation *op, Frame &frame) {
  auto insert = cast<tensor::InsertSliceOp>(op);
  Array target = frame.array(insert.getDest());
  auto box = boxOf(insert, frame, target.shape);
  if (failed(box) ||
      failed(placeSlice(op, *box, insert.getDroppedDims(),
                        frame.array(insert.getSource()), target)))
    return failure();
  frame.set(insert.getResult(), std::move(target));
  return success();
}

static LogicalResult concat(Operation *op, Frame &frame) {
  int64_t axis = cast<tensor::ConcatOp>(op).getDim();
  Shape shape = frame.array(op->getOperand(0)).shape;
  shape[axis] = 0;
  for (mlir::Value operand : op->getOperands()) {
    Shape part = frame.array(operand).shape;
    shape[axis] += part[axis];
    part[axis] = shape[axis];
    if (part != shape)
      return op->emitError("expects operands of one size but along dimension ")
             << axis << ", but got " << shapeText(shape) << " and "
             << shapeText(part);
  }
  Array joined = Array::zeros(shape, getElementTypeOrSelf(op->getResult(0)));
  Shape strides = stridesOf(shape);
  int64_t first = 0;
  for (mlir::Value operand : op->getOperands()) {
    const Array &part = frame.array(operand);
    placeInto(joined, part, [&](ArrayRef<int64_t> index) {
      return linearIndex(index, strides) + first * strides[axis];
    });
    first += part.shape[axis];
  }
  frame.set(op->getResult(0), std::move(joined));
  return success();
}

/// The array before padding takes its place in it: what the region yields.
static FailureOr<Array> padding(Operation *op, Frame &frame,
                                ArrayRef<int64_t> shape) {
  Array padded = Array::zeros(shape, getElementTypeOrSelf(op->getResult(0)));
  int64_t i = 0;
  LogicalResult outcome = success();
  forEachIndex(shape, [&](ArrayRef<int64_t> index) {
    SmallVector<Datum> arguments(index.begin(), index.end()), yielded;
    if (succeeded(outcome))
      outcome = frame.run(op->getRegion(0), arguments, yielded);
    if (succeeded(outcome))
      setElement(padded, i++, yielded[0]);
  });
  if (failed(outcome))
    return failure();
  return padded;
}

static LogicalResult pad(Operation *op, Frame &frame) {
  auto pad = cast<tensor::PadOp>(op);
  const Array &source = frame.array(pad.getSource());
  Shape low = frame.integers(pad.getMixedLowPad());
  Shape high = frame.integers(pad.getMixedHighPad());
  Shape shape;
  for (int64_t d = 0; d < source.rank(); ++d) {
    if (low[d] < 0 || high[d] < 0)
      return op->emitError("expects padding of at least 0, but got low ")
             << shapeText(low) << " and high " << shapeText(high);
    shape.push_back(low[d] + source.shape[d] + high[d]);
  }
  if (failed(checkSizes(op, shape)))
    return failure();
  auto padded = padding(op, frame, shape);
  if (failed(padded))
    return failure();
  Shape strides = stridesOf(shape);
  placeInto(*padded, source, [&](ArrayRef<int64_t> index) {
    return linearIndex(index, strides) + linearIndex(low, strides);
  });
  frame.set(pad.getResult(), std::move(*padded));
  return success();
}

/// Fails unless every coordinate lies within the source.
static LogicalResult checkCoordinates(tensor::GatherOp gather,
                                      const Array &source,
                                      const Array &indices) {
  ArrayRef<int64_t> dims = gather.getGatherDims();
  const std::vector<int64_t> &numbers = indices.as<int64_t>();
  for (size_t i = 0; i < numbers.size(); ++i) {
    int64_t size = source.shape[dims[i % dims.size()]];
    if (numbers[i] < 0 || numbers[i] >= size)
      return gather.emitError("expects coordinates below ")
             << size << " along dimension " << dims[i % dims.size()]
             << ", but got " << numbers[i];
  }
  return success();
}

/// Gathered dimensions have size 1 in the result, or are left out of it.
static LogicalResult gather(Operation *op, Frame &frame) {
  auto gather = cast<tensor::GatherOp>(op);
  const Array &source = frame.array(gather.getSource());
  const Array &indices = frame.array(gather.getIndices());
  if (failed(checkCoordinates(gather, source, indices)))
    return failure();
  ArrayRef<int64_t> dims = gather.getGatherDims();
  int64_t batchRank = indices.rank() - 1;
  Shape full(ArrayRef<int64_t>(indices.shape).drop_back());
  bool reduced = gather.getResultType().getRank() != batchRank + source.rank();
  Shape kept = full;
  for (int64_t d = 0; d < source.rank(); ++d) {
    bool gathered = llvm::is_contained(dims, d);
    full.push_back(gathered ? 1 : source.shape[d]);
    if (!gathered || !reduced)
      kept.push_back(full.back());
  }
  Shape strides = stridesOf(source.shape), places = stridesOf(indices.shape);
  Array result = rearranged(source, full, [&](ArrayRef<int64_t> index) {
    int64_t row = linearIndex(index.take_front(batchRank), places);
    int64_t from = linearIndex(index.drop_front(batchRank), strides);
    for (auto [c, d] : llvm::enumerate(dims))
      from += indices.as<int64_t>()[row + c] * strides[d];
    return from;
  });
  result.shape = kept;
  frame.set(gather.getResult(), std::move(result));
  return success();
}

void addTensorSlices(HandlerTable &table) {
  table.add("tensor.extract_slice", extractSlice);
  table.add("tensor.insert_slice", insertSlice);
  table.add("tensor.concat", concat);
  table.add("tensor.pad", pad);
  table.add("tensor.gather", gather);
}

} // namespace attention
