#include "lowering/cpu/Prefetches.h"

#include "dialect/Names.h"
#include "lowering/Tiles.h"
#include "lowering/cpu/Contraction.h"
#include "lowering/cpu/SharedPanels.h"
#include "lowering/cpu/TileMemory.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace attention {

static constexpr int64_t kLineBytes = 64, kNearBytes = 2 * 4096;
/// So many that each byte takes part in are many.
static constexpr int64_t kMostProducts = 24;

/// The ops of the loop's body that compute `places`, in order, where they
/// follow from the iteration's number alone.
static FailureOr<SetVector<Operation *>> computationOf(scf::ForOp loop,
                                                       ValueRange places) {
  SetVector<Operation *> ops;
  BackwardSliceOptions options;
  options.inclusive = true;
  options.omitBlockArguments = true;
  options.filter = [&](Operation *op) {
    return op->getBlock() == loop.getBody();
  };
  for (Value place : places)
    if (Operation *op = place.getDefiningOp(); op && options.filter(op))
      if (failed(getBackwardSlice(place, &ops, options)))
        return failure();
  SmallVector<Value> inputs(places);
  for (Operation *op : ops) {
    if (!isPure(op) || op->getNumRegions())
      return failure();
    llvm::append_range(inputs, op->getOperands());
  }
  bool isKnownBefore = llvm::all_of(inputs, [&](Value input) {
    return loop.isDefinedOutsideOfLoop(input) ||
           input == loop.getInductionVar() ||
           (input.getDefiningOp() && ops.contains(input.getDefiningOp()));
  });
  if (!isKnownBefore || !llvm::is_contained(inputs, loop.getInductionVar()))
    return failure();
  return ops;
}

template <typename Op> void Prefetches::note(Op op, bool isWritten) {
  VectorType type = op.getVectorType();
  if (type.getRank() != 2 || type.getDimSize(0) == 1)
    return;
  int64_t elementBytes = type.getElementTypeBitWidth() / 8;
  int64_t rowBytes = type.getDimSize(1) * elementBytes;
  if (rowBytes < kLineBytes)
    return;
  SmallVector<Value> places{op.getBase()};
  llvm::append_range(places, op.getIndices());
  FailureOr<SetVector<Operation *>> ops = computationOf(loop, places);
  if (failed(ops))
    return;
  ImplicitLocOpBuilder b(op.getLoc(), op.getContext());
  b.setInsertionPointToStart(loop.getBody());
  IRMapping next;
  Value number =
      arith::AddIOp::create(b, loop.getInductionVar(), loop.getStep());
  next.map(loop.getInductionVar(), number);
  for (Operation *inner : *ops)
    b.clone(*inner, next);
  Share::Part tile{next.lookupOrDefault(Value(op.getBase())),
                   {},
                   0,
                   type.getDimSize(0),
                   1,
                   rowBytes,
                   elementBytes,
                   rowBytes * type.getDimSize(0),
                   isWritten,
                   op};
  for (Value index : op.getIndices())
    tile.indices.push_back(next.lookupOrDefault(index));
  rows += tile.count;
  bytes += tile.count * rowBytes;
  tiles.push_back(tile);
}

/// Counts the blocks, and products, of the contractions of `block` from
/// `before` on; branches count as their first does.
Prefetches::Work Prefetches::assign(Block &block, Work before) {
  for (Operation &op : block) {
    if (auto contraction = dyn_cast<vector::ContractionOp>(op)) {
      ContractionShape shape = *ContractionShape::of(contraction);
      earlier[&op] = before.blocks;
      before.readsRows |= Contraction::readsRows(unit, contraction);
      before.packsPairs |= Contraction::packsPairs(unit, contraction);
      before.blocks += Contraction::blocksOf(unit, contraction);
      before.products += shape.m * shape.n * shape.k;
    } else if (auto branch = dyn_cast<scf::IfOp>(op)) {
      Work after = assign(branch.getThenRegion().front(), before);
      if (!branch.getElseRegion().empty())
        assign(branch.getElseRegion().front(), before);
      before = after;
    }
  }
  return before;
}

/// What a block reads and writes, also in branches, as far as they are not
/// rare: to ask for what is not read after all does no harm.
static void collectAccesses(Block &block, SmallVectorImpl<Operation *> &ops) {
  for (Operation &op : block) {
    if (isa<vector::TransferReadOp, vector::TransferWriteOp>(op))
      ops.push_back(&op);
    auto branch = dyn_cast<scf::IfOp>(op);
    if (!branch)
      continue;
    collectAccesses(*branch.thenBlock(), ops);
    if (branch.elseBlock() && !branch->hasAttr(rareElseAttr))
      collectAccesses(*branch.elseBlock(), ops);
  }
}

/// Whether the tile is there already as products want it.
static bool isReadElsewhere(vector::TransferReadOp read,
                            const SharedPanels *shared) {
  return shared && llvm::any_of(read->getUsers(), [&](Operation *user) {
           return shared->holds(user);
         });
}

