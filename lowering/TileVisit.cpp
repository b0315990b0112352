#include "lowering/TileVisit.h"
#include "dialect/variants/Chunks.h"
#include "dialect/variants/Tiles.h"
#include "lowering/PairRegions.h"
#include "lowering/TileReads.h"
#include "lowering/WeightedValues.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace attention {

static int64_t headCount(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getDimSize(1);
}

TileVisit::TileVisit(OpBuilder &builder, VisitOp op, const TileOptions &options)
    : Visit(builder, op.getLoc()), op(op), options(options),
      rows((*op.getTile())[0]), keys((*op.getTile())[1]),
      type(scoreType(op.getQuery().getType().getElementType())),
      batch(op.getWindow()[0]), head(op.getWindow()[1]), row(op.getWindow()[2]),
      firstKey(op.getWindow()[3]) {
  heads = std::max({headCount(op.getQuery()), headCount(op.getKey()),
                    headCount(op.getValue())});
  if (!op.getFrom().empty()) {
    queryOrigin = op.getFrom()[0];
    keyOrigin = op.getFrom()[1];
  } else {
    Value queries = tensor::DimOp::create(builder, loc, op.getQuery(), 2);
    Value keyRows = tensor::DimOp::create(builder, loc, op.getKey(), 2);
    queryOrigin =
        op.getOffset()
            ? index(0)
            : Value(arith::SubIOp::create(builder, loc, keyRows, queries));
    keyOrigin = index(0);
  }
  if (op.getOffset()) {
    Value offset =
        tensor::ExtractOp::create(builder, loc, op.getOffset(), batch);
    queryOrigin = arith::AddIOp::create(
        builder, loc, queryOrigin,
        arith::IndexCastOp::create(builder, loc, builder.getIndexType(),
                                   offset));
  }
}

Value TileVisit::index(int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

Value TileVisit::query() {
  return readRows(builder, loc, op.getQuery(), batch, head, heads, row, rows);
}
Value TileVisit::key() {
  return readRows(builder, loc, op.getKey(), batch, head, heads, firstKey, keys,
                  op.getWhole());
}
Value TileVisit::value() {
  return readRows(builder, loc, op.getValue(), batch, head, heads, firstKey,
                  keys, op.getWhole());
}

double TileVisit::scale() {
  return op.getScale() ? op.getScale()->convertToDouble() : 1;
}

Value TileVisit::whereFeature(Value tile, double otherwise) {
  return whereColumn(builder, loc, tile, op.getKey().getType().getDimSize(3),
                     otherwise);
}

static Value steps(OpBuilder &builder, Location loc, int64_t count,
                   Value first) {
  auto vector = VectorType::get({count}, builder.getIndexType());
  Value step = vector::StepOp::create(builder, loc, vector);
  return arith::AddIOp::create(
      builder, loc, step,
      vector::BroadcastOp::create(builder, loc, vector, first));
}

Value TileVisit::queryIndex(Value origin) {
  Value first = builder.createOrFold<arith::AddIOp>(loc, origin, row);
  if (op.getAlike())
    return vector::BroadcastOp::create(
        builder, loc, VectorType::get({rows, keys}, builder.getIndexType()),
        first);
  return alongRows(builder, loc, steps(builder, loc, rows, first), keys);
}

Value TileVisit::keyIndex(Value origin) {
  Value first = builder.createOrFold<arith::AddIOp>(loc, origin, firstKey);
  return alongColumns(builder, loc, steps(builder, loc, keys, first), rows);
}

//===- masks --------------------------------------------------------------===//

/// Which tokens of a 1-D tensor of 64-bit numbers, from `first` on, as index.
static Value readTokens(OpBuilder &builder, Location loc, Value tensor,
                        Value first, int64_t count) {
  Type element = builder.getI64Type();
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(element));
  Value read = vector::TransferReadOp::create(
      builder, loc, VectorType::get({count}, element), tensor, first, zero,
      ArrayRef<bool>{false});
  return arith::IndexCastOp::create(
      builder, loc, VectorType::get({count}, builder.getIndexType()), read);
}

/// Pairs of one document whose positions in it the mask lets see.
Value TileVisit::seenInDocuments() {
  Value tokens = op.getSpans()[0];
  Value firstQuery = builder.createOrFold<arith::AddIOp>(loc, queryOrigin, row);
  Value firstToken =
      builder.createOrFold<arith::AddIOp>(loc, keyOrigin, firstKey);
  Value ofQuery = alongRows(
      builder, loc, readTokens(builder, loc, tokens, firstQuery, rows), keys);
  Value ofKey = alongColumns(
      builder, loc, readTokens(builder, loc, tokens, firstToken, keys), rows);
  Value same = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                     ofQuery, ofKey);
  auto mask = dyn_cast_or_null<MaskInterface>(op.getMaskAttr());
  if (!mask)
    return same;
  Value query =
      arith::SubIOp::create(builder, loc, queryIndex(queryOrigin), ofQuery);
  Value key = arith::SubIOp::create(builder, loc, keyIndex(keyOrigin), ofKey);
  return arith::AndIOp::create(builder, loc, same,
                               mask.sees(builder, loc, query, key));
}

