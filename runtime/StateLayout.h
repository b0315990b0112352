//===- How the state of a session lies in memory ---------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_STATELAYOUT_H
#define ATTENTION_RUNTIME_STATELAYOUT_H

#include "runtime/Model.h"
#include "runtime/StateMemory.h"

namespace attention {

/// One part of a state: `[batch, ..., rows, ...]` where tokens run along an
/// axis, else of a size that does not change.
struct StatePart {
  const attn_tensor_desc *desc;
  const int64_t *shape; ///< `desc->rank` sizes
  int64_t offset;       ///< of its bytes in the state
  int64_t bytes() const;
};

/// Tokens for whose next piece there is room in a state that forgets, always.
constexpr int64_t leastPiece = ATTN_FORGOTTEN_AT_A_TIME;

/// What decides how many tokens each part of a state has room for.
struct StateRoom {
  int64_t tokens; ///< in all
  int64_t piece;  ///< fed at once, where only the last ones are kept
  bool operator==(const StateRoom &other) const {
    return tokens == other.tokens && piece == other.piece;
  }
};

/// Where the parts of the state of a function that goes on are. It follows from
/// four numbers, so that sessions need not keep one each: whoever runs them
/// lays out the next one in the same memory.
class StateLayout {
public:
  StateLayout() = default;
  StateLayout(const StateLayout &) = delete;
  StateLayout &operator=(const StateLayout &) = delete;

  /// `batch` sequences side by side. Fails where the bytes cannot be counted.
  /// Allocates the first time only.
  attn_status *lay(const attn_function &step, int64_t batch, StateRoom room);

  /// Copies what is kept of `tokens` tokens, and what does not grow, to a state
  /// with other room.
  attn_status *copy(const char *from, const StateLayout &target, char *to,
                    int64_t tokens, const StateCopy &by) const;

  /// Of `before` tokens and those fed since, moves those to the front that are
  /// kept of `after`.
  attn_status *forget(char *state, int64_t before, int64_t after,
                      const StateCopy &by) const;

  const std::vector<StatePart> &parts() const { return allParts; }
  int64_t bytes() const { return end; }

private:
  attn_status *append(const attn_tensor_desc &desc);
  bool countBytes(const attn_tensor_desc &desc, int64_t &bytes);

  std::vector<StatePart> allParts;
  std::vector<int64_t> sizes; // of all parts, one after the other
  const attn_function *laidStep = nullptr;
  int64_t batch = 0, end = 0;
  StateRoom room{0, 0};
};

/// Whether the state of a step needs more room for more tokens.
bool grows(const attn_function &step);
/// Whether it forgets tokens, so that pieces decide as well.
bool forgets(const attn_function &step);

} // namespace attention
#endif
