#include "lowering/GlueEmitters.h"

#include "dialect/Attention.h"
#include "dialect/variants/Chunks.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/PanelColumns.h"

using namespace mlir;

namespace attention {

/// Rows of a weight `[out, in]`, a tile `[n, k]`, as elements of `type`.
static Value weightRows(TileBuilder &tiles, Value weight, Type type,
                        const Extent &columns, const Extent &along) {
  return tiles.convert(tiles.rounded(weight, {{}, {columns, along}}), type);
}

/// The same columns of rows in pairs.
static Extent doubled(TileBuilder &tiles, const Extent &extent) {
  AffineExpr first;
  bindDims(tiles.builder.getContext(), first);
  return {affine::makeComposedFoldedAffineApply(tiles.builder, tiles.loc,
                                                first * 2, {extent.first}),
          2 * extent.size, extent.aligned};
}

/// A tile `[k, n]` of a panel whose rows lie in pairs.
static Value pairsOf(TileBuilder &tiles, Value packed, OpFoldResult panel,
                     const Extent &columns, const Extent &along) {
  OpBuilder &b = tiles.builder;
  auto type = cast<RankedTensorType>(packed.getType());
  Value rows = tensor::CollapseShapeOp::create(
      b, tiles.loc, packed, ArrayRef<ReassociationIndices>{{0}, {1}, {2, 3}});
  Extent pairs{b.getIndexAttr(0), along.size / 2, true};
  Value tile = tiles.rounded(rows, {{panel}, {pairs, doubled(tiles, columns)}});
  return SplitPairsOp::create(
      b, tiles.loc,
      VectorType::get({along.size, columns.size}, type.getElementType()), tile);
}

/// The same of a weight in panels, a tile `[k, n]` of one of them, as elements
/// of `type`.
static Value panelOf(TileBuilder &tiles, Value packed, Type type,
                     const Extent &columns, const Extent &along) {
  AffineExpr first;
  bindDims(tiles.builder.getContext(), first);
  auto layout = cast<RankedTensorType>(packed.getType());
  int64_t width = layout.getDimSize(2);
  auto at = [&](AffineExpr place) {
    return affine::makeComposedFoldedAffineApply(tiles.builder, tiles.loc,
                                                 place, {columns.first});
  };
  OpFoldResult panel = at(first.floorDiv(width));
  Extent inPanel{at(first % width), columns.size, columns.aligned};
  Value tile = liesInPairs(packed)
                   ? pairsOf(tiles, packed, panel, inPanel, along)
                   : tiles.rounded(packed, {{panel}, {along, inPanel}});
  return tiles.convert(tile, type);
}

Value emitProject(TileBuilder &tiles, Operation *op,
                  const TileRequest &request) {
  auto project = cast<ProjectOp>(op);
  int64_t depth = project.getWeight().getType().getDimSize(1);
  // Past the last column both operands read as zero.
  Extent along{tiles.builder.getIndexAttr(0), tileSize(depth), true};
  TileRequest rows = request;
  rows.columns() = along;
  Value left = tiles.rounded(project.getInput(), rows);
  Value none = tiles.constant(tiles.typeOf(project, request), 0), product;
  Value packed = packedWeight(project), unpaired = rowsBeforePairs(packed);
  Type element = project.getWeight().getType().getElementType();
  // Rows that would become pairs in this very run are multiplied as they are.
  if (packed && !unpaired)
    product = attention::product(
        tiles.builder, tiles.loc, left,
        panelOf(tiles, packed, element, request.columns(), along), none);
  else
    product = productWithRows(
        tiles.builder, tiles.loc, left,
        weightRows(tiles, unpaired ? unpaired : Value(project.getWeight()),
                   element, request.columns(), along),
        none);
  if (!project.getBias())
    return product;
  Value bias = tiles.tile(project.getBias(), {{}, {request.columns()}});
  return arith::AddFOp::create(tiles.builder, tiles.loc, product,
                               tiles.broadcast(bias, request.shape()));
}

} // namespace attention
