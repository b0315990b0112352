//===- What this machine can do at most -------------------------*- C++ -*-===//
#ifndef ATTENTION_TOOLS_ATTENTIONBENCH_PEAKS_H
#define ATTENTION_TOOLS_ATTENTIONBENCH_PEAKS_H

#include "runtime/files/Result.h"
#include "tools/attention-bench/Clock.h"
#include "tools/attention-bench/PeakLoops.h"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace attention {

/// "fma_f32", ...: as JSON and tables name it.
const char *nameOf(Peak peak);

/// Loops of PeakLoops.h on some threads at a time.
class Peaks {
public:
  Peaks(int64_t threads, Clock clock) : threads(threads), clock(clock) {}

  /// Whether this processor has it.
  static bool has(Peak peak) { return peakLoop(peak).run != nullptr; }

  /// Operations or bytes a second of all threads together, each of which runs
  /// for so long.
  Result<double> measure(Peak peak, double seconds);

private:
  MaybeFailure allocate();

  const int64_t threads;
  const Clock clock;
  struct Free {
    void operator()(char *memory) const { std::free(memory); }
  };
  std::unique_ptr<char, Free> memory; // to read, a part for each thread
};

} // namespace attention
#endif
