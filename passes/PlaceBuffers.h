/// Places for buffers of known size and lifetime in one stretch of memory.
#ifndef ATTENTION_PASSES_PLACEBUFFERS_H
#define ATTENTION_PASSES_PLACEBUFFERS_H

#include "passes/BufferLifetimes.h"
#include "llvm/ADT/SmallVector.h"

namespace attention {

/// A buffer that wants a place; sizes and offsets are in one unit of the
/// caller.
struct BufferRequest {
  Lifetime lifetime;
  int64_t size = 0;
  int64_t offset = 0;
};

/// Sets the offsets so that buffers which live together do not overlap, and
/// returns the size of the stretch. Greedy, largest buffer first, each at the
/// lowest place that is free: for stacks of layers this is the live maximum or
/// close to it.
int64_t placeBuffers(llvm::MutableArrayRef<BufferRequest> requests);

} // namespace attention

#endif // ATTENTION_PASSES_PLACEBUFFERS_H
