#include "lowering/cpu/BlockLowering.h"

#include "lowering/cpu/Contraction.h"
#include "lowering/cpu/ForwardSolve.h"
#include "lowering/cpu/SharedPanels.h"
#include "lowering/cpu/StageLoops.h"
#include "mlir/IR/Matchers.h"
#include <utility>

using namespace mlir;

namespace attention {

static bool isCut(Operation *op) {
  if (isa<vector::ContractionOp, SolveForwardOp, vector::TransferWriteOp>(op) ||
      isColumnReduction(op) || isFullReduction(op) ||
      op->hasTrait<OpTrait::IsTerminator>())
    return true;
  return op->getNumRegions() ? touchesTiles(op) || mayWrite(op, {})
                             : mayWrite(op, {});
}

void BlockLowering::lower() {
  SmallVector<Operation *> ops;
  for (Operation &op : block)
    ops.push_back(&op);
  SeenColumns::Scope tables(c.seen);
  for (Operation *op : ops) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(op);
    b.setLoc(op->getLoc());
    lowerOp(op);
  }
}

/// Whether `op` reads row reductions of the stage that are better stored for
/// all rows first: a row that is computed alone waits for its own, and
/// functions of that for each other, which of all rows are vectors.
bool BlockLowering::awaitsReductions(Operation *op) {
  constexpr int64_t manyRows = 32;
  return !c.unit.keepsRows() &&
         llvm::any_of(op->getOperands(), [&](Value operand) {
           Operation *source = operand.getDefiningOp();
           return source && isRowReduction(source) && plan.contains(source) &&
                  tileType(operand).getDimSize(0) >= manyRows;
         });
}

void BlockLowering::lowerOp(Operation *op) {
  if (!isCut(op)) {
    if (!isPointwise(op))
      return;
    // Columns of what a row reduction gives are known when all rows are done.
    auto broadcast = dyn_cast<vector::BroadcastOp>(op);
    if (broadcast && isTile(broadcast.getSource()) &&
        tileType(broadcast.getSource()).getShape().back() != 1 &&
        plan.phase(broadcast.getSource()) > 0 &&
        hasColumns(broadcast.getResultVectorType()))
      flush(op);
    if (awaitsReductions(op))
      storeReductions(op);
    plan.add(op);
    return;
  }
  if (auto contraction = dyn_cast<vector::ContractionOp>(op))
    lowerContraction(contraction);
  else if (auto solve = dyn_cast<SolveForwardOp>(op))
    lowerSolve(solve);
  else if (isColumnReduction(op))
    lowerColumnReduction(cast<vector::MultiDimReductionOp>(op));
  else if (isFullReduction(op))
    lowerFullReduction(op);
  else if (auto write = dyn_cast<vector::TransferWriteOp>(op))
    lowerWrite(write);
  else if (auto yield = dyn_cast<scf::YieldOp>(op))
    lowerYield(yield);
  else {
    flush(op);
    if (touchesTiles(op)) {
      if (auto loop = dyn_cast<scf::ForOp>(op))
        lowerFor(loop);
      else if (auto branch = dyn_cast<scf::IfOp>(op))
        lowerIf(branch);
      else if (auto forall = dyn_cast<scf::ForallOp>(op))
        lowerForall(forall);
    }
  }
  if (op->hasTrait<OpTrait::IsTerminator>())
    releaseAll();
  else
    releaseDead(op);
}

void BlockLowering::lowerContraction(vector::ContractionOp op) {
  ContractionShape shape = *ContractionShape::of(op);
  SmallVector<Value> forced;
  for (Value operand : {shape.left, shape.right})
    if (!isRecomputable(operand) ||
        !Contraction::canReadInPlace(c.unit, op, shape, operand))
      forced.push_back(operand);
  SmallVector<Operation *> cone;
  if (!matchPattern(op.getAcc(), m_AnyZeroFloat())) {
    cone = takeCone(op.getAcc(), op);
    if (cone.empty() && !isRecomputable(op.getAcc()))
      forced.push_back(op.getAcc());
  }
  flush(op, forced);
  Value result = resultScratch(op, cone);
  Contraction(c, op, shape).emit(result);
  for (Value tile : c.buffers.residents(result))
    c.buffers.forget(tile);
  own(op.getResult(), result);
}

Value BlockLowering::resultScratch(vector::ContractionOp op,
                                   ArrayRef<Operation *> cone) {
  // Which scratch the accumulator's value comes from, and how.
  StagePlan start(c.buffers);
  for (Operation *inner : cone)
    start.add(inner);
  start.addCopy(op.getAcc(), {});
  start.planAccesses();
  Value left = c.buffers.lookup(op.getLhs()),
        right = c.buffers.lookup(op.getRhs());
  auto isUsable = [&](Value scratch) {
    return scratch != left && scratch != right &&
           start.mayOverwrite(scratch, start.roots()[0]);
  };
  MemRefType type = scratchType(op.getResult());
  Value home = homeOf(op.getResult(), type, op, /*isAfter=*/true);
  if (home && isUsable(home))
    return home;
  for (Value scratch : start.scratchRead())
    if (scratch.getType() == type && !c.buffers.isPinned(scratch) &&
        isUsable(scratch) && isDead(scratch, op, /*isAfter=*/true))
      return scratch;
  return c.buffers.allocate(type);
}

