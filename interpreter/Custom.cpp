/// A variant in the user's own words, by recurrence over the keys seen: each
/// is lifted and composed with the state of those before it.
#include "interpreter/ClosedSums.h"
#include <limits>

using namespace mlir;

namespace attention {

/// Folds one more key into `state` and `accumulator`.
static LogicalResult foldKey(VariantOp op, Frame &frame, const SeenKey &key,
                             SmallVector<Datum> &state,
                             std::vector<double> &accumulator) {
  SmallVector<Datum> lifted, arguments(state), composed;
  if (failed(frame.run(op.getLift(), {Datum(key.score)}, lifted)))
    return failure();
  double weight = lifted.pop_back_val().real();
  arguments.append(lifted);
  if (failed(frame.run(op.getCompose(), arguments, composed)))
    return failure();
  double ofSecond = composed.pop_back_val().real();
  double ofFirst = composed.pop_back_val().real();
  for (size_t e = 0; e < accumulator.size(); ++e)
    accumulator[e] =
        ofFirst * accumulator[e] + ofSecond * weight * key.value[e];
  state = std::move(composed);
  return success();
}

FailureOr<ClosedSum> closedCustom(Operation *op, CustomAttr attr) {
  auto variant =
      SymbolTable::lookupNearestSymbolFrom<VariantOp>(op, attr.getName());
  if (!variant)
    return op->emitError("expects ")
           << attr.getName() << " to be an attention.variant";
  ClosedSum closed;
  closed.sum = [variant](Frame &frame, ArrayRef<SeenKey> seen,
                         std::optional<double>,
                         int64_t columns) mutable -> FailureOr<RowSum> {
    RowSum row{std::vector<double>(columns, 0.0),
               -std::numeric_limits<double>::infinity()};
    if (seen.empty())
      return row;
    SmallVector<Datum> state, factor;
    if (failed(frame.run(variant.getIdentity(), {}, state)))
      return failure();
    for (const SeenKey &key : seen)
      if (failed(foldKey(variant, frame, key, state, row.output)))
        return failure();
    if (failed(frame.run(variant.getFinish(), state, factor)))
      return failure();
    for (double &element : row.output)
      element *= factor.front().real();
    return row;
  };
  return closed;
}

} // namespace attention
