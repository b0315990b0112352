//===- Handles of the C ABI that free themselves ----------------*- C++ -*-===//
#ifndef ATTENTION_TOOLS_ATTENTIONRUN_HANDLES_H
#define ATTENTION_TOOLS_ATTENTIONRUN_HANDLES_H

#include "runtime/attention.h"
#include "runtime/files/Result.h"

#include <memory>

namespace attention {

template <typename T, void (*Function)(T *)> struct FreeWith {
  void operator()(T *pointer) const { Function(pointer); }
};

using ModelHandle =
    std::unique_ptr<attn_model, FreeWith<attn_model, attn_model_free>>;
using WeightsHandle =
    std::unique_ptr<attn_weights, FreeWith<attn_weights, attn_weights_free>>;
using PoolHandle =
    std::unique_ptr<attn_pool, FreeWith<attn_pool, attn_pool_free>>;
using RunnerHandle =
    std::unique_ptr<attn_runner, FreeWith<attn_runner, attn_runner_free>>;
using DeviceHandle =
    std::unique_ptr<attn_device, FreeWith<attn_device, attn_device_free>>;
using DeviceMemoryHandle =
    std::unique_ptr<attn_device_memory,
                    FreeWith<attn_device_memory, attn_device_memory_free>>;
using SessionHandle =
    std::unique_ptr<attn_session, FreeWith<attn_session, attn_session_free>>;

/// The failure that a status tells of, which is freed.
inline MaybeFailure failureOf(attn_status *status) {
  if (!status)
    return std::nullopt;
  Failure failure{attn_status_message(status)};
  attn_status_free(status);
  return failure;
}

} // namespace attention
#endif
