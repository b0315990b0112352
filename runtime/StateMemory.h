//===- Where the state of a session is -------------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_STATEMEMORY_H
#define ATTENTION_RUNTIME_STATEMEMORY_H

#include "runtime/attention.h"

#include <utility>

namespace attention {

/// Memory for a state, of the host or of a device, which starts at a multiple
/// of 64 bytes in it.
class StateMemory {
public:
  explicit StateMemory(attn_device *device = nullptr) : device(device) {}
  StateMemory(StateMemory &&other) noexcept { swap(other); }
  StateMemory &operator=(StateMemory &&other) noexcept {
    swap(other);
    return *this;
  }
  ~StateMemory();

  /// Gives the old memory back, whether there is enough for the new or not.
  attn_status *allocate(int64_t bytes);

  char *get() const {
    const auto place = reinterpret_cast<uintptr_t>(block);
    return reinterpret_cast<char *>((place + 63) / 64 * 64);
  }

  /// Null: the host's.
  attn_device *where() const { return device; }

  /// Blocks of malloc are aligned to 16 bytes, so that this is enough; those of
  /// devices to more.
  static constexpr int64_t roomToAlign = 48;

private:
  void swap(StateMemory &other) noexcept {
    std::swap(block, other.block);
    std::swap(device, other.device);
  }
  void free();

  char *block = nullptr; // null for a state without bytes
  attn_device *device = nullptr;
};

/// Copies from one state to another, each on the host (null) or on a device:
/// the same one where both are.
class StateCopy {
public:
  StateCopy(attn_device *from, attn_device *to) : from(from), to(to) {}

  attn_status *copy(char *target, const char *source, int64_t bytes) const;
  /// Until then what is copied from or to a device has to stay.
  attn_status *finish() const;

private:
  attn_device *const from, *const to;
};

} // namespace attention
#endif
