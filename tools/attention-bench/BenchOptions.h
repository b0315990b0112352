//===- The command line of attention-bench ----------------------*- C++ -*-===//
#ifndef ATTENTION_TOOLS_ATTENTIONBENCH_BENCHOPTIONS_H
#define ATTENTION_TOOLS_ATTENTIONBENCH_BENCHOPTIONS_H

#include "runtime/files/Result.h"
#include "tools/attention-bench/Clock.h"

#include <cstdint>

namespace attention {

struct BenchOptions {
  bool onDevice() const { return device != "cpu"; }

  std::string filter;               ///< a regular expression; empty: all rows
  std::string json;                 ///< empty: none
  std::string cpu = "native";       ///< to compile for
  std::string device = "cpu";       ///< or "cuda", "cuda:N"
  std::string gpu = "sm_80,sm_90a"; ///< to compile for there
  int64_t shrink = 1;               ///< divides lengths, and sizes of peaks
  int64_t threads = 0;              ///< 0: as many as there are processors
  int64_t rounds = 5;
  int64_t milliseconds = 50; ///< of a turn, at least
  Clock clock = Clock::Wall;
  bool remarks = false;
  bool list = false;
  bool text = false;
  bool help = false;
};

Result<BenchOptions> parseBenchOptions(int argumentCount,
                                       const char *const *arguments);

/// What --help prints.
std::string benchHelp();

} // namespace attention
#endif
