//===- Statuses of the C ABI ----------------------------------------------===//
#include "runtime/Status.h"

struct attn_status {
  attn_code code;
  std::string message;
};

using namespace attention;

/// Short enough for the string to hold without the heap.
static attn_status *theOutOfMemory() noexcept {
  static attn_status status{ATTN_OUT_OF_MEMORY, "out of memory"};
  return &status;
}

attn_status *attention::outOfMemory() noexcept { return theOutOfMemory(); }

attn_status *attention::makeStatus(attn_code code,
                                   const std::string &message) noexcept {
  try {
    return new attn_status{code, message};
  } catch (const std::bad_alloc &) {
    return theOutOfMemory();
  }
}

attn_status *attention::checkHandle(const void *handle,
                                    const char *what) noexcept {
  return handle ? nullptr
                : makeStatus(ATTN_INVALID,
                             "expects " + std::string(what) + ", but got null");
}

attn_code attn_status_code(const attn_status *status) {
  return status ? status->code : ATTN_OK;
}

const char *attn_status_message(const attn_status *status) {
  return status ? status->message.c_str() : "";
}

void attn_status_free(attn_status *status) {
  if (status != theOutOfMemory())
    delete status;
}
