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

/// The number of each row, or of each column. `(rows, columns)` of index
static Value numbers(OpBuilder &b, Location loc, int64_t rows, int64_t columns,
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

/// Which rows come behind row `index`. `(rows, columns)` of i1
static Value isBehind(OpBuilder &b, Location loc, VectorType type,
                      Value index) {
  Value number =
      numbers(b, loc, type.getDimSize(0), type.getDimSize(1), /*ofRows=*/true);
  return arith::CmpIOp::create(
      b, loc, arith::CmpIPredicate::ugt, number,
      vector::BroadcastOp::create(b, loc, number.getType(), index));
}

Value solveForward(Chunk &chunk, Value pairs, Value right) {
  if (chunk.shape.tokens == 1)
    return right;
  return SolveForwardOp::create(chunk.builder, chunk.loc, pairs, right);
}

//===- decay --------------------------------------------------------------===//

/// Logarithms summed, for each token, over the tokens that stand so to it.
/// `(tokens)` or `(tokens, d)`
Value Remains::sums(Order order) {
  OpBuilder &b = chunk.builder;
  Location loc = chunk.loc;
  int64_t tokens = chunk.shape.tokens;
  if (tokens == 1)
    return decay.tile;
  // Down the columns, so that tokens are the lanes of the exponential, too.
  if (decay.kind == Decay::PerToken)
    return sumOfColumns(
        b, loc,
        whereTrue(b, loc, tokensThatAre(b, loc, order, tokens, /*ofRows=*/true),
                  alongRows(b, loc, decay.tile, tokens)));
  Value ones =
      splat(b, loc, VectorType::get({tokens, tokens}, chunk.shape.type), 1);
  Value which = tokensThatAre(b, loc, order, tokens);
  return product(b, loc, whereTrue(b, loc, which, ones), decay.tile,
                 splat(b, loc, decay.tile.getType(), 0));
}

Value Remains::times(Value tile, Value logarithm) {
  OpBuilder &b = chunk.builder;
  Value factor = math::ExpOp::create(b, chunk.loc, logarithm);
  if (factor.getType() != tile.getType())
    factor = alongRows(b, chunk.loc, factor, typeOf(tile).getDimSize(1));
  return arith::MulFOp::create(b, chunk.loc, tile, factor);
}

/// Whether what decays does so within the chunk: before a lone token, or after
/// it, nothing does.
bool Remains::decays(Order order) const {
  return decay.kind != Decay::None &&
         (chunk.shape.tokens > 1 || order == Order::BeforeOrAt);
}

Value Remains::fromStart(Value tile, bool own) {
  Order order = own ? Order::BeforeOrAt : Order::Before;
  return decays(order) ? times(tile, sums(order)) : tile;
}

/// A token whose decay is no number spoils what it leaves.
Value Remains::toEnd(Value tile) {
  if (!decays(Order::After))
    return tile;
  Value logarithm = sums(Order::After);
  if (decay.spoilt)
    logarithm = arith::AddFOp::create(chunk.builder, chunk.loc, logarithm,
                                      decay.spoilt);
  return times(tile, logarithm);
}

Value Remains::throughout(Value memory) {
  if (decay.kind == Decay::None)
    return memory;
  OpBuilder &b = chunk.builder;
  Location loc = chunk.loc;
  if (decay.kind == Decay::PerFeature)
    return times(memory, sumOfColumns(b, loc, decay.tile));
  Value total = vector::ReductionOp::create(b, loc, vector::CombiningKind::ADD,
                                            decay.tile);
  Value factor = math::ExpOp::create(b, loc, total);
  return arith::MulFOp::create(
      b, loc, memory,
      vector::BroadcastOp::create(b, loc, memory.getType(), factor));
}

Value Remains::pairsPerToken(Value left, Value right, bool own) {
  OpBuilder &b = chunk.builder;
  Location loc = chunk.loc;
  int64_t tokens = chunk.shape.tokens;
  auto type = VectorType::get({tokens, tokens}, chunk.shape.type);
  Value zeros = splat(b, loc, type, 0);
  Value scores = productWithRows(b, loc, left, right, zeros);
  if (decay.kind == Decay::None)
    return scores;
  // From j to i: what is before or at i, and not before or at j.
  Value upToQuery = whereTrue(
      b, loc,
      tokensThatAre(b, loc, own ? Order::BeforeOrAt : Order::Before, tokens),
      alongColumns(b, loc, decay.tile, tokens));
  Value afterKey =
      whereTrue(b, loc, tokensThatAre(b, loc, Order::Before, tokens),
                splat(b, loc, type, 1));
  Value logarithm = product(b, loc, upToQuery, afterKey, zeros);
  logarithm = arith::AddFOp::create(b, loc, logarithm,
                                    alongColumns(b, loc, decay.spoilt, tokens));
  return times(scores, logarithm);
}

/// Keys from the last to the first, while `left` decays towards them.
Value Remains::pairsPerFeature(Value left, Value right, bool own) {
  OpBuilder &b = chunk.builder;
  Location loc = chunk.loc;
  const int64_t tokens = chunk.shape.tokens;
  auto type = VectorType::get({tokens, tokens}, chunk.shape.type);
  Value factors = math::ExpOp::create(b, loc, decay.tile);
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  auto step = [&](Value key, ValueRange state) -> State {
    Value next = arith::AddIOp::create(b, loc, key, one);
    // What decays at `next` has decayed for queries at it, or after it.
    Value from = own ? key : next;
    Value after = isBehind(b, loc, typeOf(left), from);
    Value decayed = arith::MulFOp::create(
        b, loc, state[0],
        alongColumns(b, loc, rowAt(b, loc, factors, next), tokens));
    Value rows = arith::SelectOp::create(b, loc, after, decayed, state[0]);
    Value products = arith::MulFOp::create(
        b, loc, rows, alongColumns(b, loc, rowAt(b, loc, right, key), tokens));
    return {rows,
            withColumn(b, loc, state[1], sumOfRows(b, loc, products), key)};
  };
  return forEachToken(chunk, /*backwards=*/true,
                      ValueRange{left, splat(b, loc, type, 0)}, step)[1];
}

/// The token with itself: nothing has decayed. `(1, 1)`
Value Remains::pairOfOne(Value left, Value right) {
  OpBuilder &b = chunk.builder;
  Location loc = chunk.loc;
  Value products = arith::MulFOp::create(b, loc, left, right);
  return alongRows(b, loc, sumOfRows(b, loc, products), 1);
}

Value Remains::pairs(Value left, Value right, bool at, bool own) {
  if (chunk.shape.tokens == 1)
    return at ? pairOfOne(left, right)
              : splat(chunk.builder, chunk.loc,
                      VectorType::get({1, 1}, chunk.shape.type), 0);
  Value all = decay.kind == Decay::PerFeature
                  ? pairsPerFeature(left, right, own)
                  : pairsPerToken(left, right, own);
  Value seen =
      tokensThatAre(chunk.builder, chunk.loc,
                    at ? Order::BeforeOrAt : Order::Before, chunk.shape.tokens);
  return whereTrue(chunk.builder, chunk.loc, seen, all);
}

} // namespace attention
