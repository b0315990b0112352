//===- The command line of programs that run a model ------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_FILES_RUNOPTIONS_H
#define ATTENTION_RUNTIME_FILES_RUNOPTIONS_H

#include "runtime/files/Input.h"

namespace attention {

struct OutputSpec {
  std::string name;
  std::string path;
};

/// attention-run and attention-interpret are told the same things.
struct RunOptions {
  std::string model;
  std::string function; // empty: the only one
  std::string cpu;      // empty: the best that fits
  std::string device = "cpu";
  std::vector<std::string> weights;
  std::vector<InputSpec> inputs;
  std::vector<OutputSpec> outputs;
  int64_t threads = 0;         // 0: as many as there are processors
  int64_t repeat = 0;          // 0: run once, without warm-up or times
  std::string json;            // empty: none
  std::vector<int64_t> chunks; // of tokens, the last repeating; empty: at once
  std::string saveSession, loadSession; // empty: none
  bool list = false;
  bool help = false;

  /// Whether the tokens go through a session.
  bool isSession() const {
    return !chunks.empty() || !saveSession.empty() || !loadSession.empty();
  }
};

/// Fails on unknown flags (with the nearest), missing or malformed values, the
/// same input or output twice, and what is no device's name.
Result<RunOptions> parseRunOptions(int argumentCount,
                                   const char *const *arguments);

/// What --help prints: `program` is the name of the tool, `model` the kind of
/// file that it runs ("MODEL.so"), `summary` one sentence.
std::string runHelp(const std::string &program, const std::string &model,
                    const std::string &summary);

} // namespace attention
#endif
