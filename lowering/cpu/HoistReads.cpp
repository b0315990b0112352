#include "lowering/cpu/HoistReads.h"

#include "lowering/Tiles.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/OperationSupport.h"

using namespace mlir;

namespace attention {

/// Whether `index` does not come from memory: then it is right wherever it is
/// known, not only under some condition.
static bool isComputed(Value index) {
  Operation *op = index.getDefiningOp();
  if (!op)
    return true;
  if (op->getNumRegions() || isa<memref::LoadOp>(op))
    return false;
  return llvm::all_of(op->getOperands(), [](Value operand) {
    return !operand.getType().isIntOrIndex() || isComputed(operand);
  });
}

/// Whether the read touches nothing outside of its memref even if it stands
/// where its result is not used.
static bool isSafeAnywhere(vector::TransferReadOp read) {
  auto memref = cast<MemRefType>(read.getShapedType());
  VectorType tile = read.getVectorType();
  int64_t leading = memref.getRank() - tile.getRank();
  for (auto [dim, index] : llvm::enumerate(read.getIndices())) {
    if (!isComputed(index))
      return false;
    int64_t inTile = static_cast<int64_t>(dim) - leading;
    if (inTile < 0 || !read.isDimInBounds(inTile))
      continue;
    APInt first;
    if (!matchPattern(index, m_ConstantInt(&first)) ||
        first.getSExtValue() + tile.getDimSize(inTile) > memref.getDimSize(dim))
      return false;
  }
  return true;
}

static void hoist(vector::TransferReadOp read) {
  if (!isSafeAnywhere(read))
    return;
  while (isa<scf::ForOp, scf::IfOp>(read->getParentOp())) {
    Operation *parent = read->getParentOp();
    bool isFixed = llvm::all_of(read->getOperands(), [&](Value operand) {
      return !parent->isAncestor(operand.getParentBlock()->getParentOp());
    });
    if (!isFixed || mayWrite(parent, memoryRoot(read.getBase())))
      return;
    read->moveBefore(parent);
  }
}

/// Makes equal reads one, of those in a block between which nothing is written.
static void unite(Block &block) {
  SmallVector<vector::TransferReadOp> seen;
  for (Operation &op : llvm::make_early_inc_range(block)) {
    auto read = dyn_cast<vector::TransferReadOp>(op);
    if (!read) {
      if (mayWrite(&op, {}))
        seen.clear();
      continue;
    }
    auto *same = llvm::find_if(seen, [&](vector::TransferReadOp other) {
      return OperationEquivalence::isEquivalentTo(
          other, read, OperationEquivalence::IgnoreLocations);
    });
    if (same == seen.end()) {
      seen.push_back(read);
      continue;
    }
    read.getResult().replaceAllUsesWith(same->getResult());
    read.erase();
  }
}

void hoistReads(func::FuncOp function) {
  SmallVector<vector::TransferReadOp> reads;
  function.walk([&](vector::TransferReadOp read) { reads.push_back(read); });
  for (vector::TransferReadOp read : reads)
    hoist(read);
  function.walk([](Block *block) { unite(*block); });
}

} // namespace attention
