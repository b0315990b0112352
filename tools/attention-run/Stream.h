//===- The token axis fed in chunks ----------------------------*- C++ -*-===//
#ifndef ATTENTION_TOOLS_ATTENTIONRUN_STREAM_H
#define ATTENTION_TOOLS_ATTENTIONRUN_STREAM_H

#include "runtime/files/RunOptions.h"
#include "tools/attention-run/Handles.h"

namespace attention {

/// A session of a function that is fed a whole sequence piece by piece.
class Stream {
public:
  /// For inputs with all their tokens. `weights` and `pool` as for a runner; on
  /// `device` where that is not null.
  MaybeFailure prepare(const attn_function *function,
                       const attn_weights *weights, attn_pool *pool,
                       attn_device *device, const RunOptions &options,
                       const std::vector<HostTensor> &inputs);

  /// Feeds everything; the results are those of all tokens.
  MaybeFailure run(const std::vector<HostTensor> &inputs,
                   std::vector<HostTensor> &results);

  MaybeFailure save(const std::string &path) const;

  int64_t workspaceBytes() const {
    return bytes + attn_runner_device_bytes(runner.get());
  }
  int64_t stateBytes() const { return state; }

private:
  MaybeFailure begin();
  MaybeFailure feed(const std::vector<HostTensor> &inputs, int64_t from,
                    int64_t count, std::vector<HostTensor> &results);
  MaybeFailure makeRoom(const std::vector<int64_t> &sizes, int64_t count,
                        std::vector<HostTensor> &parts,
                        std::vector<HostTensor> &results);

  const attn_function *function = nullptr;
  RunnerHandle runner;
  SessionHandle session;
  std::vector<int64_t> lengths; // of the chunks; the last one repeats
  std::string loadedFrom;
  int64_t tokens = 0; // of the inputs
  std::unique_ptr<void, void (*)(void *)> workspace{nullptr, std::free};
  int64_t room = 0, bytes = 0, state = 0; // bytes: the most that a chunk took
};

} // namespace attention
#endif
