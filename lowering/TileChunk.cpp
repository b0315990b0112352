#include "lowering/TileChunk.h"
#include "dialect/variants/Chunks.h"
#include "dialect/variants/Tiles.h"
#include "lowering/TileReads.h"
#include "lowering/WeightedValues.h"
#include "passes/AttendForms.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attention {

static RankedTensorType typeOf(Value tensor) {
  return cast<RankedTensorType>(tensor.getType());
}

template <typename Op> static double scaleOf(Op op) {
  return op.getScale() ? op.getScale()->convertToDouble() : 1;
}

TokenOperands::TokenOperands(AttendOp op)
    : loc(op.getLoc()), variant(cast<ChunkedVariantInterface>(op.getVariant())),
      query(op.getQuery()), key(op.getKey()), value(op.getValue()),
      keys(op.getKeys()), decay(op.getDecay()), beta(op.getBeta()),
      remove(op.getRemove()), replace(op.getReplace()), scale(scaleOf(op)),
      output(op.getOutput().getType()) {}

TokenOperands::TokenOperands(ContinueOp op)
    : loc(op.getLoc()), variant(op.getVariant()), query(op.getQuery()),
      key(op.getKey()), value(op.getValue()), keys(op.getKeys()),
      decay(op.getDecay()), beta(op.getBeta()), remove(op.getRemove()),
      replace(op.getReplace()), scale(scaleOf(op)),
      output(op.getOutput().getType()) {}

void TokenOperands::splitColumns(const ChunkLimits &limits) {
  parts = columnParts(output.getDimSize(3), limits.columns);
}

int64_t TokenOperands::tokensOf(const ChunkLimits &limits) const {
  int64_t tokens = limits.tokens;
  MemoryShape shape = memoryShape(*this, tokens);
  int64_t bytes = shape.features * shape.type.getIntOrFloatBitWidth() / 8;
  while (limits.bytes != 0 && tokens % 32 == 0 && tokens * bytes > limits.bytes)
    tokens /= 2;
  return tokens;
}

MemoryShape memoryShape(const TokenOperands &op, int64_t tokens) {
  RankedTensorType key = op.key.getType();
  return {tokens, int64_t(llvm::alignTo(key.getDimSize(3), 16)),
          int64_t(llvm::alignTo(op.columns(), 16)),
          scoreType(key.getElementType())};
}

TileChunk::TileChunk(OpBuilder &builder, const TokenOperands &op,
                     const MemoryShape &shape, const ChunkPlace &place)
    : Chunk(builder, op.loc, shape), op(op), place(place),
      heads(op.output.getDimSize(1)) {
  if (op.parts == 1)
    return;
  Value parts = index(op.parts);
  part = builder.createOrFold<arith::RemUIOp>(loc, place.head, parts);
  this->place.head =
      builder.createOrFold<arith::DivUIOp>(loc, place.head, parts);
}

Value TileChunk::index(int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

Value TileChunk::exists() {
  if (present)
    return present;
  if (place.isWhole && !op.keys) {
    auto flags = VectorType::get({shape.tokens}, builder.getI1Type());
    return present = arith::ConstantOp::create(
               builder, loc, DenseElementsAttr::get(flags, true));
  }
  auto type = VectorType::get({shape.tokens}, builder.getIndexType());
  Value number = arith::AddIOp::create(
      builder, loc, vector::StepOp::create(builder, loc, type),
      vector::BroadcastOp::create(builder, loc, type, place.key));
  present = arith::CmpIOp::create(
      builder, loc, arith::CmpIPredicate::slt, number,
      vector::BroadcastOp::create(builder, loc, type, place.end));
  if (!op.keys)
    return present;
  Value no = arith::ConstantIntOp::create(builder, loc, 0, 1);
  Value given = vector::TransferReadOp::create(
      builder, loc, VectorType::get({shape.tokens}, builder.getI1Type()),
      op.keys, ValueRange{place.batch, place.key}, no, ArrayRef<bool>{false});
  return present = arith::AndIOp::create(builder, loc, present, given);
}

Value TileChunk::rows(Value tensor, Value row, bool ofKeys) {
  Value tile = castTile(builder, loc,
                        readRows(builder, loc, tensor, place.batch, place.head,
                                 heads, row, shape.tokens, place.isWhole),
                        shape.type);
  return ofKeys ? this->ofKeys(tile) : tile;
}

Value TileChunk::ofKeys(Value tile) {
  int64_t columns = cast<VectorType>(tile.getType()).getDimSize(1);
  return whereTrue(builder, loc, alongRows(builder, loc, exists(), columns),
                   tile);
}

Value TileChunk::query() {
  Value tile = rows(op.query, place.row, /*ofKeys=*/false);
  if (op.scale == 1)
    return tile;
  return arith::MulFOp::create(builder, loc, tile,
                               splat(builder, loc, tile.getType(), op.scale));
}
/// A decay of a feature that is no number is left to the key of its token,
/// which spoils the same part of the memory: so sums of decays need not leave
/// out later tokens. Decays of tokens do so by themselves (`Decay::spoilt`),
/// but for a lone token, to which nothing decays.
Value TileChunk::key() {
  Value tile = rows(op.key, place.key, true);
  if (!op.decay)
    return tile;
  Value logarithm = logarithmOfDecay();
  bool perFeature = cast<VectorType>(logarithm.getType()).getRank() == 2;
  if (!perFeature && shape.tokens > 1)
    return tile;
  Value spoilt = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UNO,
                                       logarithm, logarithm);
  if (perFeature)
    return arith::SelectOp::create(builder, loc, spoilt, logarithm, tile);
  return arith::SelectOp::create(
      builder, loc, alongRows(builder, loc, spoilt, shape.features),
      alongRows(builder, loc, logarithm, shape.features), tile);
}
Value TileChunk::value() {
  if (!part)
    return rows(op.value, place.key, true);
  Value first =
      builder.createOrFold<arith::MulIOp>(loc, part, index(op.columns()));
  return ofKeys(
      castTile(builder, loc,
               readColumns(builder, loc, op.value, place.batch, place.head,
                           heads, place.key,
                           {shape.tokens, first, op.columns(), place.isWhole}),
               shape.type));
}
Value TileChunk::remove() { return rows(op.remove, place.key, true); }
Value TileChunk::replace() { return rows(op.replace, place.key, true); }

