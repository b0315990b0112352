/// What stands around attention in a transformer: projections, heads, norms,
/// activations and means.
#include "dialect/Attention.h"
#include "interpreter/Elementwise.h"
#include "interpreter/Families.h"
#include "interpreter/MatrixProduct.h"
#include <cmath>

using namespace mlir;

namespace attention {

/// Fails unless two sizes that must be equal are.
static LogicalResult checkEqual(Operation *op, StringRef what, int64_t expected,
                                int64_t found) {
  if (expected == found)
    return success();
  return op->emitError("expects ")
         << what << " to be " << expected << ", but got " << found;
}

static LogicalResult project(Operation *op, Frame &frame) {
  auto project = cast<ProjectOp>(op);
  const Array &input = frame.array(project.getInput());
  const Array &weight = frame.array(project.getWeight());
  int64_t in = weight.shape[1], out = weight.shape[0];
  if (failed(checkEqual(op, "the last size of input", in, input.shape.back())))
    return failure();
  if (project.getBias() &&
      failed(checkEqual(op, "the size of bias", out,
                        frame.array(project.getBias()).size())))
    return failure();
  Array transposed = rearranged(
      weight, {in, out}, [&](ArrayRef<int64_t> i) { return i[1] * in + i[0]; });
  Shape shape = input.shape;
  shape.back() = out;
  Array result = Array::zeros<double>(shape);
  std::vector<double> &elements = result.as<double>();
  if (project.getBias()) {
    const std::vector<double> &bias =
        frame.array(project.getBias()).as<double>();
    for (size_t i = 0; i < elements.size(); ++i)
      elements[i] = bias[i % out];
  }
  int64_t rows = elementCount(ArrayRef<int64_t>(shape).drop_back());
  addProduct(input.as<double>().data(), transposed.as<double>().data(),
             elements.data(), {rows, in, out}, frame.interpreter.threads());
  frame.set(project.getOutput(), std::move(result));
  return success();
}

static LogicalResult splitHeads(Operation *op, Frame &frame) {
  auto split = cast<SplitHeadsOp>(op);
  const Array &input = frame.array(split.getInput());
  int64_t heads = split.getHeads(), width = input.shape[2];
  if (width % heads != 0)
    return op->emitError("expects heads to divide the last size, but got ")
           << heads << " and " << width;
  Shape shape = {input.shape[0], heads, input.shape[1], width / heads};
  frame.set(split.getOutput(),
            rearranged(input, shape, [&](ArrayRef<int64_t> i) {
              return (i[0] * shape[2] + i[2]) * width + i[1] * shape[3] + i[3];
            }));
  return success();
}

static LogicalResult mergeHeads(Operation *op, Frame &frame) {
  auto merge = cast<MergeHeadsOp>(op);
  const Array &input = frame.array(merge.getInput());
  int64_t heads = input.shape[1], rows = input.shape[2],
          columns = input.shape[3];
  Shape shape = {input.shape[0], rows, heads * columns};
  frame.set(merge.getOutput(),
            rearranged(input, shape, [&](ArrayRef<int64_t> i) {
              int64_t head = i[2] / columns, column = i[2] % columns;
              return ((i[0] * heads + head) * rows + i[1]) * columns + column;
            }));
  return success();
}

/// `f(row, length)` changes each row of a copy of the input, in place.
template <typename F>
static LogicalResult mapRows(Operation *op, Frame &frame, ValueRange parameters,
                             F f) {
  Array result = frame.array(op->getOperand(0));
  int64_t length = result.shape.back();
  for (mlir::Value parameter : parameters)
    if (failed(checkEqual(op, "gain and bias to match a row, whose size",
                          length, frame.array(parameter).size())))
      return failure();
  double *row = result.as<double>().data();
  int64_t rows = elementCount(ArrayRef<int64_t>(result.shape).drop_back());
  for (int64_t i = 0; i < rows; ++i, row += length)
    f(row, length);
  frame.set(op->getResult(0), std::move(result));
  return success();
}

static LogicalResult rmsNorm(Operation *op, Frame &frame) {
  auto norm = cast<RmsNormOp>(op);
  const double *gain = frame.array(norm.getGain()).as<double>().data();
  double epsilon = norm.getEpsilon().convertToDouble();
  return mapRows(op, frame, norm.getGain(), [&](double *row, int64_t length) {
    double squares = 0;
    for (int64_t c = 0; c < length; ++c)
      squares += row[c] * row[c];
    double root = std::sqrt(squares / double(length) + epsilon);
    for (int64_t c = 0; c < length; ++c)
      row[c] = row[c] / root * gain[c];
  });
}

static LogicalResult layerNorm(Operation *op, Frame &frame) {
  auto norm = cast<LayerNormOp>(op);
  const double *gain = frame.array(norm.getGain()).as<double>().data();
  const double *bias = frame.array(norm.getBias()).as<double>().data();
  double epsilon = norm.getEpsilon().convertToDouble();
  return mapRows(op, frame, {norm.getGain(), norm.getBias()},
                 [&](double *row, int64_t length) {
                   double sum = 0, squares = 0;
                   for (int64_t c = 0; c < length; ++c)
                     sum += row[c];
                   double mean = sum / double(length);
                   for (int64_t c = 0; c < length; ++c)
                     squares += (row[c] - mean) * (row[c] - mean);
                   double root = std::sqrt(squares / double(length) + epsilon);
                   for (int64_t c = 0; c < length; ++c)
                     row[c] = (row[c] - mean) / root * gain[c] + bias[c];
                 });
}

static double siluOf(double x) { return x / (1 + std::exp(-x)); }

static double geluOf(double x) {
  return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
}

static double approximateGeluOf(double x) {
  double inner = std::sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x);
  return 0.5 * x * (1 + std::tanh(inner));
}

