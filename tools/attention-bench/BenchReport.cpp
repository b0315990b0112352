//===- Figures in words and as JSON ---------------------------------------===//
#include "tools/attention-bench/BenchReport.h"

#include "runtime/files/FileAccess.h"
#include "runtime/files/JsonText.h"
#include "runtime/files/Median.h"

#include <cstdio>

using namespace attention;

static std::string number(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.*f", digits, value);
  return text;
}

static const char *clockName(Clock clock) {
  return clock == Clock::Wall ? "wall" : "cpu";
}

namespace {
/// Medians over the rounds.
struct Summary {
  double seconds, rate, peak, ratio, against = 0;

  Summary(const Row &row, const RowFigures &figures) {
    std::vector<double> rates, ratios;
    for (size_t i = 0; i < figures.seconds.size(); ++i) {
      rates.push_back(row.work / figures.seconds[i]);
      ratios.push_back(rates.back() / figures.peaks[i]);
    }
    seconds = medianOf(figures.seconds);
    rate = medianOf(rates);
    peak = medianOf(figures.peaks);
    ratio = medianOf(ratios);
    std::vector<double> others;
    for (size_t i = 0; i < figures.against.size(); ++i)
      others.push_back(rates[i] / figures.against[i]);
    if (!others.empty())
      against = medianOf(others);
  }
};
} // namespace

void BenchReport::printPeaks(const PeakFigures &peaks) const {
  const std::string with =
      threads ? std::to_string(threads) + " threads, " : "";
  std::printf("%s, %s%s time, medians of %lld rounds\n", machine.name().c_str(),
              with.c_str(), clockName(options.clock),
              static_cast<long long>(options.rounds));
  for (const auto &[peak, rates] : peaks)
    std::printf("peak %-11s %8.1f %s (%s)\n", nameOf(peak),
                medianOf(rates) / 1e9, unitOf(peak),
                machine.featureOf(peak).c_str());
}

void BenchReport::printHeading() const {
  std::printf("%-44s %10s %8s %-8s %6s of %-11s %8s\n", "row", "ms", "rate", "",
              "ratio", "peak", "against");
}

void BenchReport::add(const Row &row, const RowFigures &figures) {
  const Summary summary(row, figures);
  const bool compared = !figures.against.empty();
  std::printf("%-44s %10.3f %8.1f %-8s %6.2f of %-11s %s%s%s\n",
              row.name.c_str(), summary.seconds * 1e3, summary.rate / 1e9,
              unitOf(row.peak), summary.ratio, nameOf(row.peak),
              compared ? number(summary.against, 2).c_str() : "",
              compared ? " of " : "", compared ? row.against.c_str() : "");
  std::fflush(stdout);
  std::string json = "{\"row\": " + jsonString(row.name) + ", \"unit\": \"" +
                     unitOf(row.peak) +
                     "\", \"rate\": " + number(summary.rate / 1e9, 3) +
                     ", \"peak\": \"" + nameOf(row.peak) +
                     "\", \"peak_rate\": " + number(summary.peak / 1e9, 3) +
                     ", \"ratio\": " + number(summary.ratio, 4) +
                     ", \"work\": " + number(row.work, 0);
  if (compared)
    json += ", \"against\": {\"row\": " + jsonString(row.against) +
            ", \"ratio\": " + number(summary.against, 4) + "}";
  json += ", \"seconds\": [";
  for (size_t i = 0; i < figures.seconds.size(); ++i)
    json += (i ? ", " : "") + number(figures.seconds[i], 9);
  rows.push_back(json + "]}");
}

MaybeFailure BenchReport::write(const PeakFigures &peaks) const {
  std::string json =
      (threads ? "{\"processor\": " : "{\"device\": ") +
      jsonString(machine.name()) +
      (threads ? ", \"threads\": " + std::to_string(threads) : "") +
      ", \"clock\": \"" + clockName(options.clock) +
      "\", \"rounds\": " + std::to_string(options.rounds) + ",\n \"peaks\": [";
  const char *comma = "\n  ";
  for (const auto &[peak, rates] : peaks) {
    json += comma + ("{\"peak\": \"" + std::string(nameOf(peak))) +
            "\", \"feature\": " + jsonString(machine.featureOf(peak)) +
            ", \"unit\": \"" + unitOf(peak) +
            "\", \"rate\": " + number(medianOf(rates) / 1e9, 3) + "}";
    comma = ",\n  ";
  }
  json += "],\n \"rows\": [";
  comma = "\n  ";
  for (const std::string &row : rows) {
    json += comma + row;
    comma = ",\n  ";
  }
  json += "]}\n";
  return writeAtomically(options.json, {{json.data(), json.size()}});
}
