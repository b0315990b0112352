//===- A function with the buffers of its runs -----------------*- C++ -*-===//
#ifndef ATTENTION_TOOLS_ATTENTIONRUN_BOUNDRUN_H
#define ATTENTION_TOOLS_ATTENTIONRUN_BOUNDRUN_H

#include "runtime/files/HostTensor.h"
#include "tools/attention-run/Handles.h"

namespace attention {

inline attn_tensor viewOf(HostTensor &tensor) {
  return {tensor.data(), tensor.shape.data(), static_cast<int32_t>(tensor.type),
          static_cast<int32_t>(tensor.shape.size())};
}

/// Runs a function again and again on the same inputs.
class BoundRun {
public:
  /// `weights` and `pool` as for a runner; on `device` where that is not null.
  MaybeFailure bind(const attn_function *function, const attn_weights *weights,
                    attn_pool *pool, attn_device *device = nullptr);

  /// Makes room for the outputs of runs on `inputs`, which the caller keeps.
  MaybeFailure makeRoom(std::vector<HostTensor> &inputs);

  /// From now on runs take their inputs from the device, and leave results
  /// there.
  MaybeFailure moveToDevice();

  MaybeFailure run();

  /// Brings back results that are on the device.
  MaybeFailure fetchResults();

  const std::vector<HostTensor> &results() const { return outputs; }
  int64_t workspaceBytes() const {
    return bytes + attn_runner_device_bytes(runner.get());
  }

private:
  MaybeFailure allocateOutputs(const std::vector<int64_t> &sizes);
  MaybeFailure addMemory(int64_t bytes);

  const attn_function *function = nullptr;
  attn_device *device = nullptr;
  RunnerHandle runner;
  std::vector<HostTensor> outputs; // in the order of the function
  std::vector<attn_tensor> inputViews, outputViews;
  struct Free {
    void operator()(void *pointer) const { std::free(pointer); }
  };
  std::unique_ptr<void, Free> workspace;
  int64_t bytes = 0;
  std::vector<DeviceMemoryHandle> moved; // inputs, then outputs
};

} // namespace attention

#endif
