#include "lowering/TaskRows.h"

using namespace mlir;

namespace attention {

SmallVector<OpFoldResult> RowTile::offsets(OpBuilder &builder,
                                           bool isPerRow) const {
  SmallVector<OpFoldResult> offsets(leading);
  offsets.push_back(row);
  if (!isPerRow)
    offsets.push_back(builder.getIndexAttr(0));
  return offsets;
}

SmallVector<OpFoldResult> RowTile::sizes(OpBuilder &builder,
                                         std::optional<int64_t> columns) const {
  SmallVector<OpFoldResult> sizes(leading.size(), builder.getIndexAttr(1));
  sizes.push_back(rowsHere);
  if (columns)
    sizes.push_back(builder.getIndexAttr(*columns));
  return sizes;
}

/// Whether a slice has one index of each leading dimension, and whole rows.
static bool hasWholeRows(tensor::ParallelInsertSliceOp insert) {
  RankedTensorType type = insert.getDestType();
  int64_t rank = type.getRank();
  if (rank < 2 || insert.getSourceType().getRank() != 2 ||
      !insert.hasUnitStride() || type.isDynamicDim(rank - 1))
    return false;
  SmallVector<OpFoldResult> sizes = insert.getMixedSizes();
  return isConstantIntValue(sizes.back(), type.getDimSize(rank - 1)) &&
         llvm::all_of(ArrayRef(sizes).drop_back(2), [](OpFoldResult size) {
           return isConstantIntValue(size, 1);
         });
}

std::optional<RowTile> rowTile(scf::ForallOp loop, unsigned number) {
  SmallVector<Operation *> combining =
      loop.getCombiningOps(loop.getRegionIterArgs()[number]);
  auto insert = combining.size() == 1
                    ? dyn_cast<tensor::ParallelInsertSliceOp>(combining[0])
                    : tensor::ParallelInsertSliceOp();
  if (!insert || !hasWholeRows(insert))
    return std::nullopt;
  RowTile tile;
  tile.insert = insert;
  tile.tile = insert.getSource();
  if (auto finish = tile.tile.getDefiningOp<FinishOp>();
      finish && tile.tile == finish.getOutput() && !finish.getInto().empty()) {
    tile.place = finish.getInto()[0];
    tile.rows = finish.getPartial().getType().getOutput().getDimSize(0);
  } else if (auto fused = tile.tile.getDefiningOp<FusedOp>();
             fused && fused.getInto()) {
    tile.place = fused.getInto();
    tile.rows = *fused.getRows();
  } else {
    return std::nullopt;
  }
  if (tile.tile.getParentBlock() != loop.getBody())
    return std::nullopt;
  SmallVector<OpFoldResult> offsets = insert.getMixedOffsets();
  tile.leading.assign(offsets.begin(), offsets.end() - 2);
  tile.row = offsets[offsets.size() - 2];
  tile.rowsHere = insert.getMixedSizes()[offsets.size() - 2];
  return tile;
}

std::optional<RowLoops> rowLoops(Value tensor) {
  RowLoops found;
  Block *block = tensor.getParentBlock();
  for (bool isLast = true;; isLast = false) {
    auto result = dyn_cast<OpResult>(tensor);
    auto loop =
        result ? dyn_cast<scf::ForallOp>(result.getOwner()) : scf::ForallOp();
    if (!loop || loop->getBlock() != block ||
        (!isLast &&
         (result.getResultNumber() != found.number || !result.hasOneUse())))
      return std::nullopt;
    found.number = result.getResultNumber();
    if (!rowTile(loop, found.number))
      return std::nullopt;
    found.loops.insert(found.loops.begin(), loop);
    tensor = loop.getOutputs()[found.number];
    if (tensor.getDefiningOp<tensor::EmptyOp>())
      return found;
  }
}

/// The loop with other outputs; `from` says for each of them which of the old
/// ones it is, or -1 for a new one. Old ones that go have no reader left.
static scf::ForallOp rebuild(scf::ForallOp loop, ArrayRef<Value> outputs,
                             ArrayRef<int> from) {
  OpBuilder builder(loop);
  auto made =
      scf::ForallOp::create(builder, loop.getLoc(), loop.getMixedLowerBound(),
                            loop.getMixedUpperBound(), loop.getMixedStep(),
                            outputs, loop.getMapping());
  Block *body = made.getBody();
  body->getTerminator()->erase();
  body->getOperations().splice(body->end(), loop.getBody()->getOperations());
  for (auto [old, next] :
       llvm::zip(loop.getInductionVars(), made.getInductionVars()))
    old.replaceAllUsesWith(next);
  for (auto [next, old] : llvm::enumerate(from)) {
    if (old < 0)
      continue;
    loop.getRegionIterArgs()[old].replaceAllUsesWith(
        made.getRegionIterArgs()[next]);
    loop.getResult(old).replaceAllUsesWith(made.getResult(next));
  }
  loop.erase();
  return made;
}

unsigned addResult(RowLoops &loops, Value start) {
  unsigned count = loops.loops.front().getNumResults();
  SmallVector<int> from = llvm::to_vector(llvm::seq<int>(0, count));
  from.push_back(-1);
  for (scf::ForallOp &loop : loops.loops) {
    SmallVector<Value> outputs(loop.getOutputs());
    outputs.push_back(start);
    loop = rebuild(loop, outputs, from);
    start = loop.getResult(count);
  }
  return count;
}

/// Whether the shared result is only known as the place of the tile.
static bool holdsTileOnly(scf::ForallOp loop, unsigned number,
                          const RowTile &tile) {
  return tile.place.getDefiningOp<tensor::ExtractSliceOp>() &&
         llvm::all_of(
             loop.getRegionIterArgs()[number].getUsers(), [&](Operation *user) {
               return user == tile.insert || user == tile.place.getDefiningOp();
             });
}

/// Computes the tile in a buffer of the task's own.
static void keepInTask(RowTile &tile) {
  auto place = tile.place.getDefiningOp<tensor::ExtractSliceOp>();
  OpBuilder builder(place);
  Location loc = place.getLoc();
  RankedTensorType type = place.getType();
  int64_t columns = type.getDimSize(1);
  Value scratch = tensor::EmptyOp::create(builder, loc,
                                          ArrayRef<int64_t>{tile.rows, columns},
                                          type.getElementType());
  SmallVector<OpFoldResult> zeros(2, builder.getIndexAttr(0)),
      ones(2, builder.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes{tile.rowsHere, builder.getIndexAttr(columns)};
  Value slice = tensor::ExtractSliceOp::create(builder, loc, type, scratch,
                                               zeros, sizes, ones);
  place.getResult().replaceAllUsesWith(slice);
  place.erase();
  tile.insert.erase();
}

bool keepInTasks(RowLoops &loops) {
  for (scf::ForallOp loop : loops.loops)
    if (!holdsTileOnly(loop, loops.number, *rowTile(loop, loops.number)))
      return false;
  for (scf::ForallOp &loop : llvm::reverse(loops.loops)) {
    RowTile tile = *rowTile(loop, loops.number);
    keepInTask(tile);
    SmallVector<Value> outputs(loop.getOutputs());
    SmallVector<int> from = llvm::to_vector(llvm::seq<int>(0, outputs.size()));
    outputs.erase(outputs.begin() + loops.number);
    from.erase(from.begin() + loops.number);
    loop = rebuild(loop, outputs, from);
  }
  return true;
}

} // namespace attention
