//===- Programs beside this one ---------------------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_FILES_PROGRAMS_H
#define ATTENTION_RUNTIME_FILES_PROGRAMS_H

#include "runtime/files/Result.h"

#include <vector>

namespace attention {

/// The path of a program in the folder of the one that runs.
Result<std::string> programBeside(const std::string &name);

/// Runs a program to its end; what it prints goes where we print. Fails unless
/// it ends with status 0.
MaybeFailure runProgram(const std::string &path,
                        const std::vector<std::string> &arguments);

} // namespace attention
#endif
