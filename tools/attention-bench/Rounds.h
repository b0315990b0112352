//===- Measurements in turns ------------------------------------*- C++ -*-===//
#ifndef ATTENTION_TOOLS_ATTENTIONBENCH_ROUNDS_H
#define ATTENTION_TOOLS_ATTENTIONBENCH_ROUNDS_H

#include "tools/attention-bench/BenchOptions.h"
#include "tools/attention-bench/Kernels.h"
#include "tools/attention-bench/Machine.h"
#include "tools/attention-bench/RowRun.h"

namespace attention {

/// What was found of a row; one number for each round.
struct RowFigures {
  std::vector<double> seconds;
  std::vector<double> peaks;   ///< operations or bytes a second, then
  std::vector<double> against; ///< and those of the other row
};

/// What was found of a peak: operations or bytes a second in each round of each
/// group.
using PeakFigures = std::map<Peak, std::vector<double>>;

/// Measures groups of rows, peaks and rows in turns, so that what changes on
/// the machine meanwhile meets all of them.
class Rounds {
public:
  Rounds(const BenchOptions &options, Machine &machine, Kernels &kernels)
      : options(options), machine(machine), kernels(kernels) {}

  /// All peaks that the machine has, once.
  MaybeFailure measurePeaks();

  /// The figures of each row.
  Result<std::vector<RowFigures>> measure(const Group &rows);

  const PeakFigures &peaks() const { return found; }

private:
  Result<double> measurePeak(Peak peak);
  MaybeFailure prepare(const Group &rows, std::vector<RowRun> &runs);
  MaybeFailure runRound(const Group &rows, std::vector<RowRun> &runs,
                        std::vector<RowFigures> &figures);

  const BenchOptions &options;
  Machine &machine;
  Kernels &kernels;
  PeakFigures found;
};

} // namespace attention
#endif
