/// Runs one block of threads of a kernel.
#ifndef ATTENTION_TEST_EMULATOR_BLOCK_H
#define ATTENTION_TEST_EMULATOR_BLOCK_H

#include "test/emulator/AsyncCopies.h"
#include "test/emulator/BlockBarriers.h"
#include "test/emulator/GlobalWrites.h"
#include "test/emulator/Mbarriers.h"
#include "test/emulator/Memory.h"
#include "test/emulator/SharedMemory.h"
#include "test/emulator/Warp.h"
#include <deque>

namespace attention::emulator {

/// What the warps of a block share.
struct BlockState {
  BlockState(llvm::Function &kernel, unsigned threads, unsigned number,
             unsigned count, uint64_t sharedBytes, const GlobalMemory &global,
             WritersOfLaunch &writers);
  /// Ends the program: what the kernel does wrong, and by which instruction.
  [[noreturn]] void fail(const std::string &what,
                         const llvm::Instruction *instruction) const;

  llvm::Function &kernel;
  unsigned threads, number, count;
  const GlobalMemory &global;
  Causality causality;
  GlobalWrites globalWrites;
  SharedMemory shared;
  AsyncCopies copies;
  BlockBarriers barriers;
  /// Grows by whatever a warp may wait for.
  uint64_t changes = 0;
  Mbarriers mbarriers;
  Warpgroups warpgroups;
};

/// How a kernel is started.
struct Launch {
  llvm::Function &kernel;
  llvm::ArrayRef<Bits> arguments;
  unsigned blocks, threads;
  uint64_t sharedBytes;
};

/// Runs all blocks, one after another. What they count must be zero again.
void run(const Launch &launch, const GlobalMemory &global);

/// Warps run in turn, each until it waits for others.
class Block {
public:
  Block(const Launch &launch, unsigned number, const GlobalMemory &global,
        WritersOfLaunch &writers);
  void run();

private:
  bool runEachWarp();
  [[noreturn]] void failStuck();

  BlockState state;
  KernelCode code;
  std::deque<Warp> warps;
};

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_BLOCK_H
