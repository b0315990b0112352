#include "lowering/cpu/Lifetimes.h"

#include "lowering/Tiles.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

using namespace mlir;

namespace attention {

Lifetimes::Lifetimes(Operation *function) {
  function->walk([&](Block *block) {
    unsigned index = 0;
    for (Operation &op : *block)
      order[&op] = index++;
  });
}

/// The ops that read `tile`, through views.
static void collectReaders(Value tile, SmallVectorImpl<Operation *> &readers) {
  for (Operation *user : tile.getUsers()) {
    readers.push_back(user);
    if (isView(user))
      collectReaders(user->getResult(0), readers);
  }
}

bool Lifetimes::isReadWithin(Value tile, Operation *op) {
  SmallVector<Operation *> readers;
  collectReaders(tile, readers);
  return llvm::any_of(
      readers, [&](Operation *reader) { return op->isProperAncestor(reader); });
}

bool Lifetimes::isRead(Value tile, Operation *op, bool inclusive) const {
  SmallVector<Operation *> readers;
  collectReaders(tile, readers);
  for (;;) {
    Block *block = op->getBlock();
    for (Operation *reader : readers) {
      Operation *here = block->findAncestorOpInBlock(*reader);
      if (!here)
        continue;
      if (here == op ? inclusive : order.lookup(here) > order.lookup(op))
        return true;
    }
    Operation *parent = block->getParentOp();
    if (tile.getParentBlock() == block || isa<FunctionOpInterface>(parent))
      return false;
    // The next iteration of a loop reads what came from outside of it again.
    if (isa<LoopLikeOpInterface>(parent) &&
        llvm::any_of(readers, [&](Operation *reader) {
          return parent->isProperAncestor(reader);
        }))
      return true;
    op = parent;
    inclusive = false;
  }
}

} // namespace attention
