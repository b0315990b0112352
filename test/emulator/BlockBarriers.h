/// The barriers of a block.
#ifndef ATTENTION_TEST_EMULATOR_BLOCKBARRIERS_H
#define ATTENTION_TEST_EMULATOR_BLOCKBARRIERS_H

#include "test/emulator/Causality.h"
#include <array>
#include <string>

namespace attention::emulator {

/// A block has 16 barriers, at which warps meet: those that wait there, and
/// those that only arrive (PTX ISA, "bar, barrier"). Counts are of threads.
class BlockBarriers {
public:
  explicit BlockBarriers(Causality &causality) : causality(causality) {}

  /// Returns what is wrong, or an empty text. Whoever completes a barrier
  /// opens it for the next round.
  std::string arrive(uint64_t id, uint64_t threads, unsigned warp, bool waits);
  /// How often the barrier was completed.
  uint64_t rounds(uint64_t id) const { return barriers[id].rounds; }
  /// Whether some have arrived, and others not.
  bool isOpen(uint64_t id) const { return !barriers[id].arrived.empty(); }
  std::string describe(uint64_t id) const;

private:
  struct Barrier {
    uint64_t expected = 0, rounds = 0;
    std::vector<unsigned> arrived, waiting; ///< warps
    Knowledge knowledge;
  };
  std::array<Barrier, 16> barriers;
  Causality &causality;
};

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_BLOCKBARRIERS_H
