//===- Times in words and as JSON -------------------------------*- C++ -*-===//
#ifndef ATTENTION_TOOLS_ATTENTIONRUN_REPORT_H
#define ATTENTION_TOOLS_ATTENTIONRUN_REPORT_H

#include "runtime/files/Result.h"

#include <cstdint>
#include <vector>

namespace attention {

struct Report {
  std::string function;
  std::string device; // "cpu", or its name
  int64_t threads;
  int64_t workspaceBytes;
  int64_t stateBytes;          // of a session; else 0
  std::vector<double> seconds; // one for each repeat
};

/// Prints minimum, median and maximum.
void printTimes(const Report &report);

MaybeFailure writeReport(const Report &report, const std::string &path);

} // namespace attention
#endif
