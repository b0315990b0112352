//===- Figures in words and as JSON -----------------------------*- C++ -*-===//
#ifndef ATTENTION_TOOLS_ATTENTIONBENCH_BENCHREPORT_H
#define ATTENTION_TOOLS_ATTENTIONBENCH_BENCHREPORT_H

#include "tools/attention-bench/Rounds.h"

namespace attention {

/// Prints rows as they are measured, and keeps them for the file.
class BenchReport {
public:
  BenchReport(const BenchOptions &options, const Machine &machine)
      : options(options), machine(machine),
        threads(machine.place().pool ? attn_pool_workers(machine.place().pool)
                                     : 0) {}

  void printPeaks(const PeakFigures &peaks) const;
  void printHeading() const;
  void add(const Row &row, const RowFigures &figures);
  MaybeFailure write(const PeakFigures &peaks) const;

private:
  const BenchOptions &options;
  const Machine &machine;
  const int64_t threads;         ///< 0 on a device
  std::vector<std::string> rows; // as JSON
};

} // namespace attention
#endif
