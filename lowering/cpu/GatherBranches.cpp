#include "lowering/cpu/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_GATHERBRANCHES
#include "lowering/cpu/Passes.h.inc"

/// Whether it works on values alone, and has a value for either side.
static bool isPure(scf::IfOp branch) {
  return branch.getNumResults() != 0 && isMemoryEffectFree(branch);
}

/// Adds `op` to `needed` and, of the ops between `first` and it, those that it
/// depends on, also in its regions. Fails if one of them has to stay, or needs
/// what `first` yields.
static LogicalResult collectNeeded(Operation *op, scf::IfOp first,
                                   llvm::SetVector<Operation *> &needed) {
  if (!needed.insert(op))
    return success();
  if (!isMemoryEffectFree(op))
    return failure();
  WalkResult walk = op->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands()) {
      Operation *made = operand.getDefiningOp();
      if (made == first)
        return WalkResult::interrupt();
      if (made && made->getBlock() == first->getBlock() &&
          first->isBeforeInBlock(made) &&
          failed(collectNeeded(made, first, needed)))
        return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return failure(walk.wasInterrupted());
}

/// One branch that yields what both do. Upstream's canonicalization joins
/// neighbours as well, but forgets their attributes.
static scf::IfOp join(scf::IfOp first, scf::IfOp later) {
  OpBuilder b(later);
  SmallVector<Type> types(first.getResultTypes());
  llvm::append_range(types, later.getResultTypes());
  auto both = scf::IfOp::create(b, first.getLoc(), types, first.getCondition(),
                                /*addThenBlock=*/true, /*addElseBlock=*/true);
  both->setDiscardableAttrs(first->getDiscardableAttrDictionary());
  for (auto [region, one, other] : llvm::zip(
           both->getRegions(), first->getRegions(), later->getRegions())) {
    Block &block = region.front();
    SmallVector<Value> yielded;
    for (Region *part : {&one, &other}) {
      Operation *yield = part->front().getTerminator();
      llvm::append_range(yielded, yield->getOperands());
      yield->erase();
      block.getOperations().splice(block.end(), part->front().getOperations());
    }
    b.setInsertionPointToEnd(&block);
    scf::YieldOp::create(b, first.getLoc(), yielded);
  }
  ResultRange results = both.getResults();
  first.replaceAllUsesWith(results.take_front(first.getNumResults()));
  later.replaceAllUsesWith(results.drop_front(first.getNumResults()));
  first.erase();
  later.erase();
  return both;
}

/// Joins what it can to the first branch on the same condition.
static void gather(Block &block) {
  llvm::DenseMap<Value, scf::IfOp> firsts;
  for (Operation &op : llvm::make_early_inc_range(block)) {
    auto branch = dyn_cast<scf::IfOp>(op);
    if (!branch || !isPure(branch))
      continue;
    auto [found, isNew] = firsts.insert({branch.getCondition(), branch});
    if (isNew)
      continue;
    scf::IfOp &first = found->second;
    llvm::SetVector<Operation *> needed;
    if (first->getDiscardableAttrDictionary() !=
            branch->getDiscardableAttrDictionary() ||
        failed(collectNeeded(branch, first, needed)))
      continue;
    needed.remove(branch);
    SmallVector<Operation *> inOrder = needed.takeVector();
    llvm::sort(inOrder, [](Operation *one, Operation *other) {
      return one->isBeforeInBlock(other);
    });
    for (Operation *each : inOrder)
      each->moveBefore(first);
    branch->moveAfter(first);
    first = join(first, branch);
  }
}

namespace {
struct GatherBranches : impl::GatherBranchesBase<GatherBranches> {
  void runOnOperation() override {
    // Inner ones first: those of branches that are joined are done by then.
    SmallVector<Block *> blocks;
    getOperation().walk([&](Block *block) { blocks.push_back(block); });
    for (Block *block : blocks)
      gather(*block);
  }
};
} // namespace

} // namespace attention
