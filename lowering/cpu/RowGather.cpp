#include "lowering/cpu/RowGather.h"

#include "lowering/Tiles.h"
#include "lowering/cpu/Pairs.h"
#include "lowering/cpu/Reductions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using vector::CombiningKind;

namespace attention {

RowGather::RowGather(const VectorUnit &unit, vector::MultiDimReductionOp op,
                     int64_t lanes)
    : op(op), lanes(lanes), source(op.getSource()) {
  if (op.getKind() == CombiningKind::ADD)
    findPairs(unit);
  if (op.getKind() == CombiningKind::MAXIMUMF) {
    findFactor();
    findDifference();
  }
}

void RowGather::findPairs(const VectorUnit &unit) {
  auto widened = source.getDefiningOp<arith::ExtFOp>();
  if (!widened || lanes != 16)
    return;
  isPaired = unit.sumsPairs(tileType(widened.getIn()).getElementType(),
                            op.getSourceVectorType().getElementType());
  if (isPaired)
    source = widened.getIn();
}

static FloatAttr numberOf(Value tile) {
  return dyn_cast_or_null<FloatAttr>(splatOf(tile));
}

void RowGather::findFactor() {
  auto product = source.getDefiningOp<arith::MulFOp>();
  FloatAttr by = product ? numberOf(product.getRhs()) : nullptr;
  if (!by || !by.getType().isF32() || !by.getValue().isNormal() ||
      by.getValue().isNegative())
    return;
  source = product.getLhs();
  factor = product.getRhs();
}

void RowGather::findDifference() {
  auto select = source.getDefiningOp<arith::SelectOp>();
  auto compare =
      select ? select.getCondition().getDefiningOp<arith::CmpFOp>() : nullptr;
  if (!compare || compare.getPredicate() != arith::CmpFPredicate::UNE)
    return;
  FloatAttr to = numberOf(compare.getRhs()),
            yes = numberOf(select.getTrueValue()),
            no = numberOf(select.getFalseValue());
  // Of 0 there are two, and NaN differs from itself.
  if (!to || !yes || !no || to.getValue().isZero() || to.getValue().isNaN() ||
      !(no.getValue() < yes.getValue()))
    return;
  source = compare.getLhs();
  number = IntegerAttr::get(
      IntegerType::get(op.getContext(), to.getType().getIntOrFloatBitWidth()),
      to.getValue().bitcastToAPInt());
  some = yes;
  none = no;
}

Value RowGather::neutral(ImplicitLocOpBuilder &b) {
  if (number)
    return neutralElement(b, CombiningKind::OR, number.getType(), lanes);
  return neutralElement(
      b, op.getKind(), reductionType(op.getSourceVectorType().getElementType()),
      isPaired ? lanes / 2 : lanes);
}

Value RowGather::add(Points &points, Value before, const Point &point) {
  ImplicitLocOpBuilder &b = points.builder();
  Value value = points.at(source, point);
  if (isPaired)
    return addPairs(b, before, value);
  Type element = getElementTypeOrSelf(before.getType());
  if (!number)
    return combine(b, op.getKind(), before, convertElement(b, value, element));
  TypedAttr bits = number;
  if (auto type = dyn_cast<VectorType>(before.getType()))
    bits = DenseElementsAttr::get(type, Attribute(number));
  Value differing = arith::XOrIOp::create(
      b, arith::BitcastOp::create(b, before.getType(), value),
      arith::ConstantOp::create(b, bits));
  return arith::OrIOp::create(b, before, differing);
}

Value RowGather::finish(Points &points, Value row, Value gathered) {
  ImplicitLocOpBuilder &b = points.builder();
  if (number) {
    Value nothing =
        arith::ConstantOp::create(b, b.getZeroAttr(gathered.getType()));
    Value any =
        arith::CmpIOp::create(b, arith::CmpIPredicate::ne, gathered, nothing);
    // A mask of lanes is one number for most processors.
    if (isa<VectorType>(any.getType()))
      any = vector::ReductionOp::create(b, CombiningKind::OR, any);
    return arith::SelectOp::create(b, any, arith::ConstantOp::create(b, some),
                                   arith::ConstantOp::create(b, none));
  }
  Value reduced = reduceLanes(b, op.getKind(), gathered);
  if (!factor)
    return reduced;
  Point any{Bind::element(row), Bind::element(row)};
  return arith::MulFOp::create(b, reduced, points.at(factor, any));
}

} // namespace attention
