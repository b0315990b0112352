#include "dialect/Attention.h"
#include "dialect/variants/Sum.h"
#include "dialect/variants/Tiles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace attention {

LogicalResult ReluAttr::verify(function_ref<InFlightDiagnostic()> error,
                               int64_t power) {
  if (power != 1 && power != 2)
    return error() << "expects a power of 1 or 2, but got " << power;
  return success();
}

bool ReluAttr::accepts(Clause clause) const { return sumAccepts(clause); }
bool ReluAttr::scalesByHeadSize() const { return true; }
SmallVector<Type> ReluAttr::partialTypes(const PartialShape &shape) const {
  return sumTypes(shape);
}
SmallVector<Type> ReluAttr::carryTypes(const PartialShape &) const {
  return {};
}
State ReluAttr::emptyPartial(OpBuilder &b, Location loc,
                             const PartialShape &shape) const {
  return emptySum(b, loc, shape);
}
State ReluAttr::emptyCarry(OpBuilder &, Location, const PartialShape &) const {
  return {};
}
State ReluAttr::advance(Visit &, ValueRange) const { return {}; }
State ReluAttr::join(OpBuilder &b, Location loc, ValueRange first,
                     ValueRange second) const {
  return joinSums(b, loc, first, second);
}
ReadOut ReluAttr::finish(OpBuilder &, Location, ValueRange partial,
                         Value) const {
  return {partial.front(), Value()};
}

State ReluAttr::visit(Visit &visit, ValueRange, ValueRange partial) const {
  OpBuilder &b = visit.builder;
  Location loc = visit.loc;
  Value scores = visit.scores(1);
  Value zero = splat(b, loc, scores.getType(), 0);
  // Written so that NaN stays NaN: a score below 0 becomes 0, nothing else
  // does.
  Value below =
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, scores, zero);
  Value weights = arith::SelectOp::create(b, loc, below, zero, scores);
  if (getPower() == 2)
    weights = arith::MulFOp::create(b, loc, weights, weights);
  return {visit.accumulate(weights, partial.front())};
}

} // namespace attention