Value TileChunk::perKey(Value tensor) {
  RankedTensorType type = typeOf(tensor);
  Type element = type.getElementType();
  auto at = [&](int64_t dim, Value position) {
    return type.getDimSize(dim) == 1 ? index(0) : position;
  };
  SmallVector<Value> indices{
      at(0, place.batch),
      headOf(builder, loc, place.head, heads, type.getDimSize(1)),
      at(2, place.key), index(0)};
  bool ofToken = type.getDimSize(2) != 1,
       ofFeature = type.getDimSize(3) != 1 && tensor != op.beta;
  auto perToken = VectorType::get({shape.tokens}, shape.type);
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(element));
  auto read = [&](ArrayRef<int64_t> sizes) {
    SmallVector<bool> inBounds{place.isWhole,
                               sizes.back() == type.getDimSize(3)};
    if (sizes.size() == 1)
      inBounds.erase(inBounds.begin());
    Value tile = vector::TransferReadOp::create(
        builder, loc, VectorType::get(sizes, element), tensor, indices, zero,
        ArrayRef<bool>(inBounds));
    return castTile(builder, loc, tile, shape.type);
  };
  if (ofToken && ofFeature)
    return read({shape.tokens, shape.features});
  if (ofFeature)
    return alongColumns(builder, loc, read({shape.features}), shape.tokens);
  if (ofToken)
    return vector::ShapeCastOp::create(builder, loc, perToken,
                                       read({shape.tokens, 1}));
  Value one = castTile(builder, loc,
                       tensor::ExtractOp::create(builder, loc, tensor, indices),
                       shape.type);
  return vector::BroadcastOp::create(builder, loc, perToken, one);
}

Value TileChunk::logarithmOfDecay() {
  Value tile = perKey(op.decay), step = exists();
  if (cast<VectorType>(tile.getType()).getRank() == 2)
    step = alongRows(builder, loc, step, shape.features);
  return whereTrue(builder, loc, step, tile);
}

Decay TileChunk::decay() {
  // exp is 0 below, and the sum over a chunk is still a number.
  static constexpr double least = -1e4;
  if (!op.decay)
    return {};
  Value tile = logarithmOfDecay();
  auto where = [&](arith::CmpFPredicate predicate, double limit,
                   double otherwise) {
    Value condition =
        arith::CmpFOp::create(builder, loc, predicate, tile,
                              splat(builder, loc, tile.getType(), limit));
    tile =
        arith::SelectOp::create(builder, loc, condition, tile,
                                splat(builder, loc, tile.getType(), otherwise));
  };
  Value given = tile;
  where(arith::CmpFPredicate::ORD, 0, 0);
  where(arith::CmpFPredicate::OGT, least, least);
  if (cast<VectorType>(tile.getType()).getRank() == 2)
    return {Decay::PerFeature, tile, {}};
  Value isNumber = arith::CmpFOp::create(
      builder, loc, arith::CmpFPredicate::ORD, given, given);
  Value spoilt = arith::SelectOp::create(
      builder, loc, isNumber, splat(builder, loc, tile.getType(), 0), given);
  return {Decay::PerToken, tile, spoilt};
}

Value TileChunk::beta() {
  auto perToken = VectorType::get({shape.tokens}, shape.type);
  if (!op.beta)
    return splat(builder, loc, perToken, 1);
  return whereTrue(builder, loc, exists(), perKey(op.beta));
}

Value TileChunk::whereFeature(Value tile, double otherwise) {
  return whereColumn(builder, loc, tile, op.key.getType().getDimSize(3),
                     otherwise);
}

Value TileChunk::accumulate(Value weights, Value values, Value accumulator) {
  if (matchPattern(weights, m_AnyZeroFloat()))
    return accumulator;
  // A lone token sees itself: no value to guard against.
  if (shape.tokens == 1)
    return product(builder, loc, weights, values, accumulator);
  Value seen = tokensThatAre(builder, loc, Order::BeforeOrAt, shape.tokens);
  WeightedValues weighted{builder, loc, [&](Value tile) {
                            return whereTrue(builder, loc, seen, tile);
                          }};
  return weighted.guarded(weights, values, accumulator, [&] {
    return product(builder, loc, weights, values, accumulator);
  });
}

} // namespace attention
