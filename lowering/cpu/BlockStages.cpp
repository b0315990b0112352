/// How a block lowering decides what its stages store, and where.
#include "lowering/cpu/BlockLowering.h"
#include "lowering/cpu/Contraction.h"
#include "lowering/cpu/Lines.h"
#include "lowering/cpu/StageLoops.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace attention {

/// Whether `tile` is cheap and comes from constants, indices and memory alone:
/// it is computed where its elements are needed, and never stored.
bool BlockLowering::isRecomputable(Value tile) {
  Operation *op = tile.getDefiningOp();
  if (!op || c.buffers.lookup(tile) || !isPointwise(op) || isExpensive(op) ||
      isRowReduction(op))
    return false;
  if (readMemory(op) && !readsConstantMemory(op))
    return false;
  return llvm::all_of(op->getOperands(), [&](Value operand) {
    return !isTile(operand) || isRecomputable(operand);
  });
}

bool BlockLowering::isReadOutside(Value tile) {
  return llvm::any_of(tile.getUsers(), [&](Operation *user) {
    bool isInside = plan.contains(user) || stored.contains(user);
    return !isInside || (isView(user) && isReadOutside(user->getResult(0)));
  });
}

bool BlockLowering::isOperandOfInnerContraction(Value tile) {
  return llvm::any_of(tile.getUsers(), [&](Operation *user) {
    auto op = dyn_cast<vector::ContractionOp>(user);
    if (!op || user->getBlock() == &block)
      return false;
    ContractionShape shape = *ContractionShape::of(op);
    return tile == shape.left ||
           (tile == shape.right &&
            !Contraction::canReadInPlace(c.unit, op, shape, tile));
  });
}

/// Scratch for operands of contractions has the type that these want: where it
/// is another, they are converted once.
MemRefType BlockLowering::scratchType(Value tile) {
  VectorType type = tileType(tile);
  if (!isa<FloatType>(type.getElementType()))
    return c.buffers.typeFor(type);
  Type wanted;
  for (Operation *user : tile.getUsers()) {
    auto op = dyn_cast<vector::ContractionOp>(user);
    if (!op || tile == op.getAcc())
      continue;
    Type operand =
        Contraction::operandType(c.unit, op, *ContractionShape::of(op));
    // Who multiplies pairs cannot convert; the others can.
    if (!wanted || operand == type.getElementType())
      wanted = operand;
  }
  return c.buffers.typeFor(type, wanted);
}

/// Whether `op` reads rows that contractions in loops take as they are, where
/// all of them exist: they lie as close as scratch would have them, and rows of
/// left operands are read by elements, wherever in a line they begin (but for a
/// matrix unit, which is given rows).
bool BlockLowering::mayStay(Operation *op) {
  auto read = dyn_cast<vector::TransferReadOp>(op);
  if (!read || read->use_empty() || !readsConstantMemory(read))
    return false;
  VectorType tile = read.getVectorType();
  MemRefType type = scratchType(read);
  auto memory = cast<MemRefType>(read.getBase().getType());
  if (tile.getRank() != 2 || !read.isDimInBounds(1) ||
      tile.getDimSize(0) <= VectorUnit::kFewRows ||
      c.unit.multipliesTiles(tile.getElementType(), b.getF32Type()) ||
      !read.getPermutationMap().isMinorIdentity() ||
      memory.getElementType() != type.getElementType() ||
      !type.getLayout().isIdentity())
    return false;
  auto [strides, offset] = memory.getStridesAndOffset();
  return strides.back() == 1 &&
         strides[strides.size() - 2] == type.getDimSize(1) &&
         llvm::all_of(read->getUsers(), [&](Operation *user) {
           auto contraction = dyn_cast<vector::ContractionOp>(user);
           if (!contraction || user->getBlock() == &block)
             return false;
           ContractionShape shape = *ContractionShape::of(contraction);
           return shape.left == read.getResult() &&
                  shape.right != read.getResult() &&
                  contraction.getAcc() != read.getResult();
         });
}

