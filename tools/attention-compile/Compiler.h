/// From a model's text to an output file.
#ifndef ATTENTION_TOOLS_ATTENTION_COMPILE_COMPILER_H
#define ATTENTION_TOOLS_ATTENTION_COMPILE_COMPILER_H

#include "tools/attention-compile/CommandLine.h"

namespace attention {

/// Compiles as `line` asks. The output appears whole or not at all. Errors are
/// one line, with the place in the model's text where they have one.
llvm::Error compile(const CommandLine &line);

} // namespace attention

#endif // ATTENTION_TOOLS_ATTENTION_COMPILE_COMPILER_H
