#include "dialect/Attention.h"
#include "dialect/variants/Sum.h"
#include "dialect/variants/Tiles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attention {

// Scores are kept times log2(e), so that weights are powers of two: the factor
// costs nothing, as it joins the scale.
static constexpr double log2e = llvm::numbers::log2e;
static constexpr double infinity = std::numeric_limits<double>::infinity();

namespace {
/// The state: row maximum, row sum relative to it, accumulator relative to it.
enum { Maximum, Sum, Accumulator };
} // namespace

bool SoftmaxAttr::accepts(Clause clause) const {
  return sumAccepts(clause) || clause == Clause::Sink ||
         clause == Clause::LogSumExp;
}
bool SoftmaxAttr::scalesByHeadSize() const { return true; }

SmallVector<Type> SoftmaxAttr::partialTypes(const PartialShape &shape) const {
  auto perRow = VectorType::get({shape.rows}, shape.type);
  return {perRow, perRow,
          VectorType::get({shape.rows, shape.columns}, shape.type)};
}
SmallVector<Type> SoftmaxAttr::carryTypes(const PartialShape &) const {
  return {};
}

State SoftmaxAttr::emptyPartial(OpBuilder &b, Location loc,
                                const PartialShape &shape) const {
  SmallVector<Type> types = partialTypes(shape);
  return {splat(b, loc, types[Maximum], -infinity),
          splat(b, loc, types[Sum], 0), splat(b, loc, types[Accumulator], 0)};
}
State SoftmaxAttr::emptyCarry(OpBuilder &, Location,
                              const PartialShape &) const {
  return {};
}

/// What to subtract before exp2: the maximum, or 0 in a row that has seen
/// nothing, for which -inf - -inf would be NaN.
static Value reference(OpBuilder &b, Location loc, Value maximum) {
  Value nothing =
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, maximum,
                            splat(b, loc, maximum.getType(), -infinity));
  return arith::SelectOp::create(b, loc, nothing,
                                 splat(b, loc, maximum.getType(), 0), maximum);
}

static Value powerRelativeTo(OpBuilder &b, Location loc, Value value,
                             Value reference) {
  return math::Exp2Op::create(b, loc,
                              arith::SubFOp::create(b, loc, value, reference));
}

State SoftmaxAttr::visit(Visit &visit, ValueRange, ValueRange partial) const {
  OpBuilder &b = visit.builder;
  Location loc = visit.loc;
  Value scores = visit.scores(log2e);
  Value maximum = rowMax(b, loc, scores, partial[Maximum]);
  Value ref = reference(b, loc, maximum);
  int64_t keys = cast<VectorType>(scores.getType()).getDimSize(1);
  int64_t columns =
      cast<VectorType>(partial[Accumulator].getType()).getDimSize(1);
  Value weights = visit.rounded(
      powerRelativeTo(b, loc, scores, alongRows(b, loc, ref, keys)));
  Value rescale = powerRelativeTo(b, loc, partial[Maximum], ref);
  Type type = cast<VectorType>(scores.getType()).getElementType();
  Value sum = rowSum(b, loc, castTile(b, loc, weights, type),
                     arith::MulFOp::create(b, loc, partial[Sum], rescale));
  Value scaled = arith::MulFOp::create(b, loc, partial[Accumulator],
                                       alongRows(b, loc, rescale, columns));
  return {maximum, sum, visit.accumulate(weights, scaled)};
}
State SoftmaxAttr::advance(Visit &, ValueRange) const { return {}; }

State SoftmaxAttr::join(OpBuilder &b, Location loc, ValueRange first,
                        ValueRange second) const {
  Value maximum =
      arith::MaximumFOp::create(b, loc, first[Maximum], second[Maximum]);
  Value ref = reference(b, loc, maximum);
  int64_t columns =
      cast<VectorType>(first[Accumulator].getType()).getDimSize(1);
  Value sum, accumulator;
  for (ValueRange side : {first, second}) {
    Value factor = powerRelativeTo(b, loc, side[Maximum], ref);
    Value s = arith::MulFOp::create(b, loc, side[Sum], factor);
    Value a = arith::MulFOp::create(b, loc, side[Accumulator],
                                    alongRows(b, loc, factor, columns));
    sum = sum ? Value(arith::AddFOp::create(b, loc, sum, s)) : s;
    accumulator =
        accumulator ? Value(arith::AddFOp::create(b, loc, accumulator, a)) : a;
  }
  return {maximum, sum, accumulator};
}

ReadOut SoftmaxAttr::finish(OpBuilder &b, Location loc, ValueRange partial,
                            Value sink) const {
  Value maximum = partial[Maximum], sum = partial[Sum],
        accumulator = partial[Accumulator];
  int64_t columns = cast<VectorType>(accumulator.getType()).getDimSize(1);
  Type perRow = maximum.getType();
  // A row that has seen nothing has sum 0: zeros, and -inf as logarithm, with a
  // sink or without.
  Value zero = splat(b, loc, perRow, 0), one = splat(b, loc, perRow, 1);
  Value nothing =
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, sum, zero);
  if (sink) {
    Value logit = arith::MulFOp::create(b, loc, sink,
                                        splat(b, loc, sink.getType(), log2e));
    Value logits = vector::BroadcastOp::create(b, loc, perRow, logit);
    Value joint = arith::MaximumFOp::create(b, loc, maximum, logits);
    Value ref = reference(b, loc, joint);
    Value factor = powerRelativeTo(b, loc, maximum, ref);
    sum = arith::AddFOp::create(b, loc,
                                arith::MulFOp::create(b, loc, sum, factor),
                                powerRelativeTo(b, loc, logits, ref));
    accumulator = arith::MulFOp::create(b, loc, accumulator,
                                        alongRows(b, loc, factor, columns));
    maximum = joint;
  }
  Value inverse = arith::DivFOp::create(
      b, loc, one, arith::SelectOp::create(b, loc, nothing, one, sum));
  Value output = arith::MulFOp::create(b, loc, accumulator,
                                       alongRows(b, loc, inverse, columns));
  Value logarithm = math::Log2Op::create(b, loc, sum);
  Value logSumExp = arith::MulFOp::create(
      b, loc, arith::AddFOp::create(b, loc, maximum, logarithm),
      splat(b, loc, perRow, llvm::numbers::ln2));
  // The least number stays it in any base (Visit::scores).
  double most =
      APFloat::getLargest(
          cast<FloatType>(getElementTypeOrSelf(perRow)).getFloatSemantics())
          .convertToDouble();
  Value least = splat(b, loc, perRow, -most);
  Value isLeast =
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, maximum, least);
  // A score that is none has left none of the sum.
  isLeast = arith::AndIOp::create(
      b, loc, isLeast,
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::ORD, sum, sum));
  logSumExp = arith::SelectOp::create(b, loc, isLeast, least, logSumExp);
  logSumExp = arith::SelectOp::create(
      b, loc, nothing, splat(b, loc, perRow, -infinity), logSumExp);
  return {output, logSumExp};
}

} // namespace attention
