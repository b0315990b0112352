//===- What a row has to do -------------------------------------*- C++ -*-===//
//
// Two operations for each multiplication that the definition asks for, in
// matrix products alone: exponentials, sums, masks, decays and normalisers are
// what a row spends beside them. docs/benchmarks.md says the same.
//
//===----------------------------------------------------------------------===//
#ifndef ATTENTION_TOOLS_ATTENTIONBENCH_WORK_H
#define ATTENTION_TOOLS_ATTENTIONBENCH_WORK_H

#include <algorithm>
#include <cstdint>

namespace attention {

/// Pairs of a query and a key that it sees, of as many queries as keys.
enum class Visits { Full, Causal, Window };

const int64_t windowLength = 256;

inline double visitedPairs(Visits visits, int64_t length) {
  const auto n = static_cast<double>(length);
  const auto window = static_cast<double>(std::min(windowLength, length));
  switch (visits) {
  case Visits::Full:
    return n * n;
  case Visits::Causal:
    return n * (n + 1) / 2;
  case Visits::Window:
    return window * n - window * (window - 1) / 2;
  }
  return 0;
}

/// A score and a weighted value for each pair, both of `width` numbers.
inline double pairWork(double pairs, int64_t width) {
  return pairs * 4 * static_cast<double>(width);
}

/// What a token does with a memory of width x width numbers, as multiples of
/// 2 x width x width, and with tokens of its chunk, as multiples of 4 x width:
/// with itself and those before it, and with those before it.
struct MemoryWork {
  int memory, upToItself, before;
};

/// Read and write; pairs of the chunk.
const MemoryWork linearWork = {2, 1, 0};
/// Also what the memory answers to the key; the triangular system.
const MemoryWork deltaWork = {3, 1, 1};
/// What is removed, what replaces it, the write and the read.
const MemoryWork rankOneWork = {4, 2, 2};

inline double tokenWork(const MemoryWork &work, int64_t width) {
  const double chunk = 16, d = static_cast<double>(width);
  return 2 * d * d * work.memory + 4 * d *
                                       (work.upToItself * (chunk + 1) / 2 +
                                        work.before * (chunk - 1) / 2);
}

} // namespace attention
#endif
