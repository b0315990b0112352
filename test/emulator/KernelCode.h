/// What all warps of a block share of their kernel.
#ifndef ATTENTION_TEST_EMULATOR_KERNELCODE_H
#define ATTENTION_TEST_EMULATOR_KERNELCODE_H

#include "test/emulator/AssemblyCall.h"
#include "test/emulator/Memory.h"
#include "test/emulator/Values.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Analysis/PostDominators.h"
#include "llvm/IR/Function.h"
#include <unordered_map>

namespace attention::emulator {

class KernelCode {
public:
  KernelCode(llvm::Function &function, const GlobalMemory &global);

  /// Numbers of arguments and instructions.
  unsigned numberOf(const llvm::Value *value) const {
    return numbers.find(value)->second;
  }
  unsigned count() const { return numbers.size(); }
  /// Null for a constant that is not known. Shared memory starts at 0.
  const LaneValues *constant(llvm::Constant *constant);
  /// Where ways that part at the end of `block` meet again; null for nowhere.
  llvm::BasicBlock *joinOf(llvm::BasicBlock *block) const {
    return joins.getNode(block)->getIDom()->getBlock();
  }

  const AssemblyCall &assemblyOf(llvm::CallInst &call) {
    return assembly.try_emplace(&call, call).first->second;
  }

  llvm::Function &function;

private:
  const GlobalMemory &global;
  bool evaluate(llvm::Constant *element, Bits &bits);

  llvm::PostDominatorTree joins;
  llvm::DenseMap<const llvm::Value *, unsigned> numbers;
  /// What is in it stays where it is while others are added.
  std::unordered_map<llvm::Constant *, LaneValues> constants;
  std::unordered_map<llvm::CallInst *, AssemblyCall> assembly;
};

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_KERNELCODE_H
