#include "passes/BufferLifetimes.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

#include <algorithm>

using namespace mlir;

namespace attention {

BufferLifetimes::BufferLifetimes(func::FuncOp function)
    : function(function), views(function) {
  for (Operation &op : function.getBody().getOps())
    number(&op);
}

void BufferLifetimes::number(Operation *op) {
  int64_t first = next++;
  if (!isa<scf::ForallOp>(op))
    for (Region &region : op->getRegions())
      for (Operation &nested : region.getOps())
        number(&nested);
  spans[op] = {first, next - 1};
}

/// Whether `op` does nothing with a buffer but to give it another name.
static bool onlyRenames(Operation *op) {
  return isa<ViewLikeOpInterface>(op) || isa<scf::YieldOp>(op);
}

Lifetime BufferLifetimes::ofUse(Operation *user, Operation *alloc) const {
  // The outermost loop around the use that does not contain the buffer repeats
  // the use; other regions only place it.
  Operation *anchor = nullptr;
  for (Operation *op = user; op != function; op = op->getParentOp()) {
    bool repeats = isa<LoopLikeOpInterface>(op) && op != user &&
                   !op->isProperAncestor(alloc);
    if (repeats || (!anchor && spans.contains(op)))
      anchor = op;
  }
  return spans.lookup(anchor);
}

/// Appends `user`, and where it takes the buffer's address as a number, who
/// uses what is computed of that.
static void collectUses(Operation *user, bool isNumber,
                        SmallVectorImpl<Operation *> &uses) {
  uses.push_back(user);
  isNumber |= isa<memref::ExtractAlignedPointerAsIndexOp>(user);
  if (isNumber)
    for (Operation *next : user->getUsers())
      collectUses(next, isNumber, uses);
}

Lifetime BufferLifetimes::of(Operation *alloc) const {
  SmallVector<Operation *> uses;
  for (Value view : views.resolve(alloc->getResult(0)))
    for (Operation *user : view.getUsers())
      if (!onlyRenames(user))
        collectUses(user, /*isNumber=*/false, uses);
  Lifetime lifetime{next, -1};
  for (Operation *user : uses) {
    Lifetime use = ofUse(user, alloc);
    lifetime.first = std::min(lifetime.first, use.first);
    lifetime.last = std::max(lifetime.last, use.last);
  }
  return lifetime;
}

bool BufferLifetimes::leavesItsLoop(Operation *alloc) const {
  auto loop = alloc->getParentOfType<LoopLikeOpInterface>();
  if (!loop)
    return false;
  return llvm::any_of(views.resolve(alloc->getResult(0)), [&](Value view) {
    Operation *owner = view.getParentBlock()->getParentOp();
    bool carried = isa<BlockArgument>(view) && owner == loop;
    return carried || !(owner == loop || loop->isProperAncestor(owner));
  });
}

} // namespace attention
