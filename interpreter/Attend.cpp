/// `attend` by its closed sum over the keys that each query sees, or by token
/// recurrence: no tiles, no states.
#include "interpreter/Families.h"
#include "interpreter/Parallel.h"
#include "interpreter/Recurrences.h"
#include "mlir/IR/Diagnostics.h"
#include <atomic>

using namespace mlir;

namespace attention {

/// The logit of each head that joins the denominator, or null.
static FailureOr<const double *> sinkOf(AttendOp op, const Frame &frame,
                                        int64_t heads) {
  if (!op.getSink())
    return nullptr;
  const Array &sink = frame.array(op.getSink());
  if (sink.size() != heads)
    return op.emitError("expects a sink for each of ")
           << heads << " heads, but got " << sink.size();
  return sink.as<double>().data();
}

namespace {
/// One run of one `attend`; rows are those of `[batch, heads, queries]`.
struct AttendRun {
  PairSource pairs;
  ClosedSum closed;
  const double *sink;
  Array output, logSumExp;

  LogicalResult one(Frame &frame, int64_t row) {
    const AttentionSizes &sizes = pairs.sizes;
    int64_t query = row % sizes.queries, plane = row / sizes.queries;
    int64_t batch = plane / sizes.heads, head = plane % sizes.heads;
    SmallVector<SeenKey> seen;
    if (failed(pairs.append(frame, batch, head, query, 0, sizes.keys, seen)))
      return failure();
    auto result = closed.sum(
        frame, seen, sink ? std::optional<double>(sink[head]) : std::nullopt,
        sizes.columns);
    if (failed(result))
      return failure();
    llvm::copy(result->output,
               output.as<double>().begin() + row * sizes.columns);
    logSumExp.as<double>()[row] = result->logSumExp;
    return success();
  }

  /// Each thread reports its first failure; the one of the smallest row comes
  /// first, whatever the number of threads.
  LogicalResult all(MLIRContext *context, const Frame &around) {
    std::atomic<bool> failure = false;
    ParallelDiagnosticHandler diagnostics(context);
    parallelRanges(logSumExp.size(), around.interpreter.threads(),
                   [&](int64_t begin, int64_t end) {
                     diagnostics.setOrderIDForThread(begin);
                     Frame frame(around);
                     for (int64_t row = begin; row < end; ++row)
                       if (failed(one(frame, row))) {
                         failure = true;
                         break;
                       }
                     diagnostics.eraseOrderIDForThread();
                   });
    return llvm::failure(failure);
  }
};
} // namespace

static LogicalResult
attendByRecurrence(AttendOp op, const Recurrence &recurrence, Frame &frame) {
  ClosedSum none;
  none.ofLogits = false;
  auto pairs = PairSource::of(op, none, frame);
  if (failed(pairs))
    return failure();
  auto output = recur(op, recurrence, *pairs, frame);
  if (failed(output))
    return failure();
  frame.set(op.getOutput(), std::move(*output));
  return success();
}

static LogicalResult attend(Operation *op, Frame &frame) {
  auto attend = cast<AttendOp>(op);
  if (auto recurrence = recurrenceOf(attend))
    return attendByRecurrence(attend, *recurrence, frame);
  auto sum = closedSumOf(op, attend.getVariant());
  if (failed(sum))
    return failure();
  auto pairs = PairSource::of(attend, *sum, frame);
  if (failed(pairs))
    return failure();
  const AttentionSizes &sizes = pairs->sizes;
  auto sink = sinkOf(attend, frame, sizes.heads);
  Shape rows = {sizes.batch, sizes.heads, sizes.queries}, shape = rows;
  shape.push_back(sizes.columns);
  if (failed(sink) || failed(checkSizes(op, shape)))
    return failure();
  AttendRun run{*pairs, *sum, *sink, Array::zeros<double>(shape),
                Array::zeros<double>(rows)};
  if (failed(run.all(op->getContext(), frame)))
    return failure();
  frame.set(attend.getOutput(), std::move(run.output));
  if (attend.getLogSumExp())
    frame.set(attend.getLogSumExpRows(), std::move(run.logSumExp));
  return success();
}

void addAttend(HandlerTable &table) { table.add("attention.attend", attend); }

} // namespace attention
