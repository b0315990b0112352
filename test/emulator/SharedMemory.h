/// The shared memory of one block.
#ifndef ATTENTION_TEST_EMULATOR_SHAREDMEMORY_H
#define ATTENTION_TEST_EMULATOR_SHAREDMEMORY_H

#include "test/emulator/Causality.h"
#include <cstdlib>
#include <memory>
#include <string>

namespace attention::emulator {

/// A text, or null.
using Wrong = const char *;

/// Warps run one after another here, so that a missing barrier would go
/// unnoticed: each access is checked against those of other warps that nothing
/// orders before it instead.
class SharedMemory {
public:
  SharedMemory(uint64_t bytes, unsigned warps, const Causality &causality);

  /// Each returns what is wrong, if anything.
  Wrong read(uint64_t address, uint8_t *to, uint64_t bytes, unsigned thread);
  Wrong write(uint64_t address, const uint8_t *from, uint64_t bytes,
              unsigned thread);

  /// Between the two, nobody may read or write there. What ends a copy is its
  /// thread, or an agent that is no warp.
  Wrong beginCopy(uint64_t address, uint64_t bytes, unsigned thread);
  void endCopy(uint64_t address, const uint8_t *from, uint64_t bytes,
               unsigned agent, unsigned thread);

  /// The asynchronous proxy reads for `readers` warps; until each of them has
  /// ended it, nobody may write there.
  Wrong beginRead(uint64_t address, uint8_t *to, uint64_t bytes, unsigned warp,
                  unsigned readers);
  void endRead(uint64_t address, uint64_t bytes, unsigned warp);

  /// Bytes of an mbarrier are for its instructions alone.
  Wrong reserve(uint64_t address, uint64_t bytes, unsigned thread);
  void unreserve(uint64_t address, uint64_t bytes);

private:
  struct Place {
    uint8_t value;
    bool isWritten : 1, isCopied : 1, isInFlight : 1, isReserved : 1;
    uint16_t writer;       ///< an agent
    uint16_t writerThread; ///< of a copy
    uint16_t asyncReads;   ///< that have not ended
    uint32_t writtenAt;
    uint32_t readers; ///< bits of warps, since the last write
  };
  Wrong mayRead(const Place &place, unsigned thread) const;
  Wrong mayWrite(uint64_t address, unsigned thread) const;
  bool isSynchronized(const Place &place, unsigned thread) const;
  void noteRead(uint64_t address, unsigned warp);

  /// From calloc, whose pages are not there before they are used.
  template <typename T> struct Zeros {
    explicit Zeros(uint64_t count)
        : data(static_cast<T *>(std::calloc(count ? count : 1, sizeof(T)))) {}
    T &operator[](uint64_t i) { return data.get()[i]; }
    const T &operator[](uint64_t i) const { return data.get()[i]; }
    struct Free {
      void operator()(T *data) const { std::free(data); }
    };
    std::unique_ptr<T, Free> data;
  };
  uint64_t size;
  unsigned warps;
  const Causality &causality;
  Zeros<Place> places;
  Zeros<uint32_t> readAt; ///< for each place, the time of each warp's read
};

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_SHAREDMEMORY_H
