//===- What is computed from weights once -----------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_PREPARATION_H
#define ATTENTION_RUNTIME_PREPARATION_H

#include "runtime/attention.h"

#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace attention {

struct Freed {
  void operator()(void *pointer) const { std::free(pointer); }
};
using Memory = std::unique_ptr<void, Freed>;

/// Where the results of a preparation lie in one stretch of memory, each at a
/// multiple of 64 bytes.
struct PreparedLayout {
  std::vector<int64_t> offsets;
  int64_t bytes = 0;
};

/// Nothing where the results are not of static shape or too large to count.
std::optional<PreparedLayout>
preparedLayout(const attn_function_desc &preparation);

/// The results of a preparation: runs read them, from any thread.
struct PreparedWeights {
  PreparedLayout layout;
  Memory memory;

  void *data(int64_t result) const {
    return static_cast<char *>(memory.get()) +
           layout.offsets[static_cast<size_t>(result)];
  }
};

/// What was prepared of a set of weights, for as long as a runner uses it.
class PreparedCache {
public:
  /// Runs the preparation unless a runner still has what it makes of the same
  /// tensors. Fails where weights are missing or bad and where memory is short.
  attn_status *prepare(const attn_function_desc &preparation,
                       const attn_weights &weights, attn_pool *pool,
                       std::shared_ptr<const PreparedWeights> &prepared);

private:
  struct Entry {
    const attn_function_desc *preparation;
    std::vector<void *> weights; // where they lie
    std::weak_ptr<const PreparedWeights> prepared;
  };
  std::mutex mutex;
  std::vector<Entry> entries;
};

} // namespace attention
#endif
