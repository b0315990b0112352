/// Copies from global to shared memory that a thread does not wait for.
#ifndef ATTENTION_TEST_EMULATOR_ASYNCCOPIES_H
#define ATTENTION_TEST_EMULATOR_ASYNCCOPIES_H

#include "test/emulator/SharedMemory.h"
#include <array>
#include <deque>
#include <vector>

namespace attention::emulator {

/// What one block has in flight by `cp.async` (PTX ISA, "Data movement and
/// conversion instructions: asynchronous copy"). Data lands as late as may be:
/// when its own thread waits for its group. What nobody waits for never does.
class AsyncCopies {
public:
  AsyncCopies(SharedMemory &shared, unsigned threads)
      : shared(shared), ofThread(threads) {}

  /// Returns what is wrong, if anything. Of `bytes` bytes at
  /// `address`, as many as `from` has come from there, and the rest are zeros.
  Wrong issue(uint64_t address, uint64_t bytes,
              const std::vector<uint8_t> &from, unsigned thread);
  void commit(unsigned thread);
  /// For all groups of a thread but the latest `pending`.
  void wait(unsigned thread, uint64_t pending);

private:
  struct Copy {
    uint64_t address, bytes;
    std::array<uint8_t, 16> data;
  };
  using Group = std::vector<Copy>;
  struct Groups {
    std::deque<Group> committed;
    Group open;
  };
  SharedMemory &shared;
  std::vector<Groups> ofThread;
};

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_ASYNCCOPIES_H
