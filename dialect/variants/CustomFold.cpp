#include "dialect/variants/CustomFold.h"
#include "dialect/variants/Chunks.h"
#include "dialect/variants/Reductions.h"
#include "dialect/variants/ScalarCode.h"
#include "dialect/variants/Tiles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace attention {

Value isSeen(OpBuilder &b, Location loc, Value seen) {
  return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNE, seen,
                               splat(b, loc, seen.getType(), 0));
}

static ValueRange yieldedBy(Region &region) {
  return region.front().getTerminator()->getOperands();
}

JoinedRanges composeRanges(VariantOp variant, OpBuilder &b, Location loc,
                           const RowRange &first, const RowRange &second) {
  size_t size = first.state.size();
  auto perRow = cast<VectorType>(first.seen.getType());
  ScalarCode code(b, loc, perRow.getShape());
  Block &block = variant.getCompose().front();
  code.bind(block.getArguments().take_front(size), first.state);
  code.bind(block.getArguments().drop_front(size), second.state);
  Value ofFirst = isSeen(b, loc, first.seen),
        ofSecond = isSeen(b, loc, second.seen);
  Value both = arith::AndIOp::create(b, loc, ofFirst, ofSecond);
  auto choose = [&](Value condition, Value yes, Value no) -> Value {
    return arith::SelectOp::create(b, loc, condition, yes, no);
  };
  ValueRange yielded = yieldedBy(variant.getCompose());
  JoinedRanges joined;
  for (size_t scalar = 0; scalar < size; ++scalar)
    joined.range.state.push_back(
        choose(both, code.tile(yielded[scalar]),
               choose(ofSecond, second.state[scalar], first.state[scalar])));
  joined.range.seen =
      arith::MaximumFOp::create(b, loc, first.seen, second.seen);
  Value one = splat(b, loc, perRow, 1);
  joined.firstFactor = choose(both, code.tile(yielded[size]), one);
  joined.secondFactor = choose(both, code.tile(yielded[size + 1]), one);
  return joined;
}

namespace {
/// The keys of one tile, each lifted by itself.
struct LiftedKeys {
  State state;   ///< `(rows, keys)`, whatever where masked
  Value weights; ///< `(rows, keys)`, whatever where masked
  Value exists;  ///< i1: seen
  Value seen;    ///< the same as 1 and 0
  VectorType type;
};
} // namespace

static LiftedKeys liftKeys(VariantOp variant, Visit &visit) {
  OpBuilder &b = visit.builder;
  Location loc = visit.loc;
  Value scores = visit.scores(1);
  auto type = cast<VectorType>(scores.getType());
  ScalarCode code(b, loc, type.getShape());
  code.bind(variant.getLift().getArgument(0), scores);
  LiftedKeys keys;
  keys.type = type;
  ValueRange yielded = yieldedBy(variant.getLift());
  for (Value scalar : yielded.drop_back())
    keys.state.push_back(code.tile(scalar));
  keys.weights = code.tile(yielded.back());
  keys.exists = arith::CmpFOp::create(
      b, loc, arith::CmpFPredicate::UNE, scores,
      splat(b, loc, type, -std::numeric_limits<double>::infinity()));
  keys.seen = arith::SelectOp::create(
      b, loc, keys.exists, splat(b, loc, type, 1), splat(b, loc, type, 0));
  return keys;
}

//===- all keys at once ---------------------------------------------------===//

namespace {
/// Reduces the keys of a tile: extremes first, then sums relative to them.
class KeyReduction {
public:
  KeyReduction(VariantOp variant, ArrayRef<ReducedScalar> scalars, Visit &visit,
               const RowRange &before, const LiftedKeys &keys)
      : scalars(scalars), before(before), keys(keys), b(visit.builder),
        loc(visit.loc), compose(variant.getCompose().front()),
        rowCode(b, loc, keys.type.getShape().take_front()),
        pairCode(b, loc, keys.type.getShape()) {}

