#include "lowering/cpu/StagePlan.h"

#include "lowering/Tiles.h"
#include "lowering/cpu/MaskedTiles.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace attention {

void StagePlan::add(Operation *op) {
  opList.push_back(op);
  opSet.insert(op);
}

void StagePlan::remove(const llvm::DenseSet<Operation *> &removed) {
  llvm::erase_if(opList, [&](Operation *op) { return removed.contains(op); });
  for (Operation *op : removed)
    opSet.erase(op);
}

void StagePlan::addRoot(Value tile) {
  if (!isRoot(tile))
    rootList.push_back({tile, {}, {}});
}

void StagePlan::addCopy(Value tile, Value scratch) {
  rootList.push_back({tile, scratch, {}});
}

void StagePlan::addWrite(vector::TransferWriteOp write) {
  rootList.push_back({write.getVector(), {}, write});
}

bool StagePlan::isRoot(Value tile) const {
  return llvm::any_of(rootList, [&](const Root &root) {
    return root.tile == tile && !root.write;
  });
}

int StagePlan::phase(Value tile) {
  Operation *op = tile.getDefiningOp();
  if (!isTile(tile) || !op || !contains(op) || buffers->lookup(tile))
    return 0;
  auto found = phases.find(tile);
  if (found != phases.end())
    return found->second;
  int result = 0;
  for (Value operand : op->getOperands())
    result = std::max(result, phase(operand));
  // A reduction that starts from another's result waits for it.
  return phases[tile] = result + isRowReduction(op);
}

/// Loops of one phase, by masks: there are hardly more.
static constexpr int kLoopsOfPhase = 8;

Value StagePlan::maskOf(const Root &root) {
  if (root.write || !hasColumns(tileType(root.tile)))
    return {};
  std::optional<MaskedTile> masked = maskedTile(root.tile);
  return masked ? masked->mask : Value();
}

Value StagePlan::maskOf(Operation *rowReduction) {
  return maskOfReduction(cast<vector::MultiDimReductionOp>(rowReduction));
}

int StagePlan::loopOf(int phase, Value mask) {
  auto *found = llvm::find(masks, mask);
  int number = mask ? found - masks.begin() + 1 : 0;
  if (mask && found == masks.end())
    masks.push_back(mask);
  return phase * kLoopsOfPhase + number;
}

int StagePlan::loopOf(const Root &root) {
  return loopOf(phase(root.tile), maskOf(root));
}

int StagePlan::loopOf(Operation *rowReduction) {
  return loopOf(phase(rowReduction->getResult(0)) - 1, maskOf(rowReduction));
}

/// Whether a rank-1 tile can only be computed element by element: it depends on
/// a column of memory.
bool StagePlan::needsElements(Value tile) {
  Operation *op = tile.getDefiningOp();
  if (!isTile(tile) || !op || buffers->lookup(tile))
    return false;
  auto found = elementwise.find(tile);
  if (found != elementwise.end())
    return found->second;
  ArrayRef<int64_t> shape = tileType(tile).getShape();
  bool isColumn = shape.size() == 2 && shape[1] == 1 && shape[0] != 1;
  bool result = isColumn && readMemory(op);
  if (!isRowReduction(op))
    for (Value operand : op->getOperands())
      result = result || needsElements(operand);
  return elementwise[tile] = result;
}

Nest StagePlan::nestOf(Value tile) {
  VectorType type = tileType(tile);
  if (type.getRank() == 2 || phase(tile) > 0 || needsElements(tile))
    return {true, type.getDimSize(0)};
  return {false, type.getDimSize(0)};
}

bool StagePlan::isCostly(Value tile) {
  Operation *op = tile.getDefiningOp();
  if (!isTile(tile) || !op || !contains(op) || buffers->lookup(tile) ||
      isRoot(tile) || isRowReduction(op))
    return false;
  auto found = costly.find(tile);
  if (found != costly.end())
    return found->second;
  bool result = isExpensive(op);
  for (Value operand : op->getOperands())
    result = result || (isTile(operand) && hasColumns(tileType(operand)) &&
                        isCostly(operand));
  return costly[tile] = result;
}

