/// What the warps of a launch have written to global memory.
#ifndef ATTENTION_TEST_EMULATOR_GLOBALWRITES_H
#define ATTENTION_TEST_EMULATOR_GLOBALWRITES_H

#include "test/emulator/Causality.h"
#include "test/emulator/SharedMemory.h"
#include "llvm/ADT/DenseMap.h"

namespace attention::emulator {

/// The block of the last write to each element, by where the element starts.
using WritersOfLaunch = llvm::DenseMap<uint64_t, unsigned>;

/// Checks what one block does with elements against writes of other warps that
/// nothing orders before it, and of other blocks. What is read and then written
/// over, and what another block wrote and this one reads, is not looked at, nor
/// what a warp does that has acquired a lock.
class GlobalWrites {
public:
  GlobalWrites(const Causality &causality, unsigned block,
               WritersOfLaunch &writers)
      : causality(causality), block(block), writers(writers) {}

  /// Each returns what is wrong, if anything. A write that `changes` nothing
  /// may come from two warps.
  Wrong read(uint64_t address, unsigned warp) const;
  Wrong write(uint64_t address, bool changes, unsigned warp);
  /// An atomic operation orders what `warp` does from now on.
  void acquire(unsigned warp) { acquired |= 1u << warp; }

private:
  struct Write {
    unsigned warp;
    uint32_t time;
  };
  bool hasAcquired(unsigned warp) const { return acquired >> warp & 1; }
  bool isOrdered(const Write &write, unsigned warp) const;

  const Causality &causality;
  unsigned block;
  WritersOfLaunch &writers;
  uint32_t acquired = 0; ///< bits of warps
  llvm::DenseMap<uint64_t, Write> writes;
};

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_GLOBALWRITES_H
