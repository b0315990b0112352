#include "lowering/cpu/SinkIntoBranches.h"

#include "lowering/Tiles.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace attention {

static bool isCheap(Operation *op) {
  return isPointwise(op) && op->getNumOperands() != 0 && !isExpensive(op) &&
         !isRowReduction(op) && !readMemory(op);
}

static void sink(Operation *op, scf::IfOp branch) {
  for (Region &region : branch->getRegions()) {
    auto isInside = [&](OpOperand &use) {
      return region.isAncestor(use.getOwner()->getParentRegion());
    };
    if (llvm::none_of(op->getUses(), isInside))
      continue;
    OpBuilder builder = OpBuilder::atBlockBegin(&region.front());
    Operation *copy = builder.clone(*op);
    op->getResult(0).replaceUsesWithIf(copy->getResult(0), isInside);
  }
  op->erase();
}

void sinkIntoBranches(func::FuncOp function) {
  function.walk([](scf::IfOp branch) {
    // Backwards: what an op reads may follow it.
    Operation *op = branch->getPrevNode();
    while (op) {
      Operation *before = op->getPrevNode();
      if (isCheap(op) && !op->use_empty() &&
          llvm::all_of(op->getUsers(), [&](Operation *user) {
            return branch->isProperAncestor(user);
          }))
        sink(op, branch);
      op = before;
    }
  });
}

} // namespace attention