Prefetches::Prefetches(scf::ForOp loop, const VectorUnit &unit,
                       const SharedPanels *shared)
    : loop(loop), unit(unit) {
  auto task = loop->getParentOfType<scf::ForallOp>();
  beginsElsewhere = task && !task.isDefinedOutsideOfLoop(loop.getLowerBound());
  all = assign(*loop.getBody(), {});
  if (!all.blocks || (all.readsRows && !unit.asksForRows))
    return;
  SmallVector<Operation *> accesses;
  collectAccesses(*loop.getBody(), accesses);
  for (Operation *op : accesses) {
    if (auto read = dyn_cast<vector::TransferReadOp>(op)) {
      if (!isReadElsewhere(read, shared) && tileOf(read) == tiles.end())
        note(read, /*isWritten=*/false);
    } else {
      note(cast<vector::TransferWriteOp>(op), /*isWritten=*/true);
    }
  }
}

/// The tile that is noted for this read, or one at the same place.
const Prefetches::Share::Part *
Prefetches::tileOf(vector::TransferReadOp read) const {
  return llvm::find_if(tiles, [&](const Share::Part &tile) {
    auto other = dyn_cast<vector::TransferReadOp>(tile.access);
    return other && other.getBase() == read.getBase() &&
           llvm::equal(other.getIndices(), read.getIndices());
  });
}

/// Whether memory keeps up by itself: where each byte takes part in many
/// products, unless tasks begin elsewhere each and soon end.
bool Prefetches::keepsUp() const {
  return !beginsElsewhere && all.products > kMostProducts * bytes;
}

/// Whether blocks of few rows ask for shares of the next tiles, as others do,
/// and not along with what they read: of rows that are packed into pairs none
/// is read as it lies. (With a matrix unit neither was measured.)
bool Prefetches::asksByBlocks() const {
  return unit.asksByBlocks() || (all.packsPairs && !unit.matrixBf16);
}

Prefetches::Share Prefetches::shareOf(vector::ContractionOp op) const {
  Share share;
  auto found = earlier.find(op);
  bool isForeseen = all.readsRows ? !asksByBlocks() : keepsUp();
  if (found == earlier.end() || isForeseen)
    return share;
  int64_t blocks = Contraction::blocksOf(unit, op);
  auto rowsBefore = [&](int64_t blocks) {
    return std::min(rows, rows * blocks / all.blocks);
  };
  int64_t first = rowsBefore(found->second),
          last = rowsBefore(found->second + blocks);
  for (Share::Part part : tiles) {
    int64_t from = std::max<int64_t>(first, 0),
            to = std::min<int64_t>(last, part.count);
    if (from < to) {
      part.perBlock = llvm::divideCeil(to - from, blocks);
      share.parts.push_back(part);
      share.parts.back().first = from;
      share.parts.back().count = to - from;
    }
    first -= part.count;
    last -= part.count;
  }
  return share;
}

/// A register that holds half a line asks for all of it.
void Prefetches::emitAlong(ImplicitLocOpBuilder &b, vector::TransferReadOp read,
                           Value row, Value column, int64_t elements) const {
  if (!all.readsRows || asksByBlocks())
    return;
  const Share::Part *found = tileOf(read);
  if (found == tiles.end())
    return;
  const Share::Part &tile = *found;
  SmallVector<Value> indices(tile.indices);
  Value &at = indices[indices.size() - 2], first = indices.back();
  at = addIndex(b, at, row);
  for (int64_t i = 0; i < elements; i += kLineBytes / tile.elementBytes) {
    indices.back() =
        addIndex(b, addIndex(b, first, column), indexConstant(b, i));
    memref::PrefetchOp::create(b, tile.memref, indices, /*isWrite=*/false, 3,
                               /*isDataCache=*/true);
  }
}

void Prefetches::Share::emit(ImplicitLocOpBuilder &b, Value block) const {
  for (const Part &part : parts)
    for (int64_t i = 0; i < part.perBlock; ++i) {
      // Tiles that would push out what is at work wait in the second level.
      bool isNear = part.tileBytes <= kNearBytes;
      // Blocks behind the last row fetch that again.
      Value row = addIndex(
          b, arith::MulIOp::create(b, block, indexConstant(b, part.perBlock)),
          indexConstant(b, i));
      row = arith::MinSIOp::create(b, row, indexConstant(b, part.count - 1));
      SmallVector<Value> indices(part.indices);
      Value &at = indices[indices.size() - 2], first = indices.back();
      at = addIndex(b, at, addIndex(b, row, indexConstant(b, part.first)));
      for (int64_t byte = 0; byte < part.rowBytes; byte += kLineBytes) {
        indices.back() =
            addIndex(b, first, indexConstant(b, byte / part.elementBytes));
        memref::PrefetchOp::create(b, part.memref, indices, part.isWritten,
                                   isNear ? 3 : 2, /*isDataCache=*/true);
      }
    }
}

} // namespace attention
