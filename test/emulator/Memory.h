/// The global memory of an emulated device.
#ifndef ATTENTION_TEST_EMULATOR_MEMORY_H
#define ATTENTION_TEST_EMULATOR_MEMORY_H

#include "llvm/IR/Module.h"
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace attention::emulator {

/// Buffers of the host stand for global memory.
class GlobalMemory {
public:
  /// Gives the variables of `code` memory, zeros, at the host's own addresses.
  void addVariables(const llvm::Module &code);
  void removeVariables(const llvm::Module &code);
  /// Where a variable is; 0 for one that has no memory here.
  uint64_t addressOf(const llvm::GlobalVariable *variable) const;
  /// The number in `NAME_items`, null for a kernel that takes no items.
  const uint32_t *itemsOf(const llvm::Function &kernel) const;

  /// With the host's own addresses.
  void add(const void *start, uint64_t bytes);
  /// Kernels see `start` at `address`.
  void addAt(uint64_t address, void *start, uint64_t bytes);
  /// What was added at `address`.
  void remove(uint64_t address);
  /// The bytes at `address`, null if they are not all within one buffer.
  uint8_t *at(uint64_t address, uint64_t bytes) const;

private:
  struct Buffer {
    uint64_t address, bytes;
    uint8_t *start;
  };
  std::vector<Buffer> buffers;
  std::map<const llvm::GlobalVariable *, std::unique_ptr<uint64_t[]>> variables;
};

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_MEMORY_H
