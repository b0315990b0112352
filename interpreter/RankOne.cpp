/// Memories that a token changes by a rank-one matrix: the delta rule, and the
/// general transition.
#include "interpreter/Recurrences.h"

using namespace mlir;

namespace attention {

static std::vector<double> read(const Memory &memory, ArrayRef<double> query) {
  return memory.read(query);
}

/// Writes beta k (v - k . S) into the decayed memory.
static void deltaStep(Memory &memory, const Token &token) {
  memory.decay(token.decay);
  std::vector<double> change = memory.read(token.key);
  for (int64_t e = 0; e < memory.columns; ++e)
    change[e] = token.beta * (token.value[e] - change[e]);
  memory.add(token.key, change);
}

/// replace (remove . S), of the memory before it decays.
static void rankOneStep(Memory &memory, const Token &token) {
  std::vector<double> removed = memory.read(token.remove);
  memory.decay(token.decay);
  memory.add(token.replace, removed);
  memory.add(token.key, token.value);
}

Recurrence deltaRecurrence() { return {deltaStep, read}; }
Recurrence rankOneRecurrence() { return {rankOneStep, read}; }

} // namespace attention
