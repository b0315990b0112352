#include "lowering/WeightedValues.h"
#include "dialect/Names.h"
#include "dialect/variants/Chunks.h"
#include "dialect/variants/Tiles.h"
#include "lowering/Signs.h"
#include "lowering/TileReads.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace attention {

/// Whether every value of the tile is finite (i1): without their signs, the
/// bits of others are a number not below those of infinity.
static Value allFinite(OpBuilder &builder, Location loc, Value tile) {
  auto type = cast<VectorType>(tile.getType());
  auto element = cast<FloatType>(type.getElementType());
  const llvm::fltSemantics &semantics = element.getFloatSemantics();
  auto number = [&](Type type, const APInt &bits) -> Value {
    Attribute attribute =
        builder.getIntegerAttr(getElementTypeOrSelf(type), bits);
    if (auto vector = dyn_cast<VectorType>(type))
      attribute = DenseElementsAttr::get(vector, attribute);
    return arith::ConstantOp::create(builder, loc, cast<TypedAttr>(attribute));
  };
  unsigned width = element.getWidth();
  auto bits = cast<VectorType>(type.clone(builder.getIntegerType(width)));
  Value magnitudes = arith::AndIOp::create(
      builder, loc, arith::BitcastOp::create(builder, loc, bits, tile),
      number(bits, APInt::getSignedMaxValue(width)));
  auto perColumn = VectorType::get({type.getDimSize(1)}, bits.getElementType());
  Value columns = vector::MultiDimReductionOp::create(
      builder, loc, magnitudes, number(perColumn, APInt::getZero(width)),
      {true, false}, vector::CombiningKind::MAXUI);
  Value largest = vector::ReductionOp::create(
      builder, loc, vector::CombiningKind::MAXUI, columns);
  return arith::CmpIOp::create(
      builder, loc, arith::CmpIPredicate::ult, largest,
      number(largest.getType(), APFloat::getInf(semantics).bitcastToAPInt()));
}

Value WeightedValues::product(Value weights, Value values,
                              Value accumulator) const {
  Type element = getElementTypeOrSelf(values.getType());
  Type type = getElementTypeOrSelf(accumulator.getType());
  if (narrow)
    weights = castTile(builder, loc, weights, element);
  else
    values = castTile(builder, loc, values, type);
  return attention::product(builder, loc, weights, values, accumulator);
}

/// How often a pair counts what its value is: once, and where its weight is 0
/// 2^16 times, for a product with what is not finite is NaN then.
Value WeightedValues::countingWeights(Value weights) const {
  auto fill = [&](double number) {
    return splat(builder, loc, weights.getType(), number);
  };
  Value isZero = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OEQ,
                                       weights, fill(0));
  return whereSeen(
      arith::SelectOp::create(builder, loc, isZero, fill(65536), fill(1)));
}

/// Finite values are multiplied as ever. What is not finite is counted: for
/// each row and column how many infinities of either sign, and NaN, it takes.
/// The counts of one tile fit one number: 1 for inf, 2^8 for -inf, 2^16 for
/// NaN. To weights below 0 infinities are those of the other sign.
Value WeightedValues::careful(Value weights, Value values,
                              Value accumulator) const {
  Type type = getElementTypeOrSelf(accumulator.getType());
  Value wide = castTile(builder, loc, values, type);
  double infinity = std::numeric_limits<double>::infinity();
  auto fill = [&](Value like, double number) {
    return splat(builder, loc, like.getType(), number);
  };
  auto compare = [&](arith::CmpFPredicate predicate, Value a,
                     double b) -> Value {
    return arith::CmpFOp::create(builder, loc, predicate, a, fill(a, b));
  };
  auto select = [&](Value condition, Value yes, Value no) -> Value {
    return arith::SelectOp::create(builder, loc, condition, yes, no);
  };
  using P = arith::CmpFPredicate;
  Value isNan = arith::CmpFOp::create(builder, loc, P::UNO, wide, wide);
  auto codeOf = [&](double plus, double minus) {
    return select(compare(P::OEQ, wide, infinity), fill(wide, plus),
                  select(compare(P::OEQ, wide, -infinity), fill(wide, minus),
                         select(isNan, fill(wide, 65536), fill(wide, 0))));
  };
  Value code = codeOf(1, 256);
  // A 1 of its sign leaves an infinity as it is where its weight is infinite,
  // too; with a 0 that would be NaN.
  Value sign =
      select(compare(P::OLT, wide, 0), fill(values, -1), fill(values, 1));
  Value finite = select(compare(P::OEQ, code, 0), values, sign);
  // Powers of two are exact in any type. Operands come before the
  // products and counts are used up before the next product, so that little
  // else lives on beside its sums.
  Type counting = narrow ? builder.getBF16Type() : type;
  auto count = [&](Value factors, Value codes, Value counts) {
    return attention::product(builder, loc,
                              castTile(builder, loc, factors, counting),
                              castTile(builder, loc, codes, counting), counts);
  };
  Value factors = countingWeights(weights);
  Value counts = splat(builder, loc,
                       cast<VectorType>(accumulator.getType())
                           .clone(narrow ? builder.getF32Type() : type),
                       0);
  if (!isNeverNegative(weights)) {
    Value isNegative = compare(P::OLT, weights, 0);
    counts = count(select(isNegative, factors, fill(factors, 0)),
                   codeOf(256, 1), counts);
    factors = select(isNegative, fill(factors, 0), factors);
  }
  counts = count(factors, code, counts);
  Value minusCount = math::FloorOp::create(
      builder, loc,
      arith::MulFOp::create(builder, loc, counts, fill(counts, 1.0 / 256)));
  Value plusCount = arith::SubFOp::create(
      builder, loc, counts,
      arith::MulFOp::create(builder, loc, minusCount, fill(counts, 256)));
  auto where = [&](Value condition, double number, Value otherwise) {
    return select(condition, fill(counts, number), otherwise);
  };
  auto sum = [&](Value a, Value b) -> Value {
    return arith::AddFOp::create(builder, loc, a, b);
  };
  Value none = fill(counts, 0);
  Value special = sum(where(compare(P::OGT, plusCount, 0), infinity, none),
                      where(compare(P::OGT, minusCount, 0), -infinity, none));
  special = where(compare(P::OGE, counts, 65536),
                  std::numeric_limits<double>::quiet_NaN(), special);
  accumulator = sum(accumulator, castTile(builder, loc, special, type));
  return product(weights, finite, accumulator);
}

Value WeightedValues::guarded(Value weights, Value values, Value accumulator,
                              llvm::function_ref<Value()> plain) const {
  Value finite = allFinite(builder, loc, values);
  auto choice = scf::IfOp::create(builder, loc, accumulator.getType(), finite,
                                  /*withElse=*/true);
  choice->setAttr(rareElseAttr, builder.getUnitAttr());
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(choice.thenBlock());
  scf::YieldOp::create(builder, loc, plain());
  builder.setInsertionPointToStart(choice.elseBlock());
  scf::YieldOp::create(builder, loc, careful(weights, values, accumulator));
  return choice.getResult(0);
}

} // namespace attention
