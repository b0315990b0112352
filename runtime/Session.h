//===- A sequence that a function is fed piece by piece ---------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_SESSION_H
#define ATTENTION_RUNTIME_SESSION_H

#include "runtime/StateLayout.h"

#include <memory>

/// There may be thousands: only what no call can find out otherwise.
struct attn_session {
  /// With its state on `device`, if that is not null.
  attn_session(const attn_function &step, int64_t batch, attn_device *device)
      : step(step), batch(batch), memory(device) {}

  /// Makes other room for the state, which stays as it is.
  attn_status *reserve(attention::StateRoom wanted);
  attn_status *fork(std::unique_ptr<attn_session> &copy) const;
  attn_status *save(const char *path) const;
  attn_status *load(const char *path);
  attn_status *run(attn_runner &runner, const attn_tensor *inputs,
                   const attn_tensor *results, void *workspace, int64_t bytes);
  /// Checks the inputs; `more` becomes how many tokens they have.
  attn_status *plan(attn_runner &runner, const attn_tensor *inputs,
                    int64_t &more);

  const attn_function &step;
  const int64_t batch;
  int64_t tokens = 0;
  attention::StateRoom room{0, attention::leastPiece};
  bool isBroken = false; ///< a run failed on the way
  attention::StateMemory memory;

private:
  attn_status *countTokens(const attn_tensor *inputs, int64_t &more) const;
  attn_status *makeRoom(int64_t more);
  attn_status *forget(attn_runner &runner, int64_t more);
  attn_status *putArguments(attn_runner &runner,
                            const attn_tensor *inputs) const;
};

namespace attention {
/// What a session takes beside its state: itself, room to align the state, and
/// what malloc adds to each of the two (glibc: 24 bytes at most).
constexpr int64_t bytesBesideState = 192;
static_assert(sizeof(attn_session) + StateMemory::roomToAlign + 2 * 40 <=
              bytesBesideState);
} // namespace attention

#endif
