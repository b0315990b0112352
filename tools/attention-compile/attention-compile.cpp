/// Compiles a model ahead of time.
#include "tools/attention-compile/Compiler.h"
#include "llvm/Support/raw_ostream.h"

/// Prints the error and returns the exit status.
static int fail(llvm::Error error) {
  llvm::errs() << "attention-compile: " << llvm::toString(std::move(error))
               << "\n";
  return 1;
}

int main(int count, char **arguments) {
  auto line = attention::parseCommandLine(
      llvm::ArrayRef<const char *>(arguments + 1, count - 1));
  if (!line)
    return fail(line.takeError());
  if (line->help)
    attention::printHelp(llvm::outs());
  else if (line->version)
    llvm::outs() << "attention-compile " ATTENTION_VERSION "\n";
  else if (llvm::Error error = attention::compile(*line))
    return fail(std::move(error));
  return 0;
}