static LogicalResult gelu(Operation *op, Frame &frame) {
  bool approximate = cast<GeluOp>(op).getApproximate();
  return unary<double, double>(approximate ? approximateGeluOf : geluOf)(op,
                                                                         frame);
}

static LogicalResult meanRows(Operation *op, Frame &frame) {
  const Array &input = frame.array(op->getOperand(0));
  int64_t rows = input.shape[1], columns = input.shape[2];
  Array result = Array::zeros<double>({input.shape[0], 1, columns});
  const double *row = input.as<double>().data();
  for (int64_t b = 0; b < input.shape[0]; ++b) {
    double *mean = result.as<double>().data() + b * columns;
    for (int64_t i = 0; i < rows; ++i, row += columns)
      for (int64_t c = 0; c < columns; ++c)
        mean[c] += row[c];
    for (int64_t c = 0; c < columns && rows; ++c)
      mean[c] /= double(rows);
  }
  frame.set(op->getResult(0), std::move(result));
  return success();
}

static LogicalResult broadcastRows(Operation *op, Frame &frame) {
  auto broadcast = cast<BroadcastRowsOp>(op);
  const Array &input = frame.array(broadcast.getInput());
  const Array &like = frame.array(broadcast.getLike());
  if (failed(checkEqual(op, "rows of input", 1, input.shape[1])) ||
      failed(
          checkEqual(op, "the batch of input", like.shape[0], input.shape[0])))
    return failure();
  Shape shape = {input.shape[0], like.shape[1], input.shape[2]};
  frame.set(broadcast.getOutput(),
            rearranged(input, shape, [&](ArrayRef<int64_t> i) {
              return i[0] * shape[2] + i[2];
            }));
  return success();
}

void addGlue(HandlerTable &table) {
  table.add("attention.project", project);
  table.add("attention.split_heads", splitHeads);
  table.add("attention.merge_heads", mergeHeads);
  table.add("attention.rms_norm", rmsNorm);
  table.add("attention.layer_norm", layerNorm);
  table.add("attention.silu", unary<double, double>(siluOf));
  table.add("attention.gelu", gelu);
  table.add("attention.mean_rows", meanRows);
  table.add("attention.broadcast_rows", broadcastRows);
}

} // namespace attention
