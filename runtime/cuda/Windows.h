//===- Elements of a device's memory, seen from the host --------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_CUDA_WINDOWS_H
#define ATTENTION_RUNTIME_CUDA_WINDOWS_H

#include "runtime/cuda/Device.h"

#include <vector>

namespace attention::cuda {

/// Copies of a few stretches of a device's memory, of which single elements are
/// read and written. Whatever else happens on the device in between needs
/// flush() before.
class Windows {
public:
  explicit Windows(attn_device &device);

  /// Forgets everything: from now on, memory is what is added.
  void clear() { ranges.clear(), dropAll(); }
  void addRange(const void *start, int64_t bytes);

  /// Where the element at `address` lies on the host until the next call; with
  /// `writes` it may be changed there.
  attn_status *element(const void *address, int64_t bytes, bool writes,
                       void *&place);

  /// Writes back what was changed and forgets what was read.
  attn_status *flush();

private:
  static constexpr int64_t windowBytes = 16 * 1024;
  struct Range {
    Address start;
    int64_t bytes;
  };
  struct Window {
    Address start = 0;
    int64_t bytes = 0; // 0: not in use
    bool changed = false;
    std::vector<char> copy;
  };
  void dropAll();
  const Range *rangeOf(Address address, int64_t bytes) const;
  attn_status *fill(Window &window, const Range &range, Address address);
  attn_status *writeBack(Window &window);

  attn_device &device;
  std::vector<Range> ranges;
  Window windows[4];
  size_t next = 0;    // whose turn it is to be given up
  bool inUse = false; // whether any is
};

} // namespace attention::cuda
#endif
