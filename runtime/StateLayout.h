//===- How the state of a session lies in memory ---------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_STATELAYOUT_H
#define ATTENTION_RUNTIME_STATELAYOUT_H

#include "runtime/Model.h"
#include "runtime/StateMemory.h"

namespace attention {

/// One part of a state: `[batch, ..., capacity, ...]` where tokens run along an
/// axis, else of a size that does not change.
struct StatePart {
  const attn_tensor_desc *desc;
  const int64_t *shape; ///< `desc->rank` sizes
  int64_t offset;       ///< of its bytes in the state
  int64_t bytes() const;
};

/// Where the parts of the state of a function that goes on are. It follows from
/// three numbers, so that sessions need not keep one each: whoever runs them
/// lays out the next one in the same memory.
class StateLayout {
public:
  StateLayout() = default;
  StateLayout(const StateLayout &) = delete;
  StateLayout &operator=(const StateLayout &) = delete;

  /// `batch` sequences side by side, with room for `capacity` tokens. Fails
  /// where the bytes cannot be counted. Allocates the first time only.
  attn_status *lay(const attn_function &step, int64_t batch, int64_t capacity);

  /// Copies the first `tokens` tokens, and what does not grow, to a state of
  /// another capacity.
  attn_status *copy(const char *from, const StateLayout &target, char *to,
                    int64_t tokens, const StateCopy &by) const;

  const std::vector<StatePart> &parts() const { return allParts; }
  int64_t bytes() const { return end; }

private:
  attn_status *append(const attn_tensor_desc &desc, int64_t batch);

  std::vector<StatePart> allParts;
  std::vector<int64_t> sizes; // of all parts, one after the other
  const attn_function *laidStep = nullptr;
  int64_t laidBatch = 0, capacity = 0, end = 0;
};

/// Whether the state of a step needs more room for more tokens.
bool grows(const attn_function &step);

} // namespace attention
#endif
