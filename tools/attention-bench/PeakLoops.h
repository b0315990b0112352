//===- Loops at the limit of a processor ------------------------*- C++ -*-===//
#ifndef ATTENTION_TOOLS_ATTENTIONBENCH_PEAKLOOPS_H
#define ATTENTION_TOOLS_ATTENTIONBENCH_PEAKLOOPS_H

#include <cstddef>

namespace attention {

/// What a machine has a limit of: processors, then devices.
enum class Peak {
  FmaF32,
  FmaF64,
  DotBf16,
  AmxBf16,
  Read,
  MatmulF32,
  MatmulF64,
  MatmulF16,
  MatmulBf16,
  Copy
};

/// Does nothing but one thing, on one thread.
struct PeakLoop {
  /// The feature of the processor that it uses; null where there is no loop for
  /// this peak.
  const char *feature = nullptr;
  /// Operations of one call, where it does not read.
  double operations = 0;
  /// About 0.1 ms; reading looks at all of the memory.
  void (*run)(const char *memory, size_t bytes) = nullptr;
};

/// The quickest loop that this processor has.
PeakLoop peakLoop(Peak peak);

/// The same of one architecture; nothing where the portable loop is as good.
PeakLoop x86PeakLoop(Peak peak);

/// Keeps what a loop computes, so that it is computed.
inline void keepNumber(double number) {
  __asm__ volatile("" : : "g"(number) : "memory");
}

} // namespace attention
#endif