  FoldedKeys run();

private:
  void reduceExtreme(size_t scalar);
  void reduceSum(size_t scalar);
  Value reduce(vector::CombiningKind kind, Value tile, Value start) {
    return vector::MultiDimReductionOp::create(b, loc, tile, start,
                                               {false, true}, kind);
  }
  Value whereExists(Value tile, TypedAttr otherwise) {
    return arith::SelectOp::create(
        b, loc, keys.exists, tile,
        arith::ConstantOp::create(
            b, loc,
            DenseElementsAttr::get(cast<VectorType>(tile.getType()),
                                   Attribute(otherwise))));
  }
  /// `tile` times the factor, which is code of `compose`, or null.
  Value times(ScalarCode &code, Value tile, Value factor) {
    return factor
               ? Value(arith::MulFOp::create(b, loc, tile, code.tile(factor)))
               : tile;
  }

  ArrayRef<ReducedScalar> scalars;
  const RowRange &before;
  const LiftedKeys &keys;
  OpBuilder &b;
  Location loc;
  Block &compose;
  /// What comes before relative to the joint state, and what each key is.
  ScalarCode rowCode, pairCode;
  State joint;
};
} // namespace

void KeyReduction::reduceExtreme(size_t scalar) {
  using Kind = vector::CombiningKind;
  Kind kind = scalars[scalar].kind;
  bool largest = kind == Kind::MAXIMUMF || kind == Kind::MAXNUMF;
  double infinity = std::numeric_limits<double>::infinity();
  Type element = getElementTypeOrSelf(keys.state[scalar].getType());
  Value lifted =
      whereExists(keys.state[scalar],
                  b.getFloatAttr(element, largest ? -infinity : infinity));
  joint[scalar] = reduce(kind, lifted, before.state[scalar]);
  Value yielded = compose.getTerminator()->getOperand(scalar);
  rowCode.bind(compose.getArgument(scalar), before.state[scalar]);
  rowCode.bind(yielded, joint[scalar]);
  pairCode.bind(compose.getArgument(scalars.size() + scalar),
                keys.state[scalar]);
  pairCode.bind(yielded,
                alongRows(b, loc, joint[scalar], keys.type.getDimSize(1)));
}

void KeyReduction::reduceSum(size_t scalar) {
  const ReducedScalar &reduced = scalars[scalar];
  Type element = getElementTypeOrSelf(keys.state[scalar].getType());
  Value lifted =
      whereExists(times(pairCode, keys.state[scalar], reduced.secondFactor),
                  b.getZeroAttr(element));
  Value start = times(rowCode, before.state[scalar], reduced.firstFactor);
  // The identity relative to a maximum of -inf may be NaN.
  if (reduced.firstFactor)
    start = arith::SelectOp::create(b, loc, isSeen(b, loc, before.seen), start,
                                    splat(b, loc, start.getType(), 0));
  joint[scalar] = reduce(reduced.kind, lifted, start);
}

FoldedKeys KeyReduction::run() {
  joint.resize(scalars.size());
  for (auto [index, scalar] : llvm::enumerate(scalars))
    if (scalar.extreme)
      reduceExtreme(index);
  for (auto [index, scalar] : llvm::enumerate(scalars))
    if (!scalar.extreme)
      reduceSum(index);
  Operation *yield = compose.getTerminator();
  FoldedKeys folded;
  folded.range = {
      joint, reduce(vector::CombiningKind::MAXIMUMF, keys.seen, before.seen)};
  folded.factorBefore =
      arith::SelectOp::create(b, loc, isSeen(b, loc, before.seen),
                              rowCode.tile(yield->getOperand(scalars.size())),
                              splat(b, loc, before.seen.getType(), 1));
  folded.weights =
      whereExists(arith::MulFOp::create(
                      b, loc, keys.weights,
                      pairCode.tile(yield->getOperand(scalars.size() + 1))),
                  b.getZeroAttr(keys.type.getElementType()));
  return folded;
}

//===- key after key ------------------------------------------------------===//