/// Whether one vector has what would take as long for each row alone.
bool StagePlan::isCheaperFlat(Operation *op) {
  Value tile = op->getResult(0);
  return isExpensive(op) && tileType(tile).getNumElements() > 1 &&
         !nestOf(tile).hasRows;
}

void StagePlan::addExpensiveRoots() {
  for (Operation *op : opList) {
    Value tile = op->getResult(0);
    if (isRoot(tile))
      continue;
    if (isCheaperFlat(op))
      addRoot(tile);
    if (!hasColumns(tileType(tile)))
      continue;
    bool readLater = llvm::any_of(op->getUsers(), [&](Operation *user) {
      return contains(user) && !isRowReduction(user) &&
             phase(user->getResult(0)) > phase(tile);
    });
    if (readLater && isCostly(tile))
      addRoot(tile);
    costly.erase(tile);
  }
}

std::string StagePlan::patternOf(Value tile, const Nest &nest) const {
  std::string pattern;
  VectorType type = tileType(tile);
  for (auto [dim, size] : llvm::enumerate(type.getShape()))
    pattern += size == 1 ? 'u' : (nest.hasRows && dim == 0) ? 'r' : 'l';
  return pattern;
}

void StagePlan::planAccesses() {
  for (const Root &root : rootList) {
    Nest nest = nestOf(root.tile);
    collect(root.tile, patternOf(root.tile, nest), nest, loopOf(root));
  }
  // Reductions run even where nothing of them is a root.
  for (Operation *op : opList)
    if (isRowReduction(op)) {
      Value tile = op->getResult(0);
      collect(tile, "r", nestOf(tile), loopOf(phase(tile), {}));
    }
}

void StagePlan::collect(Value tile, std::string pattern, const Nest &nest,
                        int loop) {
  for (auto [dim, size] : llvm::enumerate(tileType(tile).getShape()))
    if (size == 1)
      pattern[dim] = 'u';
  if (!visited.insert({tile.getAsOpaquePointer(), pattern, loop, nest}).second)
    return;
  if (Value scratch = buffers->lookup(tile)) {
    accesses.push_back({scratch, nest, loop, pattern});
    return;
  }
  // A root of an earlier nest is read from its own scratch.
  if (isRoot(tile) && !(nestOf(tile) == nest))
    return;
  if (Operation *op = tile.getDefiningOp())
    collectOperands(op, pattern, nest, loop);
}

void StagePlan::collectOperands(Operation *op, const std::string &pattern,
                                const Nest &nest, int loop) {
  if (auto reduction = dyn_cast<vector::MultiDimReductionOp>(op)) {
    collect(reduction.getSource(), "rl", nest, loopOf(op));
    collect(reduction.getAcc(), pattern, nest, loop);
    return;
  }
  for (Value operand : op->getOperands()) {
    if (!isTile(operand))
      continue;
    std::string inner = pattern;
    VectorType type = tileType(operand);
    if (isa<vector::BroadcastOp>(op))
      inner = pattern.substr(pattern.size() - type.getRank());
    else if (isa<vector::ShapeCastOp>(op)) {
      std::string proper;
      for (char dim : pattern)
        if (dim != 'u')
          proper += dim;
      inner.clear();
      for (int64_t size : type.getShape()) {
        inner += size == 1 ? 'u' : proper.front();
        if (size != 1)
          proper.erase(0, 1);
      }
    }
    collect(operand, inner, nest, loop);
  }
}

SmallVector<Value> StagePlan::scratchRead() const {
  SmallVector<Value> scratch;
  for (const Access &access : accesses)
    if (!llvm::is_contained(scratch, access.scratch))
      scratch.push_back(access.scratch);
  return scratch;
}

bool StagePlan::mayOverwrite(Value scratch, const Root &root) {
  Nest nest = nestOf(root.tile);
  std::string pattern = patternOf(root.tile, nest);
  // Rank-1 tiles are stored after all phases of a row.
  bool isLast = !hasColumns(tileType(root.tile));
  auto proper = [](std::string dims) {
    llvm::erase(dims, 'u');
    return dims;
  };
  return llvm::all_of(accesses, [&](const Access &access) {
    return access.scratch != scratch ||
           (access.nest == nest && proper(access.pattern) == proper(pattern) &&
            (isLast || access.loop <= loopOf(root)));
  });
}

} // namespace attention
