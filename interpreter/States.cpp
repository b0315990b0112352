/// States of a fold, by their naive meaning: a partial is the list of all that
/// its queries have seen; joining is appending, finishing is the closed sum.
#include "interpreter/Families.h"
#include "interpreter/SeenKeys.h"

using namespace mlir;

namespace attention {

namespace {
struct PartialState : FoldState {
  Shape shape; ///< of its rows: [batch, heads, queries], or [rows] of a tile
  int64_t columns; ///< of a value
  std::vector<SmallVector<SeenKey, 0>> rows;
  std::vector<Datum> values; ///< the arrays that rows point into
};

/// Softmax, sigmoid and relu keep the keys and values themselves, so that
/// nothing is left to carry.
struct EmptyCarry : FoldState {};
} // namespace

static const PartialState &partialOf(const Frame &frame, mlir::Value value) {
  return static_cast<const PartialState &>(*frame.get(value).state());
}

static LogicalResult emptyPartial(Operation *op, Frame &frame) {
  auto empty = cast<EmptyPartialOp>(op);
  auto sizes = attentionSizes(op, frame.array(empty.getQuery()),
                              frame.array(empty.getKey()),
                              frame.array(empty.getValue()));
  if (failed(sizes))
    return failure();
  auto partial = std::make_shared<PartialState>();
  if (std::optional<int64_t> rows = empty.getRows())
    partial->shape = {*rows};
  else
    partial->shape = {sizes->batch, sizes->heads, sizes->queries};
  partial->columns = sizes->columns;
  partial->rows.resize(elementCount(partial->shape));
  frame.set(empty.getPartial(), Datum(std::move(partial)));
  return success();
}

static LogicalResult checkSameRows(Operation *op, const PartialState &partial,
                                   ArrayRef<int64_t> rows, int64_t columns) {
  if (ArrayRef<int64_t>(partial.shape) == rows && partial.columns == columns)
    return success();
  return op->emitError("expects a partial of rows ")
         << shapeText(rows) << " and " << columns << " columns, but got "
         << shapeText(partial.shape) << " and " << partial.columns;
}

/// The window of one tile: rows and keys that do not exist are left out.
static LogicalResult visitWindow(VisitOp op, Frame &frame,
                                 const PairSource &pairs,
                                 PartialState &partial) {
  Shape at;
  for (mlir::Value index : op.getWindow())
    at.push_back(frame.integer(index));
  const AttentionSizes &sizes = pairs.sizes;
  ArrayRef<int64_t> tile = *op.getTile();
  if (failed(checkSameRows(op, partial, tile.take_front(), sizes.columns)))
    return failure();
  if (at[0] < 0 || at[0] >= sizes.batch || at[1] < 0 || at[1] >= sizes.heads ||
      at[2] < 0 || at[3] < 0)
    return op.emitError("expects a window within batch and heads, but got ")
           << shapeText(at);
  // No size: all keys there are from the first on.
  int64_t last = tile[1] ? std::min(at[3] + tile[1], sizes.keys) : sizes.keys;
  for (int64_t r = 0; r < tile[0] && at[2] + r < sizes.queries; ++r)
    if (failed(pairs.append(frame, at[0], at[1], at[2] + r, at[3], last,
                            partial.rows[r])))
      return failure();
  return success();
}

static LogicalResult visit(Operation *op, Frame &frame) {
  auto visit = cast<VisitOp>(op);
  auto sum = closedSumOf(op, visit.getPartial().getType().getVariant());
  if (failed(sum))
    return failure();
  auto pairs = PairSource::of(visit, *sum, frame);
  if (failed(pairs))
    return failure();
  auto partial =
      std::make_shared<PartialState>(partialOf(frame, visit.getPartial()));
  partial->values.push_back(frame.get(visit.getValue()));
  const AttentionSizes &sizes = pairs->sizes;
  if (visit.getTile()) {
    if (failed(visitWindow(visit, frame, *pairs, *partial)))
      return failure();
  } else {
    Shape shape = {sizes.batch, sizes.heads, sizes.queries};
    if (failed(checkSameRows(op, *partial, shape, sizes.columns)))
      return failure();
    for (int64_t row = 0, count = elementCount(shape); row < count; ++row) {
      int64_t plane = row / sizes.queries;
      if (failed(pairs->append(frame, plane / sizes.heads, plane % sizes.heads,
                               row % sizes.queries, 0, sizes.keys,
                               partial->rows[row])))
        return failure();
    }
  }
  frame.set(visit.getResult(), Datum(std::move(partial)));
  return success();
}

static LogicalResult join(Operation *op, Frame &frame) {
  const PartialState &second = partialOf(frame, op->getOperand(1));
  auto joint =
      std::make_shared<PartialState>(partialOf(frame, op->getOperand(0)));
  if (failed(checkSameRows(op, second, joint->shape, joint->columns)))
    return failure();
  for (auto [row, more] : llvm::zip(joint->rows, second.rows))
    row.append(more);
  llvm::append_range(joint->values, second.values);
  frame.set(op->getResult(0), Datum(std::move(joint)));
  return success();
}

/// The logit that joins the denominator of a row, if any.
static FailureOr<std::optional<double>> sinkOf(FinishOp op, const Frame &frame,
                                               const PartialState &partial,
                                               int64_t row) {
  if (!op.getSink())
    return std::optional<double>();
  const Array &sink = frame.array(op.getSink());
  int64_t head = op.getHead() ? frame.integer(op.getHead())
                              : row / partial.shape[2] % partial.shape[1];
  if (head < 0 || head >= sink.size())
    return op.emitError("expects a sink for head ")
           << head << ", but got " << sink.size();
  return std::optional<double>(sink.as<double>()[head]);
}

static LogicalResult finish(Operation *op, Frame &frame) {
  auto finish = cast<FinishOp>(op);
  const PartialState &partial = partialOf(frame, finish.getPartial());
  auto sum = closedSumOf(op, finish.getPartial().getType().getVariant());
  if (failed(sum))
    return failure();
  Shape rows = partial.shape;
  if (!finish.getInto().empty()) // how many rows of the tile exist
    rows = {
        std::min(partial.shape[0], frame.array(finish.getInto()[0]).shape[0])};
  Shape shape = rows;
  shape.push_back(partial.columns);
  Array output = Array::zeros<double>(shape);
  Array logSumExp = Array::zeros<double>(rows);
  for (int64_t row = 0, count = logSumExp.size(); row < count; ++row) {
    auto sink = sinkOf(finish, frame, partial, row);
    if (failed(sink))
      return failure();
    auto result = sum->sum(frame, partial.rows[row], *sink, partial.columns);
    if (failed(result))
      return failure();
    llvm::copy(result->output,
               output.as<double>().begin() + row * partial.columns);
    logSumExp.as<double>()[row] = result->logSumExp;
  }
  frame.set(finish.getOutput(), std::move(output));
  if (finish.getLogSumExp())
    frame.set(finish.getLogSumExpRows(), std::move(logSumExp));
  return success();
}

static LogicalResult emptyCarry(Operation *op, Frame &frame) {
  if (failed(closedSumOf(op, cast<EmptyCarryOp>(op).getVariant())))
    return failure();
  frame.set(op->getResult(0), Datum(std::make_shared<EmptyCarry>()));
  return success();
}

static LogicalResult advance(Operation *op, Frame &frame) {
  frame.set(op->getResult(0), frame.get(op->getOperand(0)));
  return success();
}

void addStates(HandlerTable &table) {
  table.add("attention.empty_partial", emptyPartial);
  table.add("attention.visit", visit);
  table.add("attention.join", join);
  table.add("attention.finish", finish);
  table.add("attention.empty_carry", emptyCarry);
  table.add("attention.advance", advance);
}

} // namespace attention
