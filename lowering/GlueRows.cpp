#include "lowering/GlueEmitters.h"

#include "dialect/Attention.h"
#include "lowering/TensorSizes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace attention {

TileRequest mergedRequest(TileBuilder &tiles, SplitHeadsOp split,
                          const TileRequest &request) {
  int64_t width = split.getType().getDimSize(3);
  AffineExpr head, column;
  bindDims(tiles.builder.getContext(), head, column);
  TileRequest merged = request;
  Extent &columns = merged.columns();
  // Heads come second, whether rows are an extent or a leading index.
  OpFoldResult atHead = merged.leading[1];
  merged.leading.erase(merged.leading.begin() + 1);
  columns.first = affine::makeComposedFoldedAffineApply(
      tiles.builder, tiles.loc, AffineMap::get(2, 0, head * width + column),
      {atHead, columns.first});
  columns.aligned = columns.aligned && width % columns.size == 0;
  return merged;
}

Value emitSplitHeads(TileBuilder &tiles, Operation *op,
                     const TileRequest &request) {
  auto split = cast<SplitHeadsOp>(op);
  return tiles.tile(split.getInput(), mergedRequest(tiles, split, request));
}

Value emitBroadcastRows(TileBuilder &tiles, Operation *op,
                        const TileRequest &request) {
  TileRequest row = request;
  if (request.hasRows())
    row.extents.erase(row.extents.begin());
  else
    row.leading.pop_back();
  row.leading.push_back(tiles.builder.getIndexAttr(0));
  Value tile = tiles.tile(cast<BroadcastRowsOp>(op).getInput(), row);
  return request.hasRows() ? tiles.broadcast(tile, request.shape()) : tile;
}

/// Sum over all rows of `input`, tile by tile in a fixed order.
static Value sumOfRows(TileBuilder &tiles, Value input,
                       const TileRequest &request, Value count) {
  OpBuilder &b = tiles.builder;
  Location loc = tiles.loc;
  Value none = tiles.constant(tiles.typeOf(input, request), 0);
  auto loop = scf::ForOp::create(b, loc, tiles.index(0), count,
                                 tiles.index(tiles.rowTile), none);
  TileBuilder::Scope scope(tiles);
  b.setInsertionPointToStart(loop.getBody());
  TileRequest rows{
      {request.leading[0]},
      {{loop.getInductionVar(), tiles.rowTile, true}, request.columns()}};
  // What is computed past the last row need not be zero.
  Value tile = tiles.beforeRow(tiles.tile(input, rows), rows, count, 0);
  Value sum = vector::MultiDimReductionOp::create(
      b, loc, tile, loop.getRegionIterArg(0), {true, false},
      vector::CombiningKind::ADD);
  scf::YieldOp::create(b, loc, sum);
  return loop.getResult(0);
}

Value emitMeanRows(TileBuilder &tiles, Operation *op,
                   const TileRequest &request) {
  auto mean = cast<MeanRowsOp>(op);
  OpBuilder &b = tiles.builder;
  Location loc = tiles.loc;
  Value count = tiles.index(sizeOf(b, loc, mean.getInput(), 1));
  Value sum = sumOfRows(tiles, mean.getInput(), request, count);
  Value divisor = arith::MaxSIOp::create(b, loc, count, tiles.index(1));
  divisor = arith::IndexCastOp::create(b, loc, b.getI64Type(), divisor);
  auto type = cast<VectorType>(sum.getType());
  divisor = arith::SIToFPOp::create(b, loc, type.getElementType(), divisor);
  return arith::DivFOp::create(b, loc, sum,
                               tiles.broadcast(divisor, type.getShape()));
}

//===- embed --------------------------------------------------------------===//

/// What `ids` is a part of; `place` becomes the place there.
static Value wholeOf(TileBuilder &tiles, Value ids,
                     MutableArrayRef<Value> place) {
  while (auto slice = ids.getDefiningOp<tensor::ExtractSliceOp>()) {
    if (slice.getSourceType().getRank() != slice.getType().getRank() ||
        !slice.hasUnitStride())
      break;
    for (auto [index, offset] : llvm::zip(place, slice.getMixedOffsets()))
      index = tiles.builder.createOrFold<arith::AddIOp>(tiles.loc, index,
                                                        tiles.index(offset));
    ids = slice.getSource();
  }
  return ids;
}

/// The id at `place`, which reports itself and becomes 0 when no row has it.
static Value checkedId(TileBuilder &tiles, EmbedOp embed,
                       SmallVector<Value> place) {
  OpBuilder &b = tiles.builder;
  Location loc = tiles.loc;
  Value ids = wholeOf(tiles, embed.getIds(), place);
  Value id = tensor::ExtractOp::create(b, loc, ids, place);
  id = arith::IndexCastOp::create(b, loc, b.getIndexType(), id);
  Value count = tiles.index(sizeOf(b, loc, embed.getTable(), 0));
  Value bad =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge, id, count);
  Value order = tiles.index(0);
  std::string message =
      "expects ids of at least 0 and below {0}, but got {1} at [";
  SmallVector<Value> values{count, id};
  for (auto [dim, index] : llvm::enumerate(place)) {
    Value size = tiles.index(sizeOf(b, loc, ids, dim));
    order = arith::AddIOp::create(
        b, loc, arith::MulIOp::create(b, loc, order, size), index);
    message += (dim == 0 ? "{" : ", {") + std::to_string(values.size()) + "}";
    values.push_back(index);
  }
  FailIfOp::create(b, loc, bad, order, b.getStringAttr(message + "]"), values);
  return arith::SelectOp::create(b, loc, bad, tiles.index(0), id);
}

Value emitEmbed(TileBuilder &tiles, Operation *op, const TileRequest &request) {
  auto embed = cast<EmbedOp>(op);
  SmallVector<Value> place;
  for (OpFoldResult index : request.leading)
    place.push_back(tiles.index(index));
  return tiles.tile(embed.getTable(),
                    {{checkedId(tiles, embed, place)}, {request.columns()}});
}

} // namespace attention
