//===- Statuses of the C ABI ------------------------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_STATUS_H
#define ATTENTION_RUNTIME_STATUS_H

#include "runtime/attention.h"

#include <new>
#include <string>

namespace attention {

/// A status of the heap; the one that says "out of memory" where there is none.
attn_status *makeStatus(attn_code code, const std::string &message) noexcept;

attn_status *outOfMemory() noexcept;

/// Null if a handle is there, else what is missing: "expects a runner, ...".
attn_status *checkHandle(const void *handle, const char *what) noexcept;

/// Runs `body`, which returns a status, so that no exception leaves.
template <typename Body> attn_status *guarded(Body body) noexcept {
  try {
    return body();
  } catch (const std::exception &) {
    // Our code throws nothing; the standard library throws bad_alloc, and
    // length_error for sizes that no memory holds.
    return outOfMemory();
  }
}

} // namespace attention
#endif
