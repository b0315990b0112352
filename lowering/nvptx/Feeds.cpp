#include "lowering/nvptx/Feeds.h"
#include "lowering/MemoryRoots.h"
#include "lowering/nvptx/Slice.h"
#include "lowering/nvptx/Staging.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace attention::nvptx {

static bool isZero(Value scalar) {
  return matchPattern(scalar, m_AnyZeroFloat()) ||
         matchPattern(scalar, m_Zero());
}

/// Whether the tile can be copied by 16 bytes, with zeros where there is
/// nothing.
static bool isPlain(vector::TransferReadOp read) {
  VectorType tile = asTile(read.getVectorType());
  if (!tile || tile.getRank() != 2 || tile.getDimSize(1) == 1 ||
      !isa<MemRefType>(read.getShapedType()) || read.getMask() ||
      !read.getPermutationMap().isMinorIdentity() ||
      !isa<FloatType>(tile.getElementType()))
    return false;
  return isZero(read.getPadding()) ||
         (isa<scf::ForOp>(read->getParentOp()) && !read.hasOutOfBoundsDim());
}

/// The reads whose tiles are wanted in shared memory, or something that is
/// computed of them element by element.
static llvm::DenseSet<Operation *> sharedReads(scf::ForallOp loop,
                                               const LayoutAnalysis &layouts) {
  llvm::DenseSet<Operation *> reads;
  loop.getBody()->walk([&](Operation *op) {
    for (Value result : op->getResults())
      if (contains(layouts.demanded(result), Layout::Shared))
        if (auto operations = stagedOperations(result); !operations.empty())
          reads.insert(operations.front());
  });
  return reads;
}

/// Where a read stays within its memref whenever its loop runs. What it says
/// itself holds where it stands: in a branch, that is not always.
static SmallVector<bool> boundsInLoop(vector::TransferReadOp read) {
  SmallVector<bool> inBounds = read.getInBoundsValues();
  if (isa<scf::ForOp>(read->getParentOp()))
    return inBounds;
  auto type = cast<MemRefType>(read.getShapedType());
  std::optional<int64_t> first = getConstantIntValue(read.getIndices().back());
  inBounds.front() = false;
  inBounds.back() =
      inBounds.back() && first && !type.isDynamicDim(type.getRank() - 1) &&
      *first + read.getVectorType().getDimSize(1) <= type.getShape().back();
  return inBounds;
}

/// Adds a read to the feed of its place; false if there is none.
static bool joinFeed(vector::TransferReadOp read, MutableArrayRef<Feed> feeds) {
  for (Feed &feed : feeds)
    if (feed.read().getBase() == read.getBase() &&
        feed.read().getIndices() == read.getIndices() &&
        feed.read().getVectorType() == read.getVectorType()) {
      feed.reads.push_back(read);
      for (auto [all, one] : llvm::zip(feed.inBounds, boundsInLoop(read)))
        all = all && one;
      return true;
    }
  return false;
}

Feeds::Feeds(scf::ForallOp forall, const LayoutAnalysis &layouts) {
  llvm::DenseSet<Operation *> shared = sharedReads(forall, layouts);
  forall.getBody()->walk([&](vector::TransferReadOp read) {
    auto loop = read->getParentOfType<scf::ForOp>();
    Value root = memoryRoot(read.getBase());
    if (!loop || !forall->isAncestor(loop) || !shared.contains(read) ||
        !isPlain(read) || mayWrite(loop, root) ||
        forall->isAncestor(root.getParentRegion()->getParentOp()))
      return;
    Slice slice(loop, loop.getInductionVar());
    Slice leading(loop, loop.getInductionVar());
    // In a branch, indices of other dimensions may only be good there.
    if (!slice.add(read.getBase()) || !slice.add(read.getIndices()) ||
        !leading.add(ValueRange(read.getIndices()).drop_back(2)) ||
        (leading.usesKnown() && !isa<scf::ForOp>(read->getParentOp())))
      return;
    if (!joinFeed(read, loops[loop]))
      loops[loop].push_back({{read},
                             boundsInLoop(read),
                             SmallVector<Operation *>(slice.operations()),
                             slice.usesKnown()});
  });
  // What is there already is not read again.
  forall.getBody()->walk([&](vector::TransferReadOp read) {
    auto feeds = loops.find(read->getParentOfType<scf::ForOp>());
    if (feeds != loops.end() && !shared.contains(read) && isPlain(read))
      joinFeed(read, feeds->second);
  });
  // Copies of an inner loop would have to wait for those of the outer one.
  loops.remove_if([&](auto &entry) {
    Operation *outer = entry.first->getParentOp();
    while (outer != forall && !loops.contains(outer))
      outer = outer->getParentOp();
    return outer != forall;
  });
  index();
}

void Feeds::index() {
  byRead.clear();
  for (const auto &[loop, feeds] : loops)
    for (const Feed &feed : feeds)
      for (vector::TransferReadOp read : feed.reads)
        byRead[read.getResult()] = &feed;
}

ArrayRef<Feed> Feeds::of(scf::ForOp loop) const {
  auto known = loops.find(loop);
  return known == loops.end() ? ArrayRef<Feed>() : known->second;
}

bool Feeds::dropOne() {
  while (!loops.empty() && loops.back().second.empty())
    loops.pop_back();
  if (loops.empty())
    return false;
  loops.back().second.pop_back();
  index();
  return true;
}

} // namespace attention::nvptx
