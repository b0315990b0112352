/// The memory that an emulated block sees.
#ifndef ATTENTION_TEST_EMULATOR_MEMORY_H
#define ATTENTION_TEST_EMULATOR_MEMORY_H

#include <cstdint>
#include <string>
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

/// The shared memory of one block. Threads run in step here, so that a missing
/// barrier would go unnoticed: each access is checked against those of other
/// warps since the last barrier instead.
class SharedMemory {
public:
  explicit SharedMemory(uint64_t bytes) : places(bytes) {}

  void barrier() { ++epoch; }
  /// Each returns what is wrong, or an empty text.
  std::string read(uint64_t address, uint8_t *to, uint64_t bytes,
                   unsigned thread);
  std::string write(uint64_t address, const uint8_t *from, uint64_t bytes,
                    unsigned thread);
  /// Between the two, nobody may read or write there.
  std::string beginCopy(uint64_t address, uint64_t bytes, unsigned thread);
  void endCopy(uint64_t address, const uint8_t *from, uint64_t bytes,
               unsigned thread);

private:
  struct Place {
    uint8_t value = 0;
    bool written = false, copied = false, inFlight = false;
    uint32_t writtenAt = 0, readAt = 0; ///< epochs
    uint32_t readers = 0;               ///< bits of warps
    unsigned writer = 0;                ///< a thread
  };
  std::string mayWrite(const Place &place, unsigned thread) const;
  std::vector<Place> places;
  uint32_t epoch = 1;
};

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_MEMORY_H
