/// Loops over threads.
#ifndef ATTENTION_INTERPRETER_PARALLEL_H
#define ATTENTION_INTERPRETER_PARALLEL_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include <cstdint>

namespace attention {

/// Calls `body(begin, end)` on up to `threads` neighbouring ranges that make up
/// `[0, count)`, each on a thread of its own; returns when all have ended.
void parallelRanges(int64_t count, int64_t threads,
                    llvm::function_ref<void(int64_t, int64_t)> body);

} // namespace attention

#endif // ATTENTION_INTERPRETER_PARALLEL_H
