#include "dialect/variants/Chunks.h"
#include "dialect/Attention.h"
#include "dialect/variants/Tiles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attention {

//===- tiles --------------------------------------------------------------===//

static VectorType typeOf(Value tile) {
  return cast<VectorType>(tile.getType());
}

static Value contraction(OpBuilder &b, Location loc, Value left, Value right,
                         Value accumulator, ArrayRef<AffineExpr> leftMap,
                         ArrayRef<AffineExpr> rightMap) {
  if (matchPattern(right, m_AnyZeroFloat()))
    return accumulator;
  AffineExpr m, n, k;
  bindDims(b.getContext(), m, n, k);
  AffineExpr result[] = {m, n};
  ArrayRef<AffineExpr> resultMap(result);
  SmallVector<AffineMap> maps;
  for (ArrayRef<AffineExpr> map : {leftMap, rightMap, resultMap})
    maps.push_back(AffineMap::get(3, 0, map, b.getContext()));
  using vector::IteratorType;
  SmallVector<Attribute> iterators;
  for (IteratorType type : {IteratorType::parallel, IteratorType::parallel,
                            IteratorType::reduction})
    iterators.push_back(vector::IteratorTypeAttr::get(b.getContext(), type));
  return vector::ContractionOp::create(b, loc, left, right, accumulator,
                                       b.getAffineMapArrayAttr(maps),
                                       b.getArrayAttr(iterators));
}

Value product(OpBuilder &b, Location loc, Value left, Value right,
              Value accumulator) {
  AffineExpr m, n, k;
  bindDims(b.getContext(), m, n, k);
  return contraction(b, loc, left, right, accumulator, {m, k}, {k, n});
}

Value productWithRows(OpBuilder &b, Location loc, Value left, Value right,
                      Value accumulator) {
  AffineExpr m, n, k;
  bindDims(b.getContext(), m, n, k);
  return contraction(b, loc, left, right, accumulator, {m, k}, {n, k});
}

Value productOfColumns(OpBuilder &b, Location loc, Value left, Value right,
                       Value accumulator) {
  AffineExpr m, n, k;
  bindDims(b.getContext(), m, n, k);
  return contraction(b, loc, left, right, accumulator, {k, m}, {k, n});
}

Value numbers(OpBuilder &b, Location loc, int64_t rows, int64_t columns,
              bool ofRows) {
  Value steps = vector::StepOp::create(
      b, loc, VectorType::get({ofRows ? rows : columns}, b.getIndexType()));
  return ofRows ? alongRows(b, loc, steps, columns)
                : alongColumns(b, loc, steps, rows);
}

Value tokensThatAre(OpBuilder &b, Location loc, Order order, int64_t tokens,
                    bool ofRows) {
  using P = arith::CmpIPredicate;
  P predicate = order == Order::Before       ? P::ult
                : order == Order::BeforeOrAt ? P::ule
                                             : P::ugt;
  return arith::CmpIOp::create(b, loc, predicate,
                               numbers(b, loc, tokens, tokens, ofRows),
                               numbers(b, loc, tokens, tokens, !ofRows));
}

Value whereTrue(OpBuilder &b, Location loc, Value condition, Value tile) {
  return arith::SelectOp::create(b, loc, condition, tile,
                                 splat(b, loc, tile.getType(), 0));
}

/// Which elements are in row, or column, `index`. `(rows, columns)` of i1
static Value isAt(OpBuilder &b, Location loc, VectorType type, Value index,
                  bool inRow) {
  Value number = numbers(b, loc, type.getDimSize(0), type.getDimSize(1), inRow);
  return arith::CmpIOp::create(
      b, loc, arith::CmpIPredicate::eq, number,
      vector::BroadcastOp::create(b, loc, number.getType(), index));
}

Value sumOfColumns(OpBuilder &b, Location loc, Value tile) {
  VectorType type = typeOf(tile);
  auto perColumn = VectorType::get({type.getDimSize(1)}, type.getElementType());
  return vector::MultiDimReductionOp::create(
      b, loc, tile, splat(b, loc, perColumn, 0), {true, false},
      vector::CombiningKind::ADD);
}

Value sumOfRows(OpBuilder &b, Location loc, Value tile) {
  VectorType type = typeOf(tile);
  auto perRow = VectorType::get({type.getDimSize(0)}, type.getElementType());
  return rowSum(b, loc, tile, splat(b, loc, perRow, 0));
}

Value rowAt(OpBuilder &b, Location loc, Value tile, Value index) {
  Value there = isAt(b, loc, typeOf(tile), index, /*inRow=*/true);
  return sumOfColumns(b, loc, whereTrue(b, loc, there, tile));
}

Value columnAt(OpBuilder &b, Location loc, Value tile, Value index) {
  Value there = isAt(b, loc, typeOf(tile), index, /*inRow=*/false);
  return sumOfRows(b, loc, whereTrue(b, loc, there, tile));
}

Value withColumn(OpBuilder &b, Location loc, Value tile, Value column,
                 Value index) {
  VectorType type = typeOf(tile);
  return arith::SelectOp::create(
      b, loc, isAt(b, loc, type, index, /*inRow=*/false),
      alongRows(b, loc, column, type.getDimSize(1)), tile);
}

State forEachToken(OpBuilder &b, Location loc, int64_t tokens, bool backwards,
                   ValueRange state,
                   llvm::function_ref<State(Value, ValueRange)> body) {
  auto number = [&](int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  Value last = number(tokens - 1);
  auto loop =
      scf::ForOp::create(b, loc, number(0), number(tokens), number(1), state);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value token = loop.getInductionVar();
  if (backwards)
    token = arith::SubIOp::create(b, loc, last, token);
  scf::YieldOp::create(b, loc, body(token, loop.getRegionIterArgs()));
  return State(loop.getResults());
}

State forEachToken(Chunk &chunk, bool backwards, ValueRange state,
                   llvm::function_ref<State(Value, ValueRange)> body) {
  return forEachToken(chunk.builder, chunk.loc, chunk.shape.tokens, backwards,
                      state, body);
}

Value solveForward(Chunk &chunk, Value pairs, Value right) {
  if (chunk.shape.tokens == 1)
    return right;
  return SolveForwardOp::create(chunk.builder, chunk.loc, pairs, right);
}

} // namespace attention
