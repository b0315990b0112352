/// The global memory of an emulated device.
#ifndef ATTENTION_TEST_EMULATOR_MEMORY_H
#define ATTENTION_TEST_EMULATOR_MEMORY_H

#include <cstdint>
#include <vector>

namespace attention::emulator {

/// Buffers of the host stand for global memory.
class GlobalMemory {
public:
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
};

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_MEMORY_H
