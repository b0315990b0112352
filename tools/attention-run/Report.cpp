//===- Times in words and as JSON -----------------------------------------===//
#include "tools/attention-run/Report.h"

#include "runtime/files/FileAccess.h"

#include <algorithm>
#include <cstdio>

using namespace attention;

static double medianOf(const std::vector<double> &sorted) {
  const size_t middle = sorted.size() / 2;
  return sorted.size() % 2 ? sorted[middle]
                           : (sorted[middle - 1] + sorted[middle]) / 2;
}

void attention::printTimes(const Report &report) {
  std::vector<double> sorted = report.seconds;
  std::sort(sorted.begin(), sorted.end());
  std::printf("%s: min %.3f ms, median %.3f ms, max %.3f ms (%zu runs, %lld "
              "threads)\n",
              report.function.c_str(), sorted.front() * 1e3,
              medianOf(sorted) * 1e3, sorted.back() * 1e3, sorted.size(),
              static_cast<long long>(report.threads));
}

/// As a JSON string; function names are identifiers of MLIR, which may hold
/// quotes and anything else.
static std::string jsonString(const std::string &text) {
  std::string quoted = "\"";
  for (char letter : text) {
    char escaped[8];
    if (letter == '"' || letter == '\\')
      quoted += {'\\', letter};
    else if (static_cast<unsigned char>(letter) < ' ') {
      std::snprintf(escaped, sizeof(escaped), "\\u%04x", letter);
      quoted += escaped;
    } else
      quoted += letter;
  }
  return quoted + "\"";
}

MaybeFailure attention::writeReport(const Report &report,
                                    const std::string &path) {
  std::string json =
      "{\"function\": " + jsonString(report.function) +
      ", \"threads\": " + std::to_string(report.threads) +
      ", \"workspace_bytes\": " + std::to_string(report.workspaceBytes) +
      ", \"state_bytes\": " + std::to_string(report.stateBytes) +
      ", \"seconds\": [";
  for (size_t i = 0; i < report.seconds.size(); ++i) {
    char number[32];
    std::snprintf(number, sizeof(number), "%s%.9f", i ? ", " : "",
                  report.seconds[i]);
    json += number;
  }
  json += "]}\n";
  return writeAtomically(path, {{json.data(), json.size()}});
}