/// Copies the tile only where some of its rows do not exist.
void BlockLowering::leaveInPlace(vector::TransferReadOp read) {
  TileMemory there = TileMemory::of(b, read);
  MemRefType type = scratchType(read);
  Value rows = indexConstant(b, type.getDimSize(0));
  Value present = there.limits[0] ? there.limits[0] : rows;
  Value isWhole =
      b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::sge, present, rows);
  Value scratch = c.buffers.allocate(type);
  auto copy = [&] {
    StagePlan copies(c.buffers);
    copies.add(read);
    copies.addCopy(read, scratch);
    copies.planAccesses();
    StageLoops(c, copies).emit();
    return scratch;
  };
  Value place = choosePlace(
      b, isWhole, placedLike(type, cast<MemRefType>(there.memory.getType())),
      [&] { return there.memory; }, copy);
  own(read, place);
}

SmallVector<Operation *> BlockLowering::takeCone(Value tile, Operation *user) {
  static constexpr size_t kMostOps = 6;
  llvm::DenseSet<Operation *> cone;
  SmallVector<Value> pending{tile};
  while (!pending.empty()) {
    Value next = pending.pop_back_val();
    Operation *op = next.getDefiningOp();
    if (!op || !plan.contains(op) || cone.contains(op) || isExpensive(op) ||
        isRowReduction(op) || readMemory(op))
      continue;
    if (!isView(op) && !hasColumns(tileType(next)))
      continue;
    if (!llvm::all_of(op->getUsers(), [&](Operation *reader) {
          return reader == user || cone.contains(reader);
        }))
      continue;
    cone.insert(op);
    for (Value operand : op->getOperands())
      if (isTile(operand))
        pending.push_back(operand);
  }
  Operation *last = tile.getDefiningOp();
  if (cone.size() > kMostOps || !last || !cone.contains(last))
    return {};
  // What the cone reads stays until then.
  StagePlan reads(c.buffers);
  for (Operation *op : cone)
    reads.add(op);
  reads.addCopy(tile, {});
  reads.planAccesses();
  kept = reads.scratchRead();
  plan.remove(cone);
  return SmallVector<Operation *>(cone.begin(), cone.end());
}

void BlockLowering::chooseRoots(ArrayRef<Value> forced,
                                vector::TransferWriteOp write) {
  for (Operation *op : plan.ops()) {
    Value tile = op->getResult(0);
    if (isOperandOfInnerContraction(tile))
      plan.addRoot(tile);
    if (isView(op) || isRecomputable(tile) || !isReadOutside(tile))
      continue;
    if (!write || tile != write.getVector() || !tile.hasOneUse())
      plan.addRoot(tile);
  }
  for (Value tile : forced)
    if (!c.buffers.lookup(tile))
      plan.addRoot(tile);
  if (write)
    plan.addWrite(write);
  plan.addExpensiveRoots();
}

void BlockLowering::emitStage(Operation *cut) {
  assignScratch(cut);
  StageLoops(c, plan).emit();
  for (const StagePlan::Root &root : plan.roots())
    if (!root.write)
      owned.push_back(root.tile);
}

void BlockLowering::flush(Operation *cut, ArrayRef<Value> forced,
                          vector::TransferWriteOp write) {
  SmallVector<Operation *> staying;
  llvm::copy_if(plan.ops(), std::back_inserter(staying),
                [&](Operation *op) { return mayStay(op); });
  plan.remove(llvm::DenseSet<Operation *>(staying.begin(), staying.end()));
  for (Operation *op : staying)
    leaveInPlace(cast<vector::TransferReadOp>(op));
  chooseRoots(forced, write);
  if (!plan.roots().empty()) {
    plan.planAccesses();
    emitStage(cut);
  }
  plan = StagePlan(c.buffers);
  kept.clear();
  stored.clear();
}

