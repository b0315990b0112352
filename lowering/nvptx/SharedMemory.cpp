#include "lowering/nvptx/SharedMemory.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attention::nvptx {

/// Tiles start at a full period of the banks, or of the swizzle.
static constexpr int64_t kAlignment = 128, kSwizzledAlignment = 1024;

int64_t SharedTile::bytes() const {
  return swizzle ? type.getDimSize(0) * 16 * chunksPerRow()
                 : type.getDimSize(0) * pitch();
}

int64_t SharedTile::chunksPerRow() const {
  return type.getDimSize(1) / elementsPerChunk();
}

int64_t SharedTile::elementsPerChunk() const {
  return 16 / storageBytes(type.getElementType());
}

/// Numbers the operations of a block from `next` on, nested ones included.
int64_t SharedMemoryPlan::number(Block *block, int64_t next) {
  for (Operation &op : *block) {
    int64_t begin = next++;
    for (Region &region : op.getRegions())
      for (Block &nested : region)
        next = number(&nested, next);
    spans[&op] = {begin, next - 1};
  }
  return next;
}

/// First fit among what lives at the same time.
void SharedMemoryPlan::place(Interval interval, int64_t &offset) {
  SmallVector<Interval> others;
  for (const Interval &other : placed)
    if (other.begin <= interval.end && interval.begin <= other.end)
      others.push_back(other);
  llvm::sort(others, [](const Interval &a, const Interval &b) {
    return a.offset < b.offset;
  });
  interval.offset = 0;
  for (const Interval &other : others)
    if (interval.offset < other.offset + other.bytes &&
        other.offset < interval.offset + interval.bytes)
      interval.offset =
          llvm::alignTo(other.offset + other.bytes,
                        swizzled ? kSwizzledAlignment : kAlignment);
  placed.push_back(interval);
  offset = interval.offset;
  total = std::max(total, interval.offset + interval.bytes);
}

/// Bytes for the exchange of the results of one operation: a reduction puts
/// down the partial results of all warps that share a column or a row, a vector
/// that is wanted in a layout other than the one it is computed in is put down
/// whole.
static int64_t exchangeBytes(Operation *op, const LayoutAnalysis &layouts,
                             Warps warps) {
  if (op->getNumResults() != 1)
    return 0;
  Value result = op->getResult(0);
  int64_t sharingRows = warps.columns > 1 ? warps.columns : 0;
  if (isa<vector::ReductionOp>(op))
    return sharingRows * storageBytes(result.getType());
  VectorType tile = asTile(result.getType());
  Layout fixed = layouts.computed(result), wanted = layouts.demanded(result);
  if (!tile || tile.getRank() != 1 || fixed == Layout::None)
    return 0;
  int64_t bytes = tile.getNumElements() * storageBytes(tile.getElementType());
  if (wanted == Layout::None)
    return 0;
  if (isa<vector::MultiDimReductionOp>(op)) {
    if (fixed == Layout::Column)
      return warps.rows * bytes;
    if (sharingRows)
      return sharingRows * bytes;
  }
  return (wanted & ~fixed) != Layout::None ? bytes : 0;
}

SharedMemoryPlan::SharedMemoryPlan(scf::ForallOp loop,
                                   const LayoutAnalysis &layouts,
                                   const Feeds &feeds, Warps warps,
                                   const GpuFeatures &features, int64_t stages)
    : stageCount(stages), swizzled(features.warpgroupMma) {
  number(loop.getBody(), 0);
  auto placeTile = [&](Value value, Block *block, int64_t begin) {
    if (!contains(layouts.demanded(value), Layout::Shared) || feeds.find(value))
      return;
    int64_t end = begin;
    for (Operation *user : value.getUsers())
      end = std::max(end, spans[block->findAncestorOpInBlock(*user)].second);
    auto type = cast<VectorType>(value.getType());
    place({begin, end, at(0, type).bytes(), 0}, tiles[value]);
  };
  loop.getBody()->walk<WalkOrder::PreOrder>([&](Operation *op) {
    int64_t begin = spans[op].first;
    if (auto inner = dyn_cast<scf::ForOp>(op))
      for (const Feed &feed : feeds.of(inner)) {
        // Producers do not wait for what comes before the loop.
        bool runsAhead = features.warpgroupMma && inner->getParentOp() == loop;
        int64_t bytes = at(0, feed.type()).bytes(), offset = 0;
        place({runsAhead ? 0 : begin, spans[op].second,
               bytes * (feed.varies ? stages : 1), 0},
              offset);
        for (vector::TransferReadOp read : feed.reads)
          tiles[read.getResult()] = offset;
      }
    for (Region &region : op->getRegions())
      for (BlockArgument argument : region.getArguments())
        placeTile(argument, &region.front(), begin);
    for (Value result : op->getResults())
      placeTile(result, op->getBlock(), begin);
    if (int64_t bytes = exchangeBytes(op, layouts, warps))
      place({spans[op].first, spans[op].second, bytes, 0}, exchanges[op]);
  });
}

/// Tiles of 16-bit elements are what `wgmma` reads.
SharedTile SharedMemoryPlan::at(int64_t offset, VectorType type) const {
  SharedTile tile{offset, type};
  if (!swizzled || tile.elementBytes() != 2 || type.getDimSize(0) % 8 != 0)
    return tile;
  int64_t bytes = 16 * tile.chunksPerRow();
  tile.swizzle = bytes % 128 == 0 ? 128 : bytes % 64 == 0 ? 64 : 32;
  return tile;
}

SharedTile SharedMemoryPlan::tile(Value value) const {
  return at(tiles.lookup(value), cast<VectorType>(value.getType()));
}

} // namespace attention::nvptx
