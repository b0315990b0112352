//===- Times in words and as JSON -----------------------------------------===//
#include "tools/attention-run/Report.h"

#include "runtime/files/FileAccess.h"
#include "runtime/files/JsonText.h"
#include "runtime/files/Median.h"

#include <algorithm>
#include <cstdio>

using namespace attention;

void attention::printTimes(const Report &report) {
  const auto [least, most] =
      std::minmax_element(report.seconds.begin(), report.seconds.end());
  const std::string where = report.device == "cpu"
                                ? std::to_string(report.threads) + " threads"
                                : report.device;
  std::printf("%s: min %.3f ms, median %.3f ms, max %.3f ms (%zu runs, %s)\n",
              report.function.c_str(), *least * 1e3,
              medianOf(report.seconds) * 1e3, *most * 1e3,
              report.seconds.size(), where.c_str());
}

MaybeFailure attention::writeReport(const Report &report,
                                    const std::string &path) {
  std::string json =
      "{\"function\": " + jsonString(report.function) +
      ", \"device\": " + jsonString(report.device) +
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
