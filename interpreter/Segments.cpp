/// Recurrence along the sequence: the region on one segment after another.
#include "dialect/Attention.h"
#include "interpreter/Families.h"
#include "interpreter/Interpreter.h"

using namespace mlir;

namespace attention {

/// Rows `[first, first + rows)` of `[batch, n, columns]`.
static Array rowsOf(const Array &array, int64_t first, int64_t rows) {
  Shape strides = stridesOf(array.shape);
  return rearranged(array, {array.shape[0], rows, array.shape[2]},
                    [&](ArrayRef<int64_t> index) {
                      return linearIndex({index[0], first + index[1], index[2]},
                                         strides);
                    });
}

/// The outputs one after another; of none, no rows.
static FailureOr<Array> joined(SegmentsOp op, const Array &input,
                               ArrayRef<Datum> outputs) {
  RankedTensorType type = op.getOutput().getType();
  Shape shape = {input.shape[0], 0,
                 type.isDynamicDim(2) ? 0 : type.getDimSize(2)};
  for (const Datum &output : outputs) {
    shape[2] = output.array().shape[2];
    shape[1] += output.array().shape[1];
  }
  if (failed(checkSizes(op, shape)))
    return failure();
  Array result = Array::zeros(shape, type.getElementType());
  Shape strides = stridesOf(shape);
  int64_t first = 0;
  for (const Datum &output : outputs) {
    const Array &array = output.array();
    if (array.shape[0] != shape[0] || array.shape[2] != shape[2])
      return op.emitError("expects outputs of ")
             << shape[0] << " batch rows and " << shape[2]
             << " columns, but got " << shapeText(array.shape);
    placeInto(result, array, [&](ArrayRef<int64_t> index) {
      return linearIndex({index[0], first + index[1], index[2]}, strides);
    });
    first += array.shape[1];
  }
  return result;
}

static LogicalResult segments(Operation *op, Frame &frame) {
  auto segments = cast<SegmentsOp>(op);
  Array input = frame.array(segments.getInput());
  int64_t length = segments.getLength();
  SmallVector<Datum> carries, outputs;
  for (mlir::Value carry : segments.getCarries())
    carries.push_back(frame.get(carry));
  for (int64_t first = 0; first < input.shape[1]; first += length) {
    int64_t rows = std::min(length, input.shape[1] - first);
    SmallVector<Datum> arguments = {Datum(rowsOf(input, first, rows))};
    arguments.append(carries);
    for (auto [argument, datum] :
         llvm::zip(segments.getBody().getArguments(), arguments))
      if (failed(checkType(op, datum, argument.getType())))
        return failure();
    SmallVector<Datum> yielded;
    if (failed(frame.run(segments.getBody(), arguments, yielded)))
      return failure();
    outputs.push_back(yielded.front());
    carries.assign(yielded.begin() + 1, yielded.end());
  }
  auto output = joined(segments, input, outputs);
  if (failed(output))
    return failure();
  SmallVector<Datum> results = {Datum(std::move(*output))};
  results.append(carries);
  for (auto [result, datum] : llvm::zip(op->getResults(), results)) {
    if (failed(checkType(op, datum, result.getType())))
      return failure();
    frame.set(result, datum);
  }
  return success();
}

void addSegments(HandlerTable &table) {
  table.add("attention.segments", segments);
}

} // namespace attention