void BlockLowering::storeReductions(Operation *cut) {
  for (Operation *op : plan.ops()) {
    Value tile = op->getResult(0);
    if (isRowReduction(op) || (hasColumns(tileType(tile)) &&
                               isReadOutside(tile) && plan.isCostly(tile)))
      plan.addRoot(tile);
  }
  plan.planAccesses();
  kept = plan.scratchRead();
  emitStage(cut);
  kept.clear();
  // What these alone read is as good as stored.
  for (Operation *op : llvm::reverse(plan.ops()))
    if (c.buffers.lookup(op->getResult(0)) ||
        llvm::all_of(op->getUsers(),
                     [&](Operation *user) { return stored.contains(user); }))
      stored.insert(op);
  StagePlan rest(c.buffers);
  for (Operation *op : plan.ops())
    if (!stored.contains(op))
      rest.add(op);
  plan = std::move(rest);
}

bool BlockLowering::isDead(Value scratch, Operation *cut, bool isAfter) {
  return llvm::none_of(c.buffers.residents(scratch), [&](Value tile) {
    return isAfter ? c.lifetimes.isReadAfter(tile, cut)
                   : c.lifetimes.isReadFrom(tile, cut);
  });
}

Value BlockLowering::homeOf(Value tile, MemRefType type, Operation *cut,
                            bool isAfter) {
  auto yield = dyn_cast<scf::YieldOp>(block.getTerminator());
  if (!yield)
    return {};
  unsigned next = 0;
  for (Value operand : yield.getOperands()) {
    if (!isTile(operand))
      continue;
    Value place = destinations[next++];
    if (operand == tile && place.getType() == type &&
        isDead(place, cut, isAfter))
      return place;
  }
  return {};
}

void BlockLowering::assignScratch(Operation *cut) {
  SmallVector<Value> taken(kept);
  for (StagePlan::Root &root : plan.roots()) {
    if (root.write)
      continue;
    MemRefType type = scratchType(root.tile);
    auto isUsable = [&](Value scratch) {
      return !llvm::is_contained(taken, scratch) &&
             plan.mayOverwrite(scratch, root);
    };
    Value home = homeOf(root.tile, type, cut, /*isAfter=*/false);
    if (home && isUsable(home))
      root.scratch = home;
    for (Value scratch : plan.scratchRead()) {
      if (root.scratch)
        break;
      if (scratch.getType() == type && !c.buffers.isPinned(scratch) &&
          isUsable(scratch) && isDead(scratch, cut, /*isAfter=*/false))
        root.scratch = scratch;
    }
    if (!root.scratch)
      root.scratch = c.buffers.allocate(type);
    taken.push_back(root.scratch);
  }
}

void BlockLowering::copyAll(ArrayRef<Value> tiles, ArrayRef<Value> places) {
  StagePlan copies(c.buffers);
  for (auto [tile, place] : llvm::zip_equal(tiles, places))
    copies.addCopy(tile, place);
  copies.planAccesses();
  // What would be overwritten before it is read goes a way round.
  StagePlan before(c.buffers);
  llvm::DenseMap<Value, Value> earlier = c.buffers.allPlaces();
  SmallVector<Value> temporaries;
  for (StagePlan::Root &root : copies.roots())
    if (!copies.mayOverwrite(root.scratch, root)) {
      temporaries.push_back(
          c.buffers.allocate(cast<MemRefType>(root.scratch.getType())));
      before.addCopy(root.tile, temporaries.back());
    }
  StageLoops(c, before).emit();
  StageLoops(c, copies).emit();
  c.buffers.restore(earlier);
  for (Value scratch : temporaries)
    c.buffers.release(scratch);
}

void BlockLowering::own(Value tile, Value scratch) {
  c.buffers.place(tile, scratch);
  owned.push_back(tile);
}

void BlockLowering::releaseDead(Operation *cut) {
  llvm::erase_if(owned, [&](Value tile) {
    if (c.lifetimes.isReadAfter(tile, cut))
      return false;
    Value scratch = c.buffers.lookup(tile);
    c.buffers.forget(tile);
    if (scratch)
      c.buffers.release(scratch);
    return true;
  });
}

void BlockLowering::releaseAll() {
  for (Value tile : owned) {
    Value scratch = c.buffers.lookup(tile);
    c.buffers.forget(tile);
    if (scratch)
      c.buffers.release(scratch);
  }
  owned.clear();
}

} // namespace attention
