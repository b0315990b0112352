#include "dialect/Attention.h"
#include "dialect/variants/Remains.h"
#include "dialect/variants/Tiles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace attention {

namespace {
/// The memory: sum of f(k) v^T, of f(k), and how many keys there were. The last
/// two only where there is a normaliser.
enum { Matrix, KeySum, Count };
/// The partial: values weighted by scores; where there is a normaliser how many
/// keys were seen, and where it is `keys` the sum of their scores.
enum { Sum, Seen, ScoreSum };
} // namespace

bool LinearAttr::accepts(Clause clause) const {
  return clause == Clause::Scale || clause == Clause::Decay;
}
bool LinearAttr::scalesByHeadSize() const { return false; }
/// Without decay it is a sum over whatever keys are seen.
bool LinearAttr::recurs(bool decays) const { return decays; }

SmallVector<Type> LinearAttr::memoryTypes(const MemoryShape &shape) const {
  SmallVector<Type> types{
      VectorType::get({shape.features, shape.columns}, shape.type)};
  if (getNormalizer() != Normalizer::None) {
    types.push_back(VectorType::get({shape.features}, shape.type));
    types.push_back(shape.type);
  }
  return types;
}

State LinearAttr::emptyMemory(OpBuilder &b, Location loc,
                              const MemoryShape &shape) const {
  State state;
  for (Type type : memoryTypes(shape))
    state.push_back(splat(b, loc, type, 0));
  return state;
}

/// f of each element; 0 beside the features. f(x) of `elu1` is x + 1 where x is
/// positive, else exp(x).
template <typename Tokens>
static Value mapped(Feature feature, Tokens &tokens, Value tile) {
  OpBuilder &b = tokens.builder;
  Location loc = tokens.loc;
  Value zero = splat(b, loc, tile.getType(), 0);
  auto isPositive = [&] {
    return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UGT, tile, zero);
  };
  switch (feature) {
  case Feature::Identity:
    return tile;
  case Feature::Relu:
    return arith::SelectOp::create(b, loc, isPositive(), tile, zero);
  case Feature::Exp:
    return tokens.whereFeature(math::ExpOp::create(b, loc, tile), 0);
  case Feature::Elu1: {
    Value one = splat(b, loc, tile.getType(), 1);
    Value elu = arith::SelectOp::create(
        b, loc, isPositive(), arith::AddFOp::create(b, loc, tile, one),
        math::ExpOp::create(b, loc, tile));
    return tokens.whereFeature(elu, 0);
  }
  }
  llvm_unreachable("feature without a map");
}

/// `output` divided by `denominator`; zeros where no key was seen.
static Value normalized(OpBuilder &b, Location loc, Value output,
                        Value denominator, Value count) {
  Value none = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, count,
                                     splat(b, loc, count.getType(), 0));
  Value divisor = arith::SelectOp::create(
      b, loc, none, splat(b, loc, count.getType(), 1), denominator);
  return divideRows(b, loc, output, divisor);
}

//===- as a fold over keys ------------------------------------------------===//

SmallVector<Type> LinearAttr::partialTypes(const PartialShape &shape) const {
  auto perRow = VectorType::get({shape.rows}, shape.type);
  SmallVector<Type> types{
      VectorType::get({shape.rows, shape.columns}, shape.type)};
  if (getNormalizer() != Normalizer::None)
    types.push_back(perRow);
  if (getNormalizer() == Normalizer::Keys)
    types.push_back(perRow);
  return types;
}
SmallVector<Type> LinearAttr::carryTypes(const PartialShape &) const {
  return {};
}

State LinearAttr::emptyPartial(OpBuilder &b, Location loc,
                               const PartialShape &shape) const {
  return llvm::map_to_vector<6>(
      partialTypes(shape), [&](Type type) { return splat(b, loc, type, 0); });
}
State LinearAttr::emptyCarry(OpBuilder &, Location,
                             const PartialShape &) const {
  return {};
}

State LinearAttr::visit(Visit &visit, ValueRange, ValueRange partial) const {
  OpBuilder &b = visit.builder;
  Location loc = visit.loc;
  Type type = getElementTypeOrSelf(partial[Sum].getType());
  Value query = castTile(b, loc, visit.query(), type),
        key = castTile(b, loc, visit.key(), type);
  if (visit.scale() != 1)
    query = arith::MulFOp::create(
        b, loc, query, splat(b, loc, query.getType(), visit.scale()));
  auto pairs = VectorType::get({cast<VectorType>(query.getType()).getDimSize(0),
                                cast<VectorType>(key.getType()).getDimSize(0)},
                               type);
  Value weights = visit.whereSeen(productWithRows(
      b, loc, mapped(getFeature(), visit, query),
      mapped(getFeature(), visit, key), splat(b, loc, pairs, 0)));
  State next{visit.accumulate(weights, partial[Sum])};
  if (getNormalizer() != Normalizer::None)
    next.push_back(rowSum(b, loc, visit.whereSeen(splat(b, loc, pairs, 1)),
                          partial[Seen]));
  if (getNormalizer() == Normalizer::Keys)
    next.push_back(rowSum(b, loc, weights, partial[ScoreSum]));
  return next;
}
State LinearAttr::advance(Visit &, ValueRange) const { return {}; }

