#include "lowering/GlueEmitters.h"

#include "dialect/Attention.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace attention {

namespace {
/// The rows that a norm works on: whole, while the tile asked for may be a
/// part.
class WholeRows {
public:
  WholeRows(TileBuilder &tiles, Value input, const TileRequest &request)
      : tiles(tiles),
        width(cast<RankedTensorType>(input.getType()).getShape().back()),
        rows(request) {
    rows.columns() = {tiles.builder.getIndexAttr(0), tileSize(width), true};
  }

  const TileRequest &request() const { return rows; }
  /// Mean over the columns that exist, repeated along `columns`; `tile` is
  /// whole rows. With `add` behind it.
  Value mean(Value tile, double add = 0) {
    if (width % 16 != 0)
      tile =
          tiles.beforeColumn(tile, rows, tiles.builder.getIndexAttr(width), 0);
    Value sum = tiles.sumRows(tile);
    // Rows of no columns are never written: any divisor will do.
    Value share =
        tiles.constant(sum.getType(), 1.0 / std::max<int64_t>(width, 1));
    Value mean = arith::MulFOp::create(tiles.builder, tiles.loc, sum, share);
    if (add != 0)
      mean = arith::AddFOp::create(tiles.builder, tiles.loc, mean,
                                   tiles.constant(mean.getType(), add));
    return mean;
  }

private:
  TileBuilder &tiles;
  int64_t width;
  TileRequest rows;
};
} // namespace

/// 1 / sqrt(x), in full precision.
static Value inverseRoot(TileBuilder &tiles, Value x) {
  Value root = math::SqrtOp::create(tiles.builder, tiles.loc, x);
  return arith::DivFOp::create(tiles.builder, tiles.loc,
                               tiles.constant(x.getType(), 1), root);
}

/// A tensor of one value per column, repeated along the rows of a tile.
static Value perColumn(TileBuilder &tiles, Value tensor,
                       const TileRequest &request) {
  return tiles.broadcast(tiles.tile(tensor, {{}, {request.columns()}}),
                         request.shape());
}

Value emitRmsNorm(TileBuilder &tiles, Operation *op,
                  const TileRequest &request) {
  auto norm = cast<RmsNormOp>(op);
  OpBuilder &b = tiles.builder;
  Location loc = tiles.loc;
  WholeRows rows(tiles, norm.getInput(), request);
  Value whole = tiles.tile(norm.getInput(), rows.request());
  Value square = rows.mean(arith::MulFOp::create(b, loc, whole, whole),
                           norm.getEpsilon().convertToDouble());
  Value scale =
      tiles.alongRows(inverseRoot(tiles, square), request.columns().size);
  Value scaled = arith::MulFOp::create(
      b, loc, tiles.tile(norm.getInput(), request), scale);
  return arith::MulFOp::create(b, loc, scaled,
                               perColumn(tiles, norm.getGain(), request));
}

Value emitLayerNorm(TileBuilder &tiles, Operation *op,
                    const TileRequest &request) {
  auto norm = cast<LayerNormOp>(op);
  OpBuilder &b = tiles.builder;
  Location loc = tiles.loc;
  WholeRows rows(tiles, norm.getInput(), request);
  Value whole = tiles.tile(norm.getInput(), rows.request());
  Value mean = rows.mean(whole);
  // A second pass over the row: sums of squares would lose the digits of a
  // variance beside a large mean.
  Value centred = arith::SubFOp::create(
      b, loc, whole, tiles.alongRows(mean, rows.request().columns().size));
  Value variance = rows.mean(arith::MulFOp::create(b, loc, centred, centred),
                             norm.getEpsilon().convertToDouble());
  if (!(rows.request() == request))
    centred =
        arith::SubFOp::create(b, loc, tiles.tile(norm.getInput(), request),
                              tiles.alongRows(mean, request.columns().size));
  Value scale =
      tiles.alongRows(inverseRoot(tiles, variance), request.columns().size);
  Value scaled = arith::MulFOp::create(b, loc, centred, scale);
  Value gained = arith::MulFOp::create(
      b, loc, scaled, perColumn(tiles, norm.getGain(), request));
  return arith::AddFOp::create(b, loc, gained,
                               perColumn(tiles, norm.getBias(), request));
}

} // namespace attention
