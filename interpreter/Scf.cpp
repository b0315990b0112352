/// Structured control flow. Parallel loops run in order: their meaning allows
/// any.
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "interpreter/Families.h"
#include "interpreter/Slices.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace attention {

static void setResults(Operation *op, Frame &frame, ArrayRef<Datum> data) {
  for (auto [result, datum] : llvm::zip(op->getResults(), data))
    frame.set(result, datum);
}

static SmallVector<Datum> valuesOf(const Frame &frame, ValueRange values) {
  SmallVector<Datum> data;
  for (mlir::Value value : values)
    data.push_back(frame.get(value));
  return data;
}

static LogicalResult checkStep(Operation *op, int64_t step) {
  if (step > 0)
    return success();
  return op->emitError("expects a step above 0, but got ") << step;
}

static LogicalResult runFor(Operation *op, Frame &frame) {
  auto loop = cast<scf::ForOp>(op);
  int64_t begin = frame.integer(loop.getLowerBound());
  int64_t end = frame.integer(loop.getUpperBound());
  int64_t step = frame.integer(loop.getStep());
  if (failed(checkStep(op, step)))
    return failure();
  SmallVector<Datum> carried = valuesOf(frame, loop.getInitArgs());
  for (int64_t i = begin; i < end; i += step) {
    SmallVector<Datum> arguments = {Datum(i)};
    arguments.append(carried);
    if (failed(frame.run(loop.getRegion(), arguments, carried)))
      return failure();
  }
  setResults(op, frame, carried);
  return success();
}

static LogicalResult runIf(Operation *op, Frame &frame) {
  auto branch = cast<scf::IfOp>(op);
  Region &region = frame.integer(branch.getCondition())
                       ? branch.getThenRegion()
                       : branch.getElseRegion();
  SmallVector<Datum> yielded;
  if (!region.empty() && failed(frame.run(region, {}, yielded)))
    return failure();
  setResults(op, frame, yielded);
  return success();
}

static LogicalResult runWhile(Operation *op, Frame &frame) {
  auto loop = cast<scf::WhileOp>(op);
  SmallVector<Datum> carried = valuesOf(frame, loop.getInits());
  while (true) {
    SmallVector<Datum> yielded; // the condition, then what goes on
    if (failed(frame.run(loop.getBefore(), carried, yielded)))
      return failure();
    ArrayRef<Datum> next = ArrayRef(yielded).drop_front();
    if (!yielded[0].integer()) {
      setResults(op, frame, next);
      return success();
    }
    if (failed(frame.run(loop.getAfter(), next, carried)))
      return failure();
  }
}

static LogicalResult runIndexSwitch(Operation *op, Frame &frame) {
  auto branch = cast<scf::IndexSwitchOp>(op);
  int64_t argument = frame.integer(branch.getArg());
  Region *chosen = &branch.getDefaultRegion();
  for (auto [value, region] :
       llvm::zip(branch.getCases(), branch.getCaseRegions()))
    if (value == argument)
      chosen = &region;
  SmallVector<Datum> yielded;
  if (failed(frame.run(*chosen, {}, yielded)))
    return failure();
  setResults(op, frame, yielded);
  return success();
}

static LogicalResult runRegion(Operation *op, Frame &frame) {
  SmallVector<Datum> yielded;
  if (failed(frame.run(op->getRegion(0), {}, yielded)))
    return failure();
  setResults(op, frame, yielded);
  return success();
}

/// Calls `visit(induction variables)` for a loop nest, until it fails.
static LogicalResult
forEachIteration(Operation *op, const Shape &begin, const Shape &end,
                 const Shape &step,
                 function_ref<LogicalResult(ArrayRef<Datum>)> visit) {
  Shape trips;
  for (auto [b, e, s] : llvm::zip(begin, end, step)) {
    if (failed(checkStep(op, s)))
      return failure();
    trips.push_back(e > b ? (e - b + s - 1) / s : 0);
  }
  LogicalResult outcome = success();
  forEachIndex(trips, [&](ArrayRef<int64_t> index) {
    SmallVector<Datum> variables;
    for (size_t d = 0; d < index.size(); ++d)
      variables.push_back(begin[d] + index[d] * step[d]);
    if (succeeded(outcome))
      outcome = visit(variables);
  });
  return outcome;
}

/// Every iteration starts from the shared outputs as they were before the loop;
/// `parallel_insert_slice` writes into what they become.
static LogicalResult runForall(Operation *op, Frame &frame) {
  auto loop = cast<scf::ForallOp>(op);
  SmallVector<Datum> before = valuesOf(frame, loop.getOutputs());
  SmallVector<Array> after;
  for (const Datum &datum : before)
    after.push_back(datum.array());
  auto iterate = [&](ArrayRef<Datum> variables) -> LogicalResult {
    SmallVector<Datum> arguments(variables), yielded;
    arguments.append(before);
    if (failed(frame.run(loop.getRegion(), arguments, yielded)))
      return failure();
    for (Operation &write : loop.getTerminator().getRegion().front()) {
      auto insert = cast<tensor::ParallelInsertSliceOp>(write);
      int64_t number = insert.getTiedOpResult().getResultNumber();
      auto box = boxOf(insert, frame, after[number].shape);
      if (failed(box) ||
          failed(placeSlice(insert, *box, insert.getDroppedDims(),
                            frame.array(insert.getSource()), after[number])))
        return failure();
    }
    return success();
  };
  if (failed(forEachIteration(op, frame.integers(loop.getMixedLowerBound()),
                              frame.integers(loop.getMixedUpperBound()),
                              frame.integers(loop.getMixedStep()), iterate)))
    return failure();
  for (auto [result, array] : llvm::zip(loop.getResults(), after))
    frame.set(result, std::move(array));
  return success();
}

static LogicalResult runParallel(Operation *op, Frame &frame) {
  auto loop = cast<scf::ParallelOp>(op);
  auto integers = [&](ValueRange values) {
    Shape numbers;
    for (mlir::Value value : values)
      numbers.push_back(frame.integer(value));
    return numbers;
  };
  SmallVector<Datum> reduced = valuesOf(frame, loop.getInitVals());
  auto iterate = [&](ArrayRef<Datum> variables) -> LogicalResult {
    SmallVector<Datum> contributions;
    if (failed(frame.run(loop.getRegion(), variables, contributions)))
      return failure();
    auto reduce = cast<scf::ReduceOp>(loop.getBody()->getTerminator());
    for (auto [i, region] : llvm::enumerate(reduce.getReductions())) {
      SmallVector<Datum> joined;
      if (failed(frame.run(region, {reduced[i], contributions[i]}, joined)))
        return failure();
      reduced[i] = joined[0];
    }
    return success();
  };
  if (failed(forEachIteration(op, integers(loop.getLowerBound()),
                              integers(loop.getUpperBound()),
                              integers(loop.getStep()), iterate)))
    return failure();
  setResults(op, frame, reduced);
  return success();
}

void addScf(HandlerTable &table) {
  table.add("scf.for", runFor);
  table.add("scf.if", runIf);
  table.add("scf.while", runWhile);
  table.add("scf.index_switch", runIndexSwitch);
  table.add("scf.execute_region", runRegion);
  table.add("scf.forall", runForall);
  table.add("scf.parallel", runParallel);
}

} // namespace attention
