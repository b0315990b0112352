//===- Weights on devices -------------------------------------------------===//
#include "runtime/cuda/Uploads.h"

#include "runtime/Status.h"

#include <algorithm>

using namespace attention;
using namespace attention::cuda;

attn_status *Uploads::upload(attn_device &device, const void *data,
                             int64_t bytes,
                             std::shared_ptr<const DeviceMemory> &memory) {
  Current current(device);
  if (attn_status *status = current.status())
    return status;
  bool onDevice = false;
  if (attn_status *status = device.locate(data, onDevice))
    return status;
  if (onDevice)
    return reinterpret_cast<uintptr_t>(data) % 16 == 0
               ? nullptr
               : makeStatus(ATTN_INVALID, "expects weights on a device to be "
                                          "aligned to 16 bytes");
  // Also during the copy: who asks for the same meanwhile waits for it.
  const std::lock_guard<std::mutex> lock(mutex);
  entries.erase(
      std::remove_if(entries.begin(), entries.end(),
                     [](const Entry &entry) { return entry.memory.expired(); }),
      entries.end());
  for (const Entry &entry : entries)
    if (entry.device == &device && entry.data == data &&
        (memory = entry.memory.lock()) && memory->size() >= bytes)
      return nullptr;
  auto made = std::make_shared<DeviceMemory>();
  if (attn_status *status = made->allocate(device, bytes, "weights"))
    return status;
  if (attn_status *status = device.copyIn(made->data(), data, bytes))
    return status;
  if (attn_status *status = device.wait())
    return status;
  entries.push_back({&device, data, made});
  memory = std::move(made);
  return nullptr;
}