Value TileVisit::seen() {
  if (op.getWhole() || seenPairs)
    return seenPairs;
  Value count = tensor::DimOp::create(builder, loc, op.getKey(), 2);
  auto pairs = VectorType::get({rows, keys}, builder.getIndexType());
  seenPairs = arith::CmpIOp::create(
      builder, loc, arith::CmpIPredicate::slt, keyIndex(index(0)),
      vector::BroadcastOp::create(builder, loc, pairs, count));
  auto also = [&](Value condition) {
    seenPairs = arith::AndIOp::create(builder, loc, seenPairs, condition);
  };
  auto mask = dyn_cast_or_null<MaskInterface>(op.getMaskAttr());
  if (!op.getSpans().empty())
    also(seenInDocuments());
  else if (mask)
    also(mask.sees(builder, loc, queryIndex(queryOrigin), keyIndex(keyOrigin)));
  if (op.getKeys()) {
    Value no = arith::ConstantIntOp::create(builder, loc, 0, 1);
    Value exists = vector::TransferReadOp::create(
        builder, loc, VectorType::get({keys}, builder.getI1Type()),
        op.getKeys(), ValueRange{batch, firstKey}, no, ArrayRef<bool>{false});
    also(alongColumns(builder, loc, exists, rows));
  }
  if (!op.getVisible().empty())
    also(visiblePairs());
  return seenPairs;
}

//===- scores -------------------------------------------------------------===//

/// Positions as regions see them: in its own document, if there are any.
static Value inDocument(OpBuilder &builder, Location loc, Value position,
                        Value begin) {
  return arith::SubIOp::create(builder, loc, position, begin);
}

/// Pairs that exist and are seen, as far as is known: null on targets that do
/// not ask a tile about all its elements.
Value TileVisit::pairsToReport() {
  if (!options.branchOnFinite)
    return {};
  Value count = tensor::DimOp::create(builder, loc, op.getQuery(), 2);
  auto pairs = VectorType::get({rows, keys}, builder.getIndexType());
  Value exist = arith::CmpIOp::create(
      builder, loc, arith::CmpIPredicate::slt, queryIndex(index(0)),
      vector::BroadcastOp::create(builder, loc, pairs, count));
  return seenPairs
             ? Value(arith::AndIOp::create(builder, loc, exist, seenPairs))
             : exist;
}

Value TileVisit::inlineRegion(Region &region, ValueRange scoreIfAny) {
  Value query = queryIndex(queryOrigin), key = keyIndex(keyOrigin);
  if (!op.getSpans().empty()) {
    Value tokens = op.getSpans()[0];
    Value firstQuery =
        builder.createOrFold<arith::AddIOp>(loc, queryOrigin, row);
    Value firstToken =
        builder.createOrFold<arith::AddIOp>(loc, keyOrigin, firstKey);
    query = inDocument(
        builder, loc, query,
        alongRows(builder, loc,
                  readTokens(builder, loc, tokens, firstQuery, rows), keys));
    key = inDocument(
        builder, loc, key,
        alongColumns(builder, loc,
                     readTokens(builder, loc, tokens, firstToken, keys), rows));
  }
  SmallVector<Value> arguments(scoreIfAny);
  llvm::append_values(arguments, batch, head, query, key);
  FailureOr<Value> result = inlineForPairs(
      builder, region, arguments, {rows, keys}, {pairsToReport(), head, heads});
  if (succeeded(result))
    return *result;
  refused = true;
  return scoreIfAny.empty()
             ? Value(vector::BroadcastOp::create(
                   builder, loc,
                   VectorType::get({rows, keys}, builder.getI1Type()),
                   arith::ConstantIntOp::create(builder, loc, 1, 1)))
             : scoreIfAny.front();
}

Value TileVisit::visiblePairs() { return inlineRegion(op.getVisible(), {}); }
Value TileVisit::mappedScore(Value score) {
  return inlineRegion(op.getScore(), score);
}

