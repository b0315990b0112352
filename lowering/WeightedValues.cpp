#include "lowering/WeightedValues.h"
#include "dialect/variants/Tiles.h"
#include "lowering/TileReads.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace attention {

/// Whether every value of the tile is finite: x * 0 is 0, or NaN (i1).
static Value allFinite(OpBuilder &builder, Location loc, Value tile) {
  auto type = cast<VectorType>(tile.getType());
  Value zeros =
      arith::MulFOp::create(builder, loc, tile, splat(builder, loc, type, 0));
  auto perColumn = VectorType::get({type.getDimSize(1)}, type.getElementType());
  Value columns = vector::MultiDimReductionOp::create(
      builder, loc, zeros, splat(builder, loc, perColumn, 0), {true, false},
      vector::CombiningKind::ADD);
  Value sum = vector::ReductionOp::create(builder, loc,
                                          vector::CombiningKind::ADD, columns);
  return arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OEQ, sum,
                               splat(builder, loc, sum.getType(), 0));
}

/// Finite values are multiplied as ever. What is not finite is counted: for
/// each row and column how many infinities of either sign, and NaN, it takes.
/// The counts of one tile fit one number: 1 for inf, 2^8 for -inf, 2^16 for
/// NaN.
Value WeightedValues::careful(Value weights, Value values,
                              Value accumulator) const {
  auto tile = cast<VectorType>(values.getType());
  auto outputs = cast<VectorType>(accumulator.getType());
  double infinity = std::numeric_limits<double>::infinity();
  auto fill = [&](Type like, double number) {
    return splat(builder, loc, like, number);
  };
  auto compare = [&](arith::CmpFPredicate predicate, Value a,
                     double b) -> Value {
    return arith::CmpFOp::create(builder, loc, predicate, a,
                                 fill(a.getType(), b));
  };
  auto select = [&](Value condition, Value yes, Value no) -> Value {
    return arith::SelectOp::create(builder, loc, condition, yes, no);
  };
  using P = arith::CmpFPredicate;
  Value isNan = arith::CmpFOp::create(builder, loc, P::UNO, values, values);
  Value code =
      select(compare(P::OEQ, values, infinity), fill(tile, 1),
             select(compare(P::OEQ, values, -infinity), fill(tile, 256),
                    select(isNan, fill(tile, 65536), fill(tile, 0))));
  Value finite = select(compare(P::OEQ, code, 0), values, fill(tile, 0));
  Value result = contract(builder, loc, weights, finite, accumulator, false);
  // A weight of 0 on a pair that is seen makes NaN of any of the three.
  auto pairs = cast<VectorType>(weights.getType());
  Value zeroWeight =
      select(compare(P::OEQ, weights, 0), fill(pairs, 1), fill(pairs, 0));
  Value positive =
      select(compare(P::OEQ, weights, 0), fill(pairs, 0), fill(pairs, 1));
  Value counts = contract(builder, loc, whereSeen(positive), code,
                          fill(outputs, 0), false);
  Value broken = contract(builder, loc, whereSeen(zeroWeight), code,
                          fill(outputs, 0), false);
  Value minusCount = math::FloorOp::create(
      builder, loc,
      arith::MulFOp::create(builder, loc, counts, fill(outputs, 1.0 / 256)));
  Value plusCount = arith::SubFOp::create(
      builder, loc, counts,
      arith::MulFOp::create(builder, loc, minusCount, fill(outputs, 256)));
  auto addWhere = [&](Value condition, double number) {
    result = arith::AddFOp::create(
        builder, loc, result,
        select(condition, fill(outputs, number), fill(outputs, 0)));
  };
  addWhere(compare(P::OGT, plusCount, 0), infinity);
  addWhere(compare(P::OGT, minusCount, 0), -infinity);
  addWhere(compare(P::OGE, counts, 65536),
           std::numeric_limits<double>::quiet_NaN());
  addWhere(compare(P::OGT, broken, 0),
           std::numeric_limits<double>::quiet_NaN());
  return result;
}

Value WeightedValues::guarded(Value weights, Value values, Value accumulator,
                              llvm::function_ref<Value()> plain) const {
  Value finite = allFinite(builder, loc, values);
  auto choice = scf::IfOp::create(builder, loc, accumulator.getType(), finite,
                                  /*withElse=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(choice.thenBlock());
  scf::YieldOp::create(builder, loc, plain());
  builder.setInsertionPointToStart(choice.elseBlock());
  scf::YieldOp::create(builder, loc, careful(weights, values, accumulator));
  return choice.getResult(0);
}

} // namespace attention
