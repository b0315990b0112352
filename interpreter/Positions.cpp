/// Ops whose meaning hangs on integers of the run: rotary positions, ids of
/// embeddings, spans of documents, and checks of run-time values.
#include "interpreter/Positions.h"
#include "dialect/Attention.h"
#include "interpreter/Families.h"
#include "interpreter/Interpreter.h"
#include <cmath>

using namespace mlir;

namespace attention {

/// Where each row stands: [batch, rows].
static FailureOr<std::vector<int64_t>>
rotaryPositions(RotaryOp op, const Frame &frame, const Array &input) {
  int64_t batch = input.shape[0], rows = input.shape[2];
  mlir::Value given = op.getPositions() ? op.getPositions() : op.getOffset();
  Shape expected = {batch};
  if (op.getPositions())
    expected.push_back(rows);
  if (given && frame.array(given).shape != expected)
    return op.emitError("expects positions of sizes ")
           << shapeText(expected) << ", but got "
           << shapeText(frame.array(given).shape);
  if (op.getPositions())
    return frame.array(given).as<int64_t>();
  std::vector<int64_t> positions(batch * rows);
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t i = 0; i < rows; ++i)
      positions[b * rows + i] =
          i + (given ? frame.array(given).as<int64_t>()[b] : 0);
  return positions;
}

static LogicalResult rotary(Operation *op, Frame &frame) {
  auto rotary = cast<RotaryOp>(op);
  Array result = frame.array(rotary.getInput());
  int64_t heads = result.shape[1], rows = result.shape[2],
          columns = result.shape[3];
  int64_t dims = rotary.getDims().value_or(columns);
  if (dims % 2 != 0 || dims > columns)
    return op->emitError("expects an even number of columns to turn, at most ")
           << columns << ", but got " << dims;
  auto positions = rotaryPositions(rotary, frame, result);
  if (failed(positions))
    return failure();
  double base = rotary.getBase().convertToDouble();
  double *row = result.as<double>().data();
  for (int64_t r = 0, count = result.shape[0] * heads * rows; r < count;
       ++r, row += columns) {
    double position = (*positions)[r / (heads * rows) * rows + r % rows];
    for (int64_t c = 0; c < dims / 2; ++c) {
      double angle = position * std::pow(base, -2.0 * double(c) / double(dims));
      double &x = row[rotary.getInterleaved() ? 2 * c : c];
      double &y = row[rotary.getInterleaved() ? 2 * c + 1 : c + dims / 2];
      double turned = x * std::cos(angle) - y * std::sin(angle);
      y = x * std::sin(angle) + y * std::cos(angle);
      x = turned;
    }
  }
  frame.set(rotary.getOutput(), std::move(result));
  return success();
}

static LogicalResult embed(Operation *op, Frame &frame) {
  auto embed = cast<EmbedOp>(op);
  const Array &table = frame.array(embed.getTable());
  const Array &ids = frame.array(embed.getIds());
  int64_t columns = table.shape[1];
  LogicalResult outcome = success();
  int64_t i = 0;
  forEachIndex(ids.shape, [&](ArrayRef<int64_t> index) {
    int64_t id = ids.as<int64_t>()[i++];
    if (succeeded(outcome) && (id < 0 || id >= table.shape[0]))
      outcome = op->emitError("expects ids of at least 0 and below ")
                << table.shape[0] << ", but got " << id << " at "
                << shapeText(index);
  });
  if (failed(outcome))
    return failure();
  Shape shape = ids.shape, strides = stridesOf(ids.shape);
  shape.push_back(columns);
  frame.set(embed.getOutput(),
            rearranged(table, shape, [&](ArrayRef<int64_t> index) {
              int64_t at = linearIndex(index.drop_back(), strides);
              return ids.as<int64_t>()[at] * columns + index.back();
            }));
  return success();
}

FailureOr<Spans> documentSpans(Operation *op,
                               const std::vector<int64_t> &starts,
                               int64_t tokens) {
  if (starts.empty() || starts.front() != 0)
    return op->emitError("expects the first document to start at 0, but got ")
           << (starts.empty() ? "no starts"
                              : std::to_string(starts.front()).c_str());
  for (size_t i = 1; i < starts.size(); ++i)
    if (starts[i] < starts[i - 1])
      return op->emitError("expects starts of documents that ascend, but got ")
             << starts[i - 1] << " and " << starts[i] << " at " << i;
  if (starts.back() != tokens)
    return op->emitError("expects the last start to be the number of tokens, ")
           << tokens << ", but got " << starts.back();
  Spans spans{std::vector<int64_t>(tokens), std::vector<int64_t>(tokens)};
  for (size_t i = 1; i < starts.size(); ++i)
    for (int64_t token = starts[i - 1]; token < starts[i]; ++token) {
      spans.begin[token] = starts[i - 1];
      spans.end[token] = starts[i];
    }
  return spans;
}

static LogicalResult spansOp(Operation *op, Frame &frame) {
  auto spansOp = cast<DocumentSpansOp>(op);
  int64_t tokens = frame.integer(spansOp.getTokens());
  auto spans =
      documentSpans(op, frame.array(spansOp.getStarts()).as<int64_t>(), tokens);
  if (failed(spans))
    return failure();
  frame.set(spansOp.getBegin(), Array{{tokens}, std::move(spans->begin)});
  frame.set(spansOp.getEnd(), Array{{tokens}, std::move(spans->end)});
  return success();
}

static LogicalResult failIf(Operation *op, Frame &frame) {
  auto failIf = cast<FailIfOp>(op);
  if (!frame.integer(failIf.getBad()))
    return success();
  std::string text = failIf.getMessage().str();
  for (auto [i, value] : llvm::enumerate(failIf.getValues())) {
    std::string mark = "{" + std::to_string(i) + "}";
    std::string number = std::to_string(frame.integer(value));
    for (size_t at; (at = text.find(mark)) != std::string::npos;)
      text.replace(at, mark.size(), number);
  }
  return op->emitError(text);
}

void addPositions(HandlerTable &table) {
  table.add("attention.rotary", rotary);
  table.add("attention.embed", embed);
  table.add("attention.document_spans", spansOp);
  table.add("attention.fail_if", failIf);
}

} // namespace attention
