#include "lowering/nvptx/OrderForRegisters.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Instructions.h"

using namespace llvm;

namespace attention {

/// Whether an instruction must keep its place among others like it. Loads must
/// only not pass these.
static bool isAnchored(const Instruction &instruction) {
  if (isa<PHINode>(instruction) || instruction.isTerminator() ||
      instruction.mayWriteToMemory())
    return true;
  auto *call = dyn_cast<CallBase>(&instruction);
  return call && (call->isConvergent() || call->mayHaveSideEffects());
}

namespace {

/// Puts the instructions of one block in order.
class BlockOrder {
public:
  explicit BlockOrder(BasicBlock &block) : block(block) {}

  void apply() {
    SmallVector<Instruction *> before;
    for (Instruction &instruction : block)
      before.push_back(&instruction);
    for (Instruction *instruction : before) {
      if (isAnchored(*instruction))
        placeAnchor(instruction);
      else if (instruction->mayReadFromMemory())
        loads.push_back(instruction);
    }
    for (Instruction *instruction : ordered)
      instruction->moveBefore(block, block.end());
  }

private:
  bool isNeededElsewhere(const Instruction &instruction) const {
    return any_of(instruction.users(), [&](const User *user) {
      return isa<PHINode>(user) ||
             cast<Instruction>(user)->getParent() != &block;
    });
  }

  void placeAnchor(Instruction *anchor) {
    if (isa<PHINode>(anchor))
      return place(anchor);
    for (Value *operand : anchor->operands())
      if (auto *needed = dyn_cast<Instruction>(operand))
        if (needed->getParent() == &block)
          place(needed);
    // The end of the block comes behind all that other blocks need. No load has
    // to be there before what needs it is.
    if (anchor->isTerminator())
      for (Instruction &instruction : block)
        if (isNeededElsewhere(instruction))
          place(&instruction);
    for (Instruction *load : loads)
      place(load);
    loads.clear();
    place(anchor);
  }

  /// Places an instruction behind what it needs. A stack instead of recursion:
  /// chains of sums are long.
  void place(Instruction *root) {
    SmallVector<std::pair<Instruction *, unsigned>> stack;
    if (placed.insert(root).second)
      stack.push_back({root, 0});
    while (!stack.empty()) {
      auto &[instruction, next] = stack.back();
      if (isa<PHINode>(instruction) || next == instruction->getNumOperands()) {
        ordered.push_back(instruction);
        stack.pop_back();
        continue;
      }
      auto *operand = dyn_cast<Instruction>(instruction->getOperand(next++));
      if (operand && operand->getParent() == &block &&
          placed.insert(operand).second)
        stack.push_back({operand, 0});
    }
  }

  BasicBlock &block;
  SmallVector<Instruction *> loads; ///< not yet placed, since the last anchor
  DenseSet<Instruction *> placed;
  SmallVector<Instruction *> ordered;
};

} // namespace

PreservedAnalyses OrderForRegistersPass::run(Function &function,
                                             FunctionAnalysisManager &) {
  for (BasicBlock &block : function)
    BlockOrder(block).apply();
  PreservedAnalyses preserved;
  preserved.preserveSet<CFGAnalyses>();
  return preserved;
}

} // namespace attention
