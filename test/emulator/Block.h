/// Runs one block of threads of a kernel.
#ifndef ATTENTION_TEST_EMULATOR_BLOCK_H
#define ATTENTION_TEST_EMULATOR_BLOCK_H

#include "test/emulator/AsyncCopies.h"
#include "test/emulator/Memory.h"
#include "test/emulator/Numbers.h"
#include "test/emulator/Wgmma.h"
#include "llvm/Analysis/PostDominators.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include <unordered_map>

namespace attention::emulator {

/// One value: for each of its elements (of a vector or struct; one otherwise),
/// the bits of every thread.
using LaneValues = std::vector<std::vector<Bits>>;
/// Which threads take part.
using Mask = std::vector<bool>;

/// All threads of a block run in step, under masks where they take different
/// ways, which join again at the post-dominator. Anything that a kernel must
/// not do, and any instruction that is not known, ends the program with a
/// message.
class Block {
public:
  Block(llvm::Function &kernel, llvm::ArrayRef<Bits> arguments,
        unsigned threads, unsigned number, uint64_t sharedBytes,
        const GlobalMemory &global);
  void run();

private:
  void runFrom(llvm::BasicBlock *block, const Mask &mask,
               llvm::BasicBlock *end);
  void enter(llvm::BasicBlock &block, const Mask &mask);
  void execute(llvm::Instruction &instruction, const Mask &mask);
  LaneValues evaluate(llvm::Instruction &instruction, const Mask &mask);
  LaneValues elementwise(llvm::Instruction &instruction);
  LaneValues shuffleElements(llvm::Instruction &instruction);
  LaneValues bitcast(llvm::Value *source, llvm::Type *to);
  LaneValues address(llvm::GetElementPtrInst &instruction);
  LaneValues load(llvm::LoadInst &instruction, const Mask &mask);
  void store(llvm::StoreInst &instruction, const Mask &mask);
  LaneValues exchange(llvm::AtomicRMWInst &instruction, const Mask &mask);
  void access(bool writes, llvm::Type *pointer, Bits address, uint8_t *bytes,
              uint64_t count, unsigned thread, uint64_t alignment);

  LaneValues call(llvm::CallInst &call, const Mask &mask);
  LaneValues assembly(llvm::CallInst &call, const Mask &mask);
  LaneValues multiplyByWarpgroups(llvm::CallInst &call,
                                  const MatrixStatement &statement);
  uint16_t leftElement(llvm::CallInst &call, const MatrixStatement &statement,
                       unsigned group, unsigned row, unsigned depth);
  uint16_t sharedElement(const MatrixDescriptor &where, unsigned row,
                         unsigned depth, bool transposed, unsigned group);
  LaneValues mathFunction(llvm::IntrinsicInst &call);
  LaneValues warpFunction(llvm::IntrinsicInst &call, const Mask &mask);
  LaneValues shuffle(llvm::IntrinsicInst &call);
  LaneValues loadMatrices(llvm::IntrinsicInst &call, bool transposed);
  LaneValues multiplyHalves(llvm::IntrinsicInst &call, llvm::Type *half);
  LaneValues multiplyTf32(llvm::IntrinsicInst &call);
  LaneValues multiplyDoubles(llvm::IntrinsicInst &call);
  LaneValues asyncFunction(llvm::IntrinsicInst &call, const Mask &mask);
  LaneValues copyAsync(llvm::IntrinsicInst &call, uint64_t bytes,
                       const Mask &mask);
  void expectAll(const Mask &mask, llvm::Instruction &instruction);
  [[noreturn]] void fail(const std::string &what);
  [[noreturn]] void failAt(const std::string &what, Bits sharedAddress);

  const LaneValues &get(llvm::Value *value);
  LaneValues constant(llvm::Constant *constant);
  LaneValues make(size_t elements) const;

  llvm::Function &kernel;
  unsigned threads, number;
  SharedMemory shared;
  AsyncCopies copies;
  const GlobalMemory &global;
  llvm::PostDominatorTree joins;
  /// What is in it stays where it is while others are added.
  std::unordered_map<llvm::Value *, LaneValues> values;
  std::vector<llvm::BasicBlock *> cameFrom;
  llvm::Instruction *current = nullptr;
};

/// The element types of a value's type.
llvm::SmallVector<llvm::Type *> elementsOf(llvm::Type *type);

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_BLOCK_H
