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
  MaybeFailure writeOutputs(const RunOptions &options) const;

  const char *functionName() const { return attn_function_name(function); }
  int64_t threads() const { return attn_pool_workers(pool.get()); }
  int64_t workspaceBytes() const {
    return isSession ? stream.workspaceBytes() : bound.workspaceBytes();
  }
  int64_t stateBytes() const { return isSession ? stream.stateBytes() : 0; }

private:
  MaybeFailure checkNames(const RunOptions &options) const;
  MaybeFailure readWeights(const RunOptions &options);
  MaybeFailure readInputs(const RunOptions &options);

  const attn_function *function = nullptr;
  std::vector<HostTensor> given;    // weights that --input gives
  std::vector<HostTensor> inputs;   // in the order of the function
  std::vector<HostTensor> streamed; // results of the stream, likewise
  WeightsHandle weights;
  PoolHandle pool;
  BoundRun bound;
  bool isSession = false; // the stream is in the place of the bound run
  Stream stream;
};

} // namespace attention
#endif