void BlockLowering::lowerSolve(SolveForwardOp op) {
  flush(op, {op.getPairs(), op.getRight()});
  MemRefType type = scratchType(op.getSolution());
  Value right = c.buffers.lookup(op.getRight());
  bool inPlace = right != c.buffers.lookup(op.getPairs()) &&
                 right.getType() == type && !c.buffers.isPinned(right) &&
                 isDead(right, op, /*isAfter=*/true);
  Value result = inPlace ? right : c.buffers.allocate(type);
  emitForwardSolve(c, op, result);
  for (Value tile : c.buffers.residents(result))
    c.buffers.forget(tile);
  own(op.getSolution(), result);
}

void BlockLowering::lowerColumnReduction(vector::MultiDimReductionOp op) {
  SmallVector<Operation *> cone = takeCone(op.getSource(), op);
  SmallVector<Value> forced;
  if (cone.empty() && !isRecomputable(op.getSource()))
    forced.push_back(op.getSource());
  flush(op, forced);
  Value scratch = c.buffers.allocate(scratchType(op.getResult()));
  emitColumnReduction(c, op, scratch);
  own(op.getResult(), scratch);
}

void BlockLowering::lowerFullReduction(Operation *op) {
  Value source = op->getOperand(0);
  flush(op, {source});
  op->getResult(0).replaceAllUsesWith(emitFullReduction(c, op));
}

void BlockLowering::lowerWrite(vector::TransferWriteOp op) {
  Value root = memoryRoot(op.getBase());
  bool readsWhatItWrites = llvm::any_of(plan.ops(), [&](Operation *waiting) {
    Value memory = readMemory(waiting);
    return memory && memoryRoot(memory) == root;
  });
  if (readsWhatItWrites)
    flush(op, {op.getVector()});
  flush(op, {}, op);
}

/// A tile that nobody else reads is carried where it lies, also where that is
/// the destination of this block: a loop in a loop that carries the same.
void BlockLowering::lowerFor(scf::ForOp op) {
  SmallVector<Value> places, copied, copies;
  for (auto [init, argument] :
       llvm::zip_equal(op.getInitArgs(), op.getRegionIterArgs())) {
    if (!isTile(init))
      continue;
    Value place = c.buffers.lookup(init);
    bool canTake = place && place.getType() == scratchType(argument) &&
                   (!c.buffers.isPinned(place) ||
                    llvm::is_contained(destinations, place)) &&
                   c.buffers.residents(place).size() == 1 &&
                   llvm::count(op.getInitArgs(), init) == 1 &&
                   !c.lifetimes.isReadAfter(init, op) &&
                   !Lifetimes::isReadWithin(init, op);
    if (canTake) {
      c.buffers.forget(init);
    } else {
      place = c.buffers.allocate(scratchType(argument));
      copied.push_back(init);
      copies.push_back(place);
    }
    c.buffers.pin(place);
    places.push_back(place);
  }
  copyAll(copied, copies);
  unsigned next = 0;
  for (Value argument : op.getRegionIterArgs())
    if (isTile(argument))
      c.buffers.place(argument, places[next++]);
  Prefetches prefetches(op, c.unit, c.shared);
  const Prefetches *outer = std::exchange(c.prefetches, &prefetches);
  BlockLowering(c, *op.getBody(), places).lower();
  c.prefetches = outer;
  next = 0;
  for (auto [argument, result] :
       llvm::zip_equal(op.getRegionIterArgs(), op.getResults())) {
    if (!isTile(result))
      continue;
    c.buffers.forget(argument);
    c.buffers.unpin(places[next]);
    own(result, places[next++]);
  }
}

void BlockLowering::lowerIf(scf::IfOp op) {
  SmallVector<Value> places;
  for (Value result : op.getResults()) {
    if (!isTile(result))
      continue;
    MemRefType type = scratchType(result);
    Value place = homeOf(result, type, op, /*isAfter=*/true);
    if (!place || llvm::is_contained(places, place))
      place = c.buffers.allocate(type);
    c.buffers.pin(place);
    places.push_back(place);
  }
  llvm::DenseMap<Value, Value> before = c.buffers.allPlaces();
  for (Region &region : op->getRegions()) {
    if (region.empty())
      continue;
    BlockLowering(c, region.front(), places).lower();
    c.buffers.restore(before);
  }
  unsigned next = 0;
  for (Value result : op.getResults()) {
    if (!isTile(result))
      continue;
    for (Value tile : c.buffers.residents(places[next]))
      c.buffers.forget(tile);
    c.buffers.unpin(places[next]);
    own(result, places[next++]);
  }
}

void BlockLowering::lowerForall(scf::ForallOp op) {
  SharedPanels shared(b, c.unit, op);
  const SharedPanels *outer = std::exchange(c.shared, &shared);
  Buffers::Scope scope(c.buffers, op.getBody());
  BlockLowering(c, *op.getBody()).lower();
  c.shared = outer;
}

void BlockLowering::lowerYield(scf::YieldOp op) {
  flush(op);
  SmallVector<Value> tiles, places;
  unsigned next = 0;
  for (Value operand : op.getOperands()) {
    if (!isTile(operand))
      continue;
    Value place = destinations[next++];
    if (c.buffers.lookup(operand) == place)
      continue;
    tiles.push_back(operand);
    places.push_back(place);
  }
  copyAll(tiles, places);
}

} // namespace attention
