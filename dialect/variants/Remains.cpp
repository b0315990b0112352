#include "dialect/variants/Remains.h"
#include "dialect/variants/Tiles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace attention {

/// exp of it, times a number that is not tiny or huge, is a number of f32.
static constexpr double kNear = 30;

static VectorType typeOf(Value tile) {
  return cast<VectorType>(tile.getType());
}

static Value compare(OpBuilder &b, Location loc, arith::CmpIPredicate predicate,
                     Value numbers, Value index) {
  Value all = vector::BroadcastOp::create(b, loc, numbers.getType(), index);
  return arith::CmpIOp::create(b, loc, predicate, numbers, all);
}

/// Whether what decays does so within the chunk: before a lone token, or after
/// it, nothing does.
bool Remains::decays(Order order) const {
  return decay.kind != Decay::None &&
         (chunk.shape.tokens > 1 || order == Order::BeforeOrAt);
}

Value Remains::exp(Value logarithm) {
  return math::ExpOp::create(chunk.builder, chunk.loc, logarithm);
}

Value Remains::times(Value left, Value right) {
  return arith::MulFOp::create(chunk.builder, chunk.loc, left, right);
}

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

/// What is left of what was there before the chunk, or of each token at its
/// end. `(tokens)` or `(tokens, d)`
Value Remains::factor(Order order) {
  OpBuilder &b = chunk.builder;
  Location loc = chunk.loc;
  auto whole = [&] {
    Value logarithm = sums(order);
    // A token whose decay is no number spoils what it leaves.
    if (order == Order::After && decay.spoilt)
      logarithm = arith::AddFOp::create(b, loc, logarithm, decay.spoilt);
    return exp(logarithm);
  };
  if (decay.kind != Decay::PerFeature || chunk.shape.tokens == 1)
    return whole();
  bool isAfter = order == Order::After;
  Value part = isAfter ? toMiddle() : fromMiddle(order == Order::BeforeOrAt);
  auto byHalves = [&] {
    Value half = exp(sumOfHalf(/*isFirst=*/!isAfter));
    return times(part, alongColumns(b, loc, half, chunk.shape.tokens));
  };
  return ifNear(byHalves, whole);
}

static Value broadcastLike(OpBuilder &b, Location loc, Value factor,
                           Value tile) {
  return factor.getType() == tile.getType()
             ? factor
             : alongRows(b, loc, factor, typeOf(tile).getDimSize(1));
}

Value Remains::fromStart(Value tile, bool own) {
  Order order = own ? Order::BeforeOrAt : Order::Before;
  if (!decays(order))
    return tile;
  return times(tile,
               broadcastLike(chunk.builder, chunk.loc, factor(order), tile));
}

Value Remains::toEnd(Value tile) {
  if (!decays(Order::After))
    return tile;
  return times(tile, broadcastLike(chunk.builder, chunk.loc,
                                   factor(Order::After), tile));
}

Value Remains::throughout(Value memory) {
  if (decay.kind == Decay::None)
    return memory;
  OpBuilder &b = chunk.builder;
  Location loc = chunk.loc;
  if (decay.kind == Decay::PerFeature)
    return times(
        memory,
        broadcastLike(b, loc, exp(sumOfColumns(b, loc, decay.tile)), memory));
  Value total = vector::ReductionOp::create(b, loc, vector::CombiningKind::ADD,
                                            decay.tile);
  return times(memory, vector::BroadcastOp::create(b, loc, memory.getType(),
                                                   exp(total)));
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
  return times(scores, exp(logarithm));
}

/// Keys from the last to the first, while `left` decays towards them.
Value Remains::keyByKey(Value left, Value right, bool own) {
  OpBuilder &b = chunk.builder;
  Location loc = chunk.loc;
  const int64_t tokens = chunk.shape.tokens;
  auto type = VectorType::get({tokens, tokens}, chunk.shape.type);
  Value factors = exp(decay.tile);
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  Value rowNumbers =
      numbers(b, loc, tokens, chunk.shape.features, /*ofRows=*/true);
  auto step = [&](Value key, ValueRange state) -> State {
    Value next = arith::AddIOp::create(b, loc, key, one);
    // What decays at `next` has decayed for queries at it, or after it.
    Value after = compare(b, loc, arith::CmpIPredicate::ugt, rowNumbers,
                          own ? key : next);
    Value decayed = times(
        state[0], alongColumns(b, loc, rowAt(b, loc, factors, next), tokens));
    Value rows = arith::SelectOp::create(b, loc, after, decayed, state[0]);
    Value products =
        times(rows, alongColumns(b, loc, rowAt(b, loc, right, key), tokens));
    return {rows,
            withColumn(b, loc, state[1], sumOfRows(b, loc, products), key)};
  };
  return forEachToken(chunk, /*backwards=*/true,
                      ValueRange{left, splat(b, loc, type, 0)}, step)[1];
}

