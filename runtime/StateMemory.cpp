//===- Where the state of a session is ------------------------------------===//
#include "runtime/StateMemory.h"

#include "runtime/Status.h"
#include "runtime/cuda/Device.h"

#include <cstdlib>
#include <cstring>

using namespace attention;

StateMemory::~StateMemory() { free(); }

void StateMemory::free() {
  if (device && block)
    cuda::DeviceMemory::adopt(*device, reinterpret_cast<cuda::Address>(block));
  else
    std::free(block);
  block = nullptr;
}

attn_status *StateMemory::allocate(int64_t bytes) {
  free();
  if (bytes == 0)
    return nullptr;
  if (device) {
    cuda::DeviceMemory memory;
    if (attn_status *status =
            memory.allocate(*device, bytes, "the state of a session"))
      return status;
    block = reinterpret_cast<char *>(memory.release());
    return nullptr;
  }
  int64_t size;
  if (!__builtin_add_overflow(bytes, roomToAlign, &size))
    block = static_cast<char *>(std::malloc(static_cast<size_t>(size)));
  if (block)
    return nullptr;
  return makeStatus(ATTN_OUT_OF_MEMORY, "not enough memory for a session of " +
                                            std::to_string(bytes) + " bytes");
}

attn_status *StateCopy::copy(char *target, const char *source,
                             int64_t bytes) const {
  if (!from && !to) {
    std::memcpy(target, source, static_cast<size_t>(bytes));
    return nullptr;
  }
  const attn_device &device = to ? *to : *from;
  cuda::Current current(device);
  if (attn_status *status = current.status())
    return status;
  if (from && to)
    return device.copyWithin(target, source, bytes);
  return to ? device.copyIn(target, source, bytes)
            : device.copyOut(target, source, bytes);
}

attn_status *StateCopy::finish() const {
  if (!from && !to)
    return nullptr;
  const attn_device &device = to ? *to : *from;
  cuda::Current current(device);
  if (attn_status *status = current.status())
    return status;
  return device.wait();
}
