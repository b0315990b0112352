#include "dialect/variants/Tiles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include <cmath>

using namespace mlir;

namespace attention {

Value splat(OpBuilder &builder, Location loc, Type type, double number) {
  Attribute value = builder.getFloatAttr(getElementTypeOrSelf(type), number);
  if (auto vector = dyn_cast<VectorType>(type))
    value = DenseElementsAttr::get(vector, value);
  return arith::ConstantOp::create(builder, loc, cast<TypedAttr>(value));
}

Value alongRows(OpBuilder &builder, Location loc, Value perRow,
                int64_t columns) {
  auto type = cast<VectorType>(perRow.getType());
  int64_t rows = type.getDimSize(0);
  Value column = vector::ShapeCastOp::create(
      builder, loc, VectorType::get({rows, 1}, type.getElementType()), perRow);
  return vector::BroadcastOp::create(
      builder, loc, VectorType::get({rows, columns}, type.getElementType()),
      column);
}

Value alongColumns(OpBuilder &builder, Location loc, Value perColumn,
                   int64_t rows) {
  auto type = cast<VectorType>(perColumn.getType());
  return vector::BroadcastOp::create(
      builder, loc,
      VectorType::get({rows, type.getDimSize(0)}, type.getElementType()),
      perColumn);
}

/// A power of two brings divisors whose inverse is no normal number among those
/// that have one, and quotients back: x / y = (x (1 / (c y))) c. Zeros,
/// infinities and NaNs give what they give when divided by.
Value divideRows(OpBuilder &builder, Location loc, Value tile, Value perRow) {
  auto type = cast<VectorType>(perRow.getType());
  int exponent =
      APFloat::semanticsMaxExponent(
          cast<FloatType>(type.getElementType()).getFloatSemantics()) /
      2;
  auto power = [&](int exponent) {
    return splat(builder, loc, type, std::ldexp(1.0, exponent));
  };
  Value size = math::AbsFOp::create(builder, loc, perRow), scale = power(0);
  using Predicate = arith::CmpFPredicate;
  for (auto [predicate, limit] : {std::pair(Predicate::OGT, exponent),
                                  std::pair(Predicate::OLT, -exponent)}) {
    Value isBeyond =
        arith::CmpFOp::create(builder, loc, predicate, size, power(limit));
    scale =
        arith::SelectOp::create(builder, loc, isBeyond, power(-limit), scale);
  }
  Value inverse =
      arith::DivFOp::create(builder, loc, power(0),
                            arith::MulFOp::create(builder, loc, perRow, scale));
  for (Value factor : {inverse, scale})
    tile = arith::MulFOp::create(
        builder, loc, tile,
        alongRows(builder, loc, factor,
                  cast<VectorType>(tile.getType()).getDimSize(1)));
  return tile;
}

Value rowSum(OpBuilder &builder, Location loc, Value tile, Value before) {
  return vector::MultiDimReductionOp::create(
      builder, loc, tile, before, {false, true}, vector::CombiningKind::ADD);
}

Value rowMax(OpBuilder &builder, Location loc, Value tile, Value before) {
  return vector::MultiDimReductionOp::create(builder, loc, tile, before,
                                             {false, true},
                                             vector::CombiningKind::MAXIMUMF);
}

Value castTile(OpBuilder &builder, Location loc, Value tile, Type element) {
  Type from = getElementTypeOrSelf(tile.getType());
  if (from == element)
    return tile;
  Type type = element;
  if (auto vector = dyn_cast<VectorType>(tile.getType()))
    type = vector.clone(element);
  if (from.getIntOrFloatBitWidth() < element.getIntOrFloatBitWidth())
    return arith::ExtFOp::create(builder, loc, type, tile);
  return arith::TruncFOp::create(builder, loc, type, tile);
}

Value whereColumn(OpBuilder &builder, Location loc, Value tile, int64_t count,
                  double otherwise) {
  auto type = cast<VectorType>(tile.getType());
  if (count == type.getDimSize(1))
    return tile;
  auto row = VectorType::get({type.getDimSize(1)}, builder.getIndexType());
  Value limit = arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(row, builder.getIndexAttr(count)));
  Value inside =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult,
                            vector::StepOp::create(builder, loc, row), limit);
  return arith::SelectOp::create(
      builder, loc, alongColumns(builder, loc, inside, type.getDimSize(0)),
      tile, splat(builder, loc, type, otherwise));
}

} // namespace attention