Value Remains::pairsPerFeature(Value left, Value right, bool own) {
  OpBuilder &b = chunk.builder;
  Location loc = chunk.loc;
  int64_t tokens = chunk.shape.tokens;
  Value zeros =
      splat(b, loc, VectorType::get({tokens, tokens}, chunk.shape.type), 0);
  Value leftFactor = fromMiddle(own), rightFactor = toMiddle();
  return ifNear(
      [&] {
        return productWithRows(b, loc, times(left, leftFactor),
                               times(right, rightFactor), zeros);
      },
      [&] { return keyByKey(left, right, own); });
}

/// The token with itself: nothing has decayed. `(1, 1)`
Value Remains::pairOfOne(Value left, Value right) {
  OpBuilder &b = chunk.builder;
  Location loc = chunk.loc;
  return alongRows(b, loc, sumOfRows(b, loc, times(left, right)), 1);
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

//===- from the middle ----------------------------------------------------===//

Value Remains::ifNear(Build whereNear, Build otherwise) {
  OpBuilder &b = chunk.builder;
  Location loc = chunk.loc;
  auto yield = [&](Build build) {
    return [=](OpBuilder &inner, Location) {
      scf::YieldOp::create(inner, loc, build());
    };
  };
  Value condition = isNear();
  return scf::IfOp::create(b, loc, condition, yield(whereNear),
                           yield(otherwise))
      .getResult(0);
}

/// Whether the decays of no channel sum up to more than `kNear`, nor are no
/// numbers.
Value Remains::isNear() {
  if (near)
    return near;
  OpBuilder &b = chunk.builder;
  Location loc = chunk.loc;
  Value sizes = sumOfColumns(b, loc, math::AbsFOp::create(b, loc, decay.tile));
  Type type = sizes.getType();
  Value isFar = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UGT, sizes,
                                      splat(b, loc, type, kNear));
  Value count = vector::ReductionOp::create(
      b, loc, vector::CombiningKind::ADD,
      whereTrue(b, loc, isFar, splat(b, loc, type, 1)));
  Value none =
      arith::ConstantOp::create(b, loc, b.getFloatAttr(count.getType(), 0));
  near = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, count, none);
  return near;
}

/// The decays between the middle and each token (before its own, unless `own`):
/// added for tokens behind it, taken away for those before. `(tokens, d)`
Value Remains::sumsFromMiddle(bool own) {
  OpBuilder &b = chunk.builder;
  Location loc = chunk.loc;
  int64_t tokens = chunk.shape.tokens;
  auto type = VectorType::get({tokens, tokens}, chunk.shape.type);
  Value middle = arith::ConstantIndexOp::create(b, loc, tokens / 2);
  Value isBehind =
      compare(b, loc, arith::CmpIPredicate::uge,
              numbers(b, loc, tokens, tokens, /*ofRows=*/false), middle);
  Value isPast =
      tokensThatAre(b, loc, own ? Order::BeforeOrAt : Order::Before, tokens);
  Value zero = splat(b, loc, type, 0);
  Value behind =
      arith::SelectOp::create(b, loc, isPast, splat(b, loc, type, 1), zero);
  Value before =
      arith::SelectOp::create(b, loc, isPast, zero, splat(b, loc, type, -1));
  Value signs = arith::SelectOp::create(b, loc, isBehind, behind, before);
  return product(b, loc, signs, decay.tile,
                 splat(b, loc, decay.tile.getType(), 0));
}

/// The decays of the tokens before the middle, or from it on. `(d)`
Value Remains::sumOfHalf(bool isFirst) {
  OpBuilder &b = chunk.builder;
  Location loc = chunk.loc;
  const MemoryShape &shape = chunk.shape;
  Value middle = arith::ConstantIndexOp::create(b, loc, shape.tokens / 2);
  Value inHalf = compare(
      b, loc, isFirst ? arith::CmpIPredicate::ult : arith::CmpIPredicate::uge,
      numbers(b, loc, shape.tokens, shape.features, /*ofRows=*/true), middle);
  return sumOfColumns(b, loc, whereTrue(b, loc, inHalf, decay.tile));
}

Value Remains::fromMiddle(bool own) {
  if (!towards[own])
    towards[own] = exp(sumsFromMiddle(own));
  return towards[own];
}

Value Remains::toMiddle() {
  if (!back)
    back = exp(arith::NegFOp::create(chunk.builder, chunk.loc,
                                     sumsFromMiddle(/*own=*/true)));
  return back;
}

} // namespace attention
