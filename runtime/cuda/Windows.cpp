//===- Elements of a device's memory, seen from the host ------------------===//
#include "runtime/cuda/Windows.h"

#include "runtime/Status.h"

#include <algorithm>

using namespace attention;
using namespace attention::cuda;

Windows::Windows(attn_device &device) : device(device) {}

void Windows::dropAll() {
  for (Window &window : windows)
    window.bytes = 0, window.changed = false;
  inUse = false;
}

void Windows::addRange(const void *start, int64_t bytes) {
  if (bytes > 0)
    ranges.push_back({reinterpret_cast<Address>(start), bytes});
}

const Windows::Range *Windows::rangeOf(Address address, int64_t bytes) const {
  for (const Range &range : ranges)
    if (address >= range.start &&
        address + static_cast<Address>(bytes) <=
            range.start + static_cast<Address>(range.bytes))
      return &range;
  return nullptr;
}

attn_status *Windows::writeBack(Window &window) {
  if (!window.bytes || !window.changed)
    return nullptr;
  window.changed = false;
  if (attn_status *status =
          device.copyIn(reinterpret_cast<void *>(window.start),
                        window.copy.data(), window.bytes))
    return status;
  return device.wait();
}

/// Elements are as wide as powers of two, so that none lies in two windows.
attn_status *Windows::fill(Window &window, const Range &range,
                           Address address) {
  if (attn_status *status = writeBack(window))
    return status;
  window.copy.resize(static_cast<size_t>(windowBytes));
  const auto width = static_cast<Address>(windowBytes);
  window.start = range.start + (address - range.start) / width * width;
  const Address end = range.start + static_cast<Address>(range.bytes);
  window.bytes =
      std::min<int64_t>(windowBytes, static_cast<int64_t>(end - window.start));
  inUse = true;
  if (attn_status *status =
          device.copyOut(window.copy.data(),
                         reinterpret_cast<void *>(window.start), window.bytes))
    return status;
  return device.wait();
}

attn_status *Windows::element(const void *pointer, int64_t bytes, bool writes,
                              void *&place) {
  const auto address = reinterpret_cast<Address>(pointer);
  Window *found =
      std::find_if(std::begin(windows), std::end(windows), [&](Window &window) {
        return address >= window.start &&
               address + static_cast<Address>(bytes) <=
                   window.start + static_cast<Address>(window.bytes);
      });
  if (found == std::end(windows)) {
    const Range *range = rangeOf(address, bytes);
    if (!range)
      return makeStatus(ATTN_BAD_FILE, "the model's code looks for an element "
                                       "outside of its buffers");
    found = &windows[next];
    next = (next + 1) % std::size(windows);
    if (attn_status *status = fill(*found, *range, address))
      return status;
  }
  found->changed |= writes;
  place = found->copy.data() + (address - found->start);
  return nullptr;
}

attn_status *Windows::flush() {
  if (!inUse)
    return nullptr;
  attn_status *first = nullptr;
  for (Window &window : windows)
    if (!first)
      first = writeBack(window);
  dropAll();
  return first;
}