State LinearAttr::join(OpBuilder &b, Location loc, ValueRange first,
                       ValueRange second) const {
  State joint;
  for (auto [one, other] : llvm::zip(first, second))
    joint.push_back(arith::AddFOp::create(b, loc, one, other));
  return joint;
}

ReadOut LinearAttr::finish(OpBuilder &b, Location loc, ValueRange partial,
                           Value) const {
  if (getNormalizer() == Normalizer::None)
    return {partial[Sum], Value()};
  return {normalized(b, loc, partial[Sum], partial.back(), partial[Seen]),
          Value()};
}

//===- as a memory --------------------------------------------------------===//

Step LinearAttr::step(Chunk &chunk, ValueRange memory) const {
  OpBuilder &b = chunk.builder;
  Location loc = chunk.loc;
  const MemoryShape &shape = chunk.shape;
  int64_t tokens = shape.tokens;
  Value exists = chunk.exists(), values = chunk.value();
  Value query = mapped(getFeature(), chunk, chunk.query());
  Value key = whereTrue(b, loc, alongRows(b, loc, exists, shape.features),
                        mapped(getFeature(), chunk, chunk.key()));
  Remains remains(chunk);
  Value weights = remains.pairs(query, key, /*at=*/true);
  Value reading = remains.fromStart(query), left = remains.toEnd(key);
  Value nothing =
      splat(b, loc, VectorType::get({tokens, shape.columns}, shape.type), 0);
  Value output = chunk.accumulate(
      weights, values, product(b, loc, reading, memory[Matrix], nothing));
  State next{productOfColumns(b, loc, left, values,
                              remains.throughout(memory[Matrix]))};
  if (getNormalizer() == Normalizer::None)
    return {output, next};

  auto perToken = VectorType::get({tokens}, shape.type);
  Value one = whereTrue(b, loc, exists, splat(b, loc, perToken, 1));
  Value seen =
      whereTrue(b, loc, tokensThatAre(b, loc, Order::BeforeOrAt, tokens),
                alongColumns(b, loc, one, tokens));
  Value before = vector::BroadcastOp::create(b, loc, perToken, memory[Count]);
  Value count = rowSum(b, loc, seen, before);
  Value denominator = count;
  if (getNormalizer() == Normalizer::Keys) {
    Value past = arith::MulFOp::create(
        b, loc, reading, alongColumns(b, loc, memory[KeySum], tokens));
    denominator = rowSum(b, loc, weights, sumOfRows(b, loc, past));
  }
  next.push_back(arith::AddFOp::create(
      b, loc, remains.throughout(memory[KeySum]), sumOfColumns(b, loc, left)));
  next.push_back(vector::ReductionOp::create(b, loc, vector::CombiningKind::ADD,
                                             one, memory[Count]));
  return {normalized(b, loc, output, denominator, count), next};
}

//===- as spans of tokens -------------------------------------------------===//

/// The memory of no past, and what is left of each channel of a past: all
/// without decay.
State LinearAttr::emptySummary(OpBuilder &b, Location loc,
                               const MemoryShape &shape) const {
  State summary = emptyMemory(b, loc, shape);
  summary.push_back(
      splat(b, loc, VectorType::get({shape.features}, shape.type), 1));
  return summary;
}

State LinearAttr::summarize(Chunk &chunk, ValueRange summary) const {
  State next = step(chunk, summary.drop_back()).memory;
  next.push_back(Remains(chunk).throughout(summary.back()));
  return next;
}

int64_t LinearAttr::transitionColumns(int64_t) const { return 0; }

State LinearAttr::apply(OpBuilder &b, Location loc, ValueRange memory,
                        ValueRange summary) const {
  State after;
  for (auto [past, own] : llvm::zip(memory, summary)) {
    Value left = past;
    if (auto type = dyn_cast<VectorType>(past.getType())) {
      Value factor = summary.back();
      if (type.getRank() == 2)
        factor = alongRows(b, loc, factor, type.getDimSize(1));
      left = arith::MulFOp::create(b, loc, past, factor);
    }
    after.push_back(arith::AddFOp::create(b, loc, left, own));
  }
  return after;
}

} // namespace attention
