//===- Weights on devices ---------------------------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_CUDA_UPLOADS_H
#define ATTENTION_RUNTIME_CUDA_UPLOADS_H

#include "runtime/cuda/Device.h"

#include <vector>

namespace attention::cuda {

/// Which tensors of a set of weights are on which device, for as long as a
/// runner uses them.
class Uploads {
public:
  /// Copies a tensor unless a runner still has its copy; leaves `memory` null
  /// where the tensor is the device's already.
  attn_status *upload(attn_device &device, const void *data, int64_t bytes,
                      std::shared_ptr<const DeviceMemory> &memory);

private:
  struct Entry {
    const attn_device *device;
    const void *data;
    std::weak_ptr<const DeviceMemory> memory;
  };
  std::mutex mutex;
  std::vector<Entry> entries;
};

} // namespace attention::cuda
#endif