/// Column `index` of a tile of floats or integers. `(rows)`
static Value anyColumnAt(OpBuilder &b, Location loc, Value tile, Value index) {
  auto type = cast<VectorType>(tile.getType());
  if (isa<FloatType>(type.getElementType()))
    return columnAt(b, loc, tile, index);
  auto zeros = [&](VectorType of) -> Value {
    return arith::ConstantOp::create(b, loc, b.getZeroAttr(of));
  };
  // Integers are chosen by a step of their own: helpers of memories are for
  // floats.
  auto numbers = VectorType::get(type.getShape(), b.getIndexType());
  Value step = vector::BroadcastOp::create(
      b, loc, numbers,
      vector::StepOp::create(
          b, loc, VectorType::get({type.getDimSize(1)}, b.getIndexType())));
  Value there = arith::CmpIOp::create(
      b, loc, arith::CmpIPredicate::eq, step,
      vector::BroadcastOp::create(b, loc, numbers, index));
  Value chosen = arith::SelectOp::create(b, loc, there, tile, zeros(type));
  return vector::MultiDimReductionOp::create(
      b, loc, chosen,
      zeros(VectorType::get({type.getDimSize(0)}, type.getElementType())),
      {false, true}, vector::CombiningKind::ADD);
}

namespace {
/// The keys of a tile composed one after another: the range with them, and for
/// each key the factors by which it scales what came before it, and its own
/// value. `(rows, keys)`
struct ComposedKeys {
  RowRange range;
  Value factorsBefore, factorsOwn;
};
} // namespace

static ComposedKeys composeInOrder(VariantOp variant, Visit &visit,
                                   const RowRange &before,
                                   const LiftedKeys &keys) {
  OpBuilder &b = visit.builder;
  Location loc = visit.loc;
  size_t size = before.state.size();
  Value ones = splat(b, loc, keys.type, 1);
  State start(before.state);
  start.append({before.seen, ones, ones});
  auto composeKey = [&](Value key, ValueRange state) -> State {
    RowRange one{{}, columnAt(b, loc, keys.seen, key)};
    for (Value tile : keys.state)
      one.state.push_back(anyColumnAt(b, loc, tile, key));
    JoinedRanges joined = composeRanges(
        variant, b, loc, {state.take_front(size), state[size]}, one);
    State next(joined.range.state);
    next.push_back(joined.range.seen);
    next.push_back(
        withColumn(b, loc, state[size + 1], joined.firstFactor, key));
    next.push_back(
        withColumn(b, loc, state[size + 2], joined.secondFactor, key));
    return next;
  };
  State folded = forEachToken(b, loc, keys.type.getDimSize(1),
                              /*backwards=*/false, start, composeKey);
  return {{State(ArrayRef(folded).take_front(size)), folded[size]},
          folded[size + 1],
          folded[size + 2]};
}

/// Each weight is multiplied by the factor of its key, and by those that all
/// later keys have for what came before them.
static FoldedKeys foldInOrder(VariantOp variant, Visit &visit,
                              const RowRange &before, const LiftedKeys &keys) {
  OpBuilder &b = visit.builder;
  Location loc = visit.loc;
  ComposedKeys composed = composeInOrder(variant, visit, before, keys);
  Value none[] = {splat(b, loc, keys.type, 1),
                  splat(b, loc, before.seen.getType(), 1)};
  auto multiply = [&](Value key, ValueRange state) -> State {
    Value factor = columnAt(b, loc, composed.factorsBefore, key);
    return {withColumn(b, loc, state[0], state[1], key),
            arith::MulFOp::create(b, loc, state[1], factor)};
  };
  State later = forEachToken(b, loc, keys.type.getDimSize(1),
                             /*backwards=*/true, none, multiply);
  Value factors = arith::MulFOp::create(b, loc, composed.factorsOwn, later[0]);
  Value weights =
      visit.whereSeen(arith::MulFOp::create(b, loc, keys.weights, factors));
  return {composed.range, later[1], weights};
}

FoldedKeys foldKeys(VariantOp variant, Visit &visit, const RowRange &before) {
  LiftedKeys keys = liftKeys(variant, visit);
  if (auto reduced = matchReductions(variant))
    return KeyReduction(variant, *reduced, visit, before, keys).run();
  return foldInOrder(variant, visit, before, keys);
}

} // namespace attention
