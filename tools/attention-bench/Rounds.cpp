//===- Measurements in turns ----------------------------------------------===//
#include "tools/attention-bench/Rounds.h"

#include "tools/attention-bench/Progress.h"

#include <chrono>
#include <thread>

using namespace attention;

static double turnSeconds(const BenchOptions &options) {
  return 1e-3 * static_cast<double>(options.milliseconds);
}

Result<double> Rounds::measurePeak(Peak peak) {
  // Threads of a pool wait for more work a moment before they sleep.
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  Result<double> rate = machine.measure(peak, turnSeconds(options));
  if (rate)
    found[peak].push_back(*rate);
  return rate;
}

MaybeFailure Rounds::measurePeaks() {
  for (const Peak peak : machine.peaks())
    if (Result<double> rate = measurePeak(peak); !rate)
      return rate.failure();
  return std::nullopt;
}

/// The place of the row that each row is compared to; the number of rows where
/// there is none.
static std::vector<size_t> comparedTo(const Group &rows) {
  std::vector<size_t> places;
  for (const Row &row : rows) {
    size_t place = 0;
    while (place < rows.size() && rows[place].name != row.against)
      ++place;
    places.push_back(place);
  }
  return places;
}

static Failure ofRow(const Row &row, const Failure &failure) {
  return {"row '" + row.name + "': " + failure.message};
}

MaybeFailure Rounds::prepare(const Group &rows, std::vector<RowRun> &runs) {
  for (size_t i = 0; i < rows.size(); ++i) {
    showProgress("compile", i, rows.size());
    Result<const attn_function *> function = kernels.compile(rows[i].text);
    if (!function)
      return ofRow(rows[i], function.failure());
    if (MaybeFailure failure =
            runs[i].prepare(rows[i], *function, machine.place()))
      return ofRow(rows[i], *failure);
  }
  return std::nullopt;
}

/// Peaks that rows are held against come just before the first of them.
MaybeFailure Rounds::runRound(const Group &rows, std::vector<RowRun> &runs,
                              std::vector<RowFigures> &figures) {
  std::map<Peak, double> peaks; // of this round
  for (size_t i = 0; i < rows.size(); ++i) {
    showProgress("measure", figures[i].seconds.size() * rows.size() + i,
                 options.rounds * rows.size());
    if (!peaks.count(rows[i].peak)) {
      Result<double> rate = measurePeak(rows[i].peak);
      if (!rate)
        return rate.failure();
      peaks[rows[i].peak] = *rate;
    }
    Result<double> seconds = runs[i].turn(options.clock, turnSeconds(options));
    if (!seconds)
      return ofRow(rows[i], seconds.failure());
    figures[i].seconds.push_back(*seconds);
    figures[i].peaks.push_back(peaks[rows[i].peak]);
  }
  return std::nullopt;
}

Result<std::vector<RowFigures>> Rounds::measure(const Group &rows) {
  std::vector<RowRun> runs(rows.size());
  std::vector<RowFigures> figures(rows.size());
  if (MaybeFailure failure = prepare(rows, runs))
    return *failure;
  const std::vector<size_t> others = comparedTo(rows);
  for (int64_t round = 0; round < options.rounds; ++round) {
    if (MaybeFailure failure = runRound(rows, runs, figures))
      return *failure;
    for (size_t i = 0; i < rows.size(); ++i)
      if (others[i] < rows.size())
        figures[i].against.push_back(rows[others[i]].work /
                                     figures[others[i]].seconds.back());
  }
  return figures;
}
