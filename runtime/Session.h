//===- A sequence that a function is fed piece by piece ---------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_SESSION_H
#define ATTENTION_RUNTIME_SESSION_H

#include "runtime/Model.h"

#include <cstdlib>
#include <memory>

namespace attention {

/// One part of a session's state: `[batch, ..., capacity, ...]` where tokens
/// run along an axis, else of a size that does not change.
struct StatePart {
  const attn_tensor_desc *desc;
  std::vector<int64_t> shape;
  int64_t offset = 0; ///< of its bytes in the session's memory
  int64_t bytes() const;
};

/// How the state of a function that goes on lies in memory.
class StateLayout {
public:
  /// `batch` sequences side by side, with room for `capacity` tokens. Fails
  /// where the bytes cannot be counted.
  static attn_status *make(const attn_function &step, int64_t batch,
                           int64_t capacity, StateLayout &layout);

  /// Copies the first `tokens` tokens, and what does not grow, to a state of
  /// another capacity.
  void copy(const char *from, const StateLayout &target, char *to,
            int64_t tokens) const;
  std::vector<StatePart> parts;
  int64_t bytes = 0;
  int64_t capacity = 0;
};

struct FreeMemory {
  void operator()(char *memory) const { std::free(memory); }
};
using StateMemory = std::unique_ptr<char, FreeMemory>;

} // namespace attention

struct attn_session {
  attn_session(const attn_function &step, int64_t batch)
      : step(step), batch(batch) {}

  attn_status *reserve(int64_t capacity);
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
  bool isBroken = false; ///< a run failed on the way
  attention::StateLayout layout;
  attention::StateMemory memory;

private:
  attn_status *countTokens(const attn_tensor *inputs, int64_t &more) const;
  void append(const attn_tensor *inputs);

  std::vector<attn_tensor> arguments; // inputs, the past, the state
};

#endif
