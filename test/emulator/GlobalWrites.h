/// What the warps of one block have written to global memory.
#ifndef ATTENTION_TEST_EMULATOR_GLOBALWRITES_H
#define ATTENTION_TEST_EMULATOR_GLOBALWRITES_H

#include "test/emulator/Causality.h"
#include "test/emulator/SharedMemory.h"
#include "llvm/ADT/DenseMap.h"

namespace attention::emulator {

/// Checks accesses of elements against writes of other warps that nothing
/// orders before them. An element is told by where it starts; those of other
/// blocks, and what is read and then written over, are not looked at.
class GlobalWrites {
public:
  explicit GlobalWrites(const Causality &causality) : causality(causality) {}

  /// Each returns what is wrong, if anything. A write that `changes` nothing
  /// may come from two warps.
  Wrong read(uint64_t address, unsigned warp) const;
  Wrong write(uint64_t address, bool changes, unsigned warp);

private:
  struct Write {
    unsigned warp;
    uint32_t time;
  };
  bool isOrdered(const Write &write, unsigned warp) const;

  const Causality &causality;
  llvm::DenseMap<uint64_t, Write> writes;
};

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_GLOBALWRITES_H
