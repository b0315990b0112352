//===- One model, its inputs and its outputs --------------------*- C++ -*-===//
#ifndef ATTENTION_TOOLS_ATTENTIONRUN_MODELRUN_H
#define ATTENTION_TOOLS_ATTENTIONRUN_MODELRUN_H

#include "runtime/files/RunOptions.h"
#include "tools/attention-run/BoundRun.h"
#include "tools/attention-run/Stream.h"

namespace attention {

/// A function of a loaded model with all its buffers.
class ModelRun {
public:
  /// Binds the weights, reads the inputs and makes room for the outputs.
  MaybeFailure prepare(const attn_model *model, const RunOptions &options);

  MaybeFailure run();

  /// Writes what --output asks for.
  MaybeFailure writeOutputs(const RunOptions &options);

  const char *functionName() const { return attn_function_name(function); }
  /// Of this machine's processors.
  int64_t threads() const { return pool ? attn_pool_workers(pool.get()) : 1; }
  /// "cpu", or what the driver calls the device.
  std::string deviceName() const {
    return device ? attn_device_name(device.get()) : "cpu";
  }
  int64_t workspaceBytes() const {
    return isSession ? stream.workspaceBytes() : bound.workspaceBytes();
  }
  int64_t stateBytes() const { return isSession ? stream.stateBytes() : 0; }

private:
  MaybeFailure checkNames(const RunOptions &options) const;
  MaybeFailure openTarget(const RunOptions &options);
  MaybeFailure readWeights(const RunOptions &options);
  MaybeFailure readInputs(const RunOptions &options);

  const attn_function *function = nullptr;
  std::vector<HostTensor> given;    // weights that --input gives
  std::vector<HostTensor> inputs;   // in the order of the function
  std::vector<HostTensor> streamed; // results of the stream, likewise
  WeightsHandle weights;
  PoolHandle pool;     // null on a device
  DeviceHandle device; // null on processors
  BoundRun bound;
  bool isSession = false; // the stream is in the place of the bound run
  Stream stream;
};

} // namespace attention
#endif
