#include "dialect/Attention.h"
#include "dialect/variants/Sum.h"
#include "dialect/variants/Tiles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attention {

bool SigmoidAttr::accepts(Clause clause) const { return sumAccepts(clause); }
bool SigmoidAttr::scalesByHeadSize() const { return true; }
SmallVector<Type> SigmoidAttr::partialTypes(const PartialShape &shape) const {
  return sumTypes(shape);
}
SmallVector<Type> SigmoidAttr::carryTypes(const PartialShape &) const {
  return {};
}
State SigmoidAttr::emptyPartial(OpBuilder &b, Location loc,
                                const PartialShape &shape) const {
  return emptySum(b, loc, shape);
}
State SigmoidAttr::emptyCarry(OpBuilder &, Location,
                              const PartialShape &) const {
  return {};
}
State SigmoidAttr::advance(Visit &, ValueRange) const { return {}; }
State SigmoidAttr::join(OpBuilder &b, Location loc, ValueRange first,
                        ValueRange second) const {
  return joinSums(b, loc, first, second);
}
ReadOut SigmoidAttr::finish(OpBuilder &, Location, ValueRange partial,
                            Value) const {
  return {partial.front(), Value()};
}

State SigmoidAttr::visit(Visit &visit, ValueRange, ValueRange partial) const {
  OpBuilder &b = visit.builder;
  Location loc = visit.loc;
  // 1 / (1 + 2^-t), t = score log2(e); a masked score of -inf gives 1 / inf =
  // 0.
  Value scores = visit.scores(llvm::numbers::log2e);
  Value power =
      math::Exp2Op::create(b, loc, arith::NegFOp::create(b, loc, scores));
  Value one = splat(b, loc, power.getType(), 1);
  Value weights = arith::DivFOp::create(
      b, loc, one, arith::AddFOp::create(b, loc, one, power));
  return {visit.accumulate(weights, partial.front())};
}

} // namespace attention
