/// What the user asks of attention-compile.
#ifndef ATTENTION_TOOLS_ATTENTION_COMPILE_COMMANDLINE_H
#define ATTENTION_TOOLS_ATTENTION_COMPILE_COMMANDLINE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace attention {

struct CommandLine {
  std::string input, output;
  std::vector<std::string> targets = {"cpu"};
  std::vector<std::string> cpus = {"native"};
  std::string triple; ///< empty: that of the processor
  std::vector<std::string> gpus = {"sm_80"};
  std::string prefix = "attention";
  std::string stopAfter; ///< empty: run all stages
  std::string form = "auto";
  std::string precision = "f32";
  std::string cache; ///< a folder; empty: none
  uint64_t cacheBytes = uint64_t(1) << 30;
  /// All options that the output may depend on, as they were given.
  std::vector<std::string> asked;
  unsigned jobs = 0; ///< threads of the compiler; 0: one for each processor
  bool remarks = false;
  bool timing = false;
  bool help = false;
  bool version = false;
};

/// Reads the arguments behind the program's name. Errors are one line.
llvm::Expected<CommandLine>
parseCommandLine(llvm::ArrayRef<const char *> arguments);

/// What --help prints.
void printHelp(llvm::raw_ostream &out);

/// "unknown KIND 'NAME', did you mean 'NEAREST'?", or without the question
/// where nothing is near.
llvm::Error unknownName(llvm::StringRef kind, llvm::StringRef name,
                        llvm::ArrayRef<llvm::StringRef> known);

} // namespace attention

#endif // ATTENTION_TOOLS_ATTENTION_COMPILE_COMMANDLINE_H
