#include "passes/FusionGroup.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_FUSEEPILOGUE
#include "passes/Passes.h.inc"

/// Every op is tried as the last of a group, from the end of the block on, so
/// that those who read a value are grouped before it is.
static void fuseBlock(Block &block, int64_t panelBytes) {
  DenseSet<Operation *> grouped;
  SmallVector<SmallVector<Operation *>> groups;
  for (Operation &last : llvm::reverse(block)) {
    if (!FusionGroup::canEnd(&last) || grouped.contains(&last))
      continue;
    FusionGroup group(&last, panelBytes);
    for (Operation *op = last.getPrevNode(); op; op = op->getPrevNode())
      if (!grouped.contains(op))
        group.add(op);
    grouped.insert(group.ops().begin(), group.ops().end());
    if (group.ops().size() > 1)
      groups.emplace_back(llvm::reverse(group.ops()));
  }
  for (ArrayRef<Operation *> group : groups)
    fuse(group);
}

namespace {
struct FuseEpilogue : impl::FuseEpilogueBase<FuseEpilogue> {
  using FuseEpilogueBase::FuseEpilogueBase;
  void runOnOperation() override {
    SmallVector<Block *> blocks;
    getOperation().walk([&](Block *block) {
      // Regions of the dialect hold scalars, or are fused already.
      Operation *parent = block->getParentOp();
      if (parent == getOperation() ||
          !isa<AttentionDialect>(parent->getDialect()))
        blocks.push_back(block);
    });
    for (Block *block : blocks)
      fuseBlock(*block, panelBytes);
  }
};
} // namespace

} // namespace attention
