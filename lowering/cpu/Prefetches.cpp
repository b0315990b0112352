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
/// Of a tile that is written behind a loop, and would push out what is read in
/// it if it had more.
static constexpr int64_t kWrittenBytes = 8 * 4096;
/// So many that each byte takes part in are many.
static constexpr int64_t kMostProducts = 24;

/// The ops that compute `places`, in order, of those that `isInside` holds for;
/// or failure, where one of them cannot be repeated elsewhere.
static FailureOr<SetVector<Operation *>>
computationOf(ValueRange places, function_ref<bool(Operation *)> isInside) {
  SetVector<Operation *> ops;
  BackwardSliceOptions options;
  options.inclusive = true;
  options.omitBlockArguments = true;
  options.filter = isInside;
  for (Value place : places)
    if (Operation *op = place.getDefiningOp(); op && isInside(op))
      if (failed(getBackwardSlice(place, &ops, options)))
        return failure();
  if (llvm::any_of(ops, [](Operation *op) {
        return !isPure(op) || op->getNumRegions();
      }))
    return failure();
  return ops;
}

/// What `ops` and `places` take from elsewhere.
static SmallVector<Value> inputsOf(const SetVector<Operation *> &ops,
                                   ValueRange places) {
  SmallVector<Value> inputs(places);
  for (Operation *op : ops)
    llvm::append_range(inputs, op->getOperands());
  llvm::erase_if(inputs, [&](Value input) {
    return input.getDefiningOp() && ops.contains(input.getDefiningOp());
  });
  return inputs;
}

static int64_t bytesOf(VectorType type) {
  return type.getNumElements() * type.getElementTypeBitWidth() / 8;
}

template <typename Op> static SmallVector<Value> placesOf(Op op) {
  SmallVector<Value> places{op.getBase()};
  llvm::append_range(places, op.getIndices());
  return places;
}

/// Notes the tile of `op` at the place that `ops`, which compute it, give for
/// `next` at the loop's start.
template <typename Op>
void Prefetches::note(Op op, const SetVector<Operation *> &ops, IRMapping next,
                      bool isWritten) {
  VectorType type = op.getVectorType();
  int64_t elementBytes = type.getElementTypeBitWidth() / 8,
          rowBytes = type.getDimSize(1) * elementBytes;
  ImplicitLocOpBuilder b(op.getLoc(), op.getContext());
  b.setInsertionPointToStart(loop.getBody());
  if (next.contains(loop.getInductionVar()))
    b.setInsertionPointAfterValue(next.lookup(loop.getInductionVar()));
  for (Operation *inner : ops)
    b.clone(*inner, next);
  Share::Part tile{next.lookupOrDefault(Value(op.getBase())),
                   {},
                   0,
                   type.getDimSize(0),
                   1,
                   rowBytes,
                   elementBytes,
                   bytesOf(type),
                   isWritten,
                   op};
  for (Value index : op.getIndices())
    tile.indices.push_back(next.lookupOrDefault(index));
  rows += tile.count;
  bytes += tile.count * rowBytes;
  tiles.push_back(tile);
}

template <typename Op> static bool hasRowsOfLines(Op op) {
  VectorType type = op.getVectorType();
  return type.getRank() == 2 && type.getDimSize(0) > 1 &&
         type.getDimSize(1) * type.getElementTypeBitWidth() >= 8 * kLineBytes;
}

/// Notes the tile that the next iteration accesses as `op`, an access of this
/// one, does, where its place follows from the iteration's number alone.
template <typename Op> void Prefetches::noteNext(Op op, bool isWritten) {
  if (!hasRowsOfLines(op))
    return;
  SmallVector<Value> places = placesOf(op);
  auto ops = computationOf(places, [&](Operation *inner) {
    return inner->getBlock() == loop.getBody();
  });
  if (failed(ops))
    return;
  SmallVector<Value> inputs = inputsOf(*ops, places);
  bool isKnownBefore = llvm::all_of(inputs, [&](Value input) {
    return loop.isDefinedOutsideOfLoop(input) ||
           input == loop.getInductionVar();
  });
  if (!isKnownBefore || !llvm::is_contained(inputs, loop.getInductionVar()))
    return;
  ImplicitLocOpBuilder b(op.getLoc(), op.getContext());
  b.setInsertionPointToStart(loop.getBody());
  IRMapping next;
  next.map(
      loop.getInductionVar(),
      Value(arith::AddIOp::create(b, loop.getInductionVar(), loop.getStep())));
  note(op, *ops, next, isWritten);
}

/// Notes the tile that is written behind the loop, where its place is known
/// before: tasks that soon end wait for it at last.
void Prefetches::noteBehind(vector::TransferWriteOp write) {
  if (!hasRowsOfLines(write) || bytesOf(write.getVectorType()) > kWrittenBytes)
    return;
  SmallVector<Value> places = placesOf(write);
  auto isBehind = [&](Operation *op) {
    return op->getBlock() == loop->getBlock() && loop->isBeforeInBlock(op);
  };
  auto ops = computationOf(places, isBehind);
  if (failed(ops))
    return;
  bool isKnownBefore = llvm::none_of(inputsOf(*ops, places), [&](Value input) {
    Operation *op = input.getDefiningOp();
    return op && (op == loop || isBehind(op));
  });
  if (isKnownBefore)
    note(write, *ops, {}, /*isWritten=*/true);
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
        noteNext(read, /*isWritten=*/false);
    } else {
      noteNext(cast<vector::TransferWriteOp>(op), /*isWritten=*/true);
    }
  }
  // Where nothing else is fetched, blocks of a matrix unit keep rows instead.
  if (beginsElsewhere && !all.readsRows && !tiles.empty())
    for (Operation &op : llvm::make_range(std::next(loop->getIterator()),
                                          loop->getBlock()->end()))
      if (auto write = dyn_cast<vector::TransferWriteOp>(op))
        noteBehind(write);
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
/// is read as it lies. (What that would gain beside a matrix unit was not
/// measured.)
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
        memref::PrefetchOp::create(b, part.memref, indices,
                                   part.isWritten && isNear, isNear ? 3 : 2,
                                   /*isDataCache=*/true);
      }
    }
}

} // namespace attention