/// The bias of all pairs; sizes of 1 in its type repeat.
Value TileVisit::bias() {
  auto bias = op.getBias();
  RankedTensorType from = bias.getType();
  auto at = [&](int64_t dim, Value position) {
    return from.getDimSize(dim) == 1 ? index(0) : position;
  };
  bool perRow = from.getDimSize(2) != 1, perKey = from.getDimSize(3) != 1;
  SmallVector<Value> indices{at(0, batch), at(1, head), at(2, row),
                             at(3, firstKey)};
  Value zero = arith::ConstantOp::create(
      builder, loc, builder.getZeroAttr(from.getElementType()));
  auto read = [&](ArrayRef<int64_t> shape, ArrayRef<bool> inBounds) {
    Value tile = vector::TransferReadOp::create(
        builder, loc, VectorType::get(shape, from.getElementType()), bias,
        indices, zero, inBounds);
    return castTile(builder, loc, tile, type);
  };
  auto pairs = VectorType::get({rows, keys}, type);
  if (perRow && perKey)
    return read({rows, keys}, {false, false});
  if (perRow)
    return vector::BroadcastOp::create(builder, loc, pairs,
                                       read({rows, 1}, {false, true}));
  if (perKey)
    return alongColumns(builder, loc, read({keys}, {false}), rows);
  Value one =
      castTile(builder, loc,
               tensor::ExtractOp::create(builder, loc, bias, indices), type);
  return vector::BroadcastOp::create(builder, loc, pairs, one);
}

/// Scores times `factor`, of which -inf stands for masked pairs alone: the
/// least numbers that there are, which many models add to scores in place of
/// it, stay numbers. Written so that NaN stays.
Value TileVisit::timesBase(Value scores, double factor) {
  Value scaled = arith::MulFOp::create(
      builder, loc, scores, splat(builder, loc, scores.getType(), factor));
  double most = APFloat::getLargest(type.getFloatSemantics()).convertToDouble();
  auto less = [&](Value a, Value b) {
    return arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OLT, a, b);
  };
  Value least = splat(builder, loc, scores.getType(), -most);
  Value floor =
      arith::SelectOp::create(builder, loc, less(scores, least), scores, least);
  return arith::SelectOp::create(builder, loc, less(scaled, floor), floor,
                                 scaled);
}

Value TileVisit::scores(double factor) {
  auto pairs = VectorType::get({rows, keys}, type);
  // Who knows what is seen need not multiply all.
  Value pairsSeen = seen();
  Value result = productWithRows(builder, loc, query(), key(),
                                 splat(builder, loc, pairs, 0));
  bool plain = op.getScore().empty() && !op.getBias();
  auto times = [&](double number) {
    if (number != 1)
      result = arith::MulFOp::create(builder, loc, result,
                                     splat(builder, loc, pairs, number));
  };
  times(plain ? scale() * factor : scale());
  if (!op.getScore().empty())
    result = mappedScore(result);
  if (op.getBias())
    result = arith::AddFOp::create(builder, loc, result, bias());
  if (!plain && factor != 1)
    result = timesBase(result, factor);
  if (pairsSeen)
    result = arith::SelectOp::create(
        builder, loc, pairsSeen, result,
        splat(builder, loc, pairs, -std::numeric_limits<double>::infinity()));
  return scoreTile = result;
}

/// A score of -inf, whoever made it, is as good as masked.
Value TileVisit::whereSeen(Value weights) {
  if (!scoreTile) {
    Value pairs = seen();
    return pairs ? whereTrue(builder, loc, pairs, weights) : weights;
  }
  Value masked = splat(builder, loc, scoreTile.getType(),
                       -std::numeric_limits<double>::infinity());
  Value sees = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UNE,
                                     scoreTile, masked);
  return arith::SelectOp::create(builder, loc, sees, weights,
                                 splat(builder, loc, weights.getType(), 0));
}

Value TileVisit::rounded(Value weights) {
  Type element = op.getValue().getType().getElementType();
  if (options.narrowWeights != NarrowWeights::BFloat16 ||
      !options.narrows(element))
    return weights;
  return castTile(builder, loc, weights, element);
}

//===- weighted values ----------------------------------------------------===//

Value TileVisit::accumulate(Value weights, Value accumulator) {
  Value values = value();
  WeightedValues weighted{builder, loc,
                          [this](Value tile) { return whereSeen(tile); },
                          options.narrows(getElementTypeOrSelf(values))};
  // Without a mask, scores of -inf come of a score map or bias alone.
  if (op.getWhole() && op.getScore().empty() && !op.getBias())
    return weighted.product(weights, values, accumulator);
  if (!options.branchOnFinite)
    return weighted.careful(weights, values, accumulator);
  return weighted.guarded(weights, values, accumulator, [&] {
    return weighted.product(weights, values, accumulator);
  });
}

} // namespace attention
