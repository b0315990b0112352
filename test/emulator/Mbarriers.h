/// The mbarriers of a block.
#ifndef ATTENTION_TEST_EMULATOR_MBARRIERS_H
#define ATTENTION_TEST_EMULATOR_MBARRIERS_H

#include "test/emulator/SharedMemory.h"
#include <map>
#include <vector>

namespace attention::emulator {

/// Bytes that a bulk copy writes to shared memory.
struct BulkPart {
  uint64_t address;
  std::vector<uint8_t> data;
};

/// Objects in shared memory that go from phase to phase: one is complete when
/// as many threads as the object was made for have arrived, and all bytes that
/// it was told to expect have come (PTX ISA, "Parallel synchronization and
/// communication instructions: mbarrier"). Bulk copies land as late as may be:
/// their bytes come when somebody asks for the phase, and are there when it is
/// told that the phase is complete.
class Mbarriers {
public:
  Mbarriers(SharedMemory &shared, Causality &causality, uint64_t &changes)
      : shared(shared), causality(causality), changes(changes) {}

  /// Each returns what is wrong, if anything.
  Wrong make(uint64_t address, uint64_t count, unsigned thread);
  Wrong unmake(uint64_t address, unsigned warp);
  Wrong expect(uint64_t address, uint64_t bytes, unsigned warp);
  /// `state` becomes the phase that the arrival is for.
  Wrong arrive(uint64_t address, uint64_t count, unsigned warp,
               uint64_t &state);
  /// Whether the phase is complete that `state` is for, or the last one of
  /// that parity.
  Wrong test(uint64_t address, uint64_t state, bool isParity, unsigned warp,
             bool &isComplete);
  /// A copy that thread `thread` starts.
  Wrong copy(uint64_t address, std::vector<BulkPart> parts, unsigned thread);

  /// The state of one, for messages.
  std::string describe(uint64_t address) const;

private:
  struct Mbarrier {
    uint64_t count, pending; ///< arrivals: of a phase, and still to come
    int64_t bytes = 0;       ///< still to come
    uint64_t phase = 0;
    unsigned agent;                 ///< stands for its copies
    unsigned maker;                 ///< a warp
    uint32_t madeAt;                ///< when
    Knowledge arriving, complete{}; ///< of this phase, and those before
    std::vector<BulkPart> started, come, landing;
  };
  Wrong find(uint64_t address, unsigned warp, Mbarrier *&found);
  void advance(Mbarrier &mbarrier);
  void land(Mbarrier &mbarrier);

  SharedMemory &shared;
  Causality &causality;
  uint64_t &changes; ///< what warps may wait for
  std::map<uint64_t, Mbarrier> mbarriers;
};

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_MBARRIERS_H
