//===- Handing models in text to the interpreter ----------------*- C++ -*-===//
#ifndef ATTENTION_TOOLS_ATTENTIONRUN_INTERPRET_H
#define ATTENTION_TOOLS_ATTENTIONRUN_INTERPRET_H

#include "runtime/files/Result.h"

namespace attention {

/// Becomes the `attention-interpret` beside this program, with the same
/// arguments; returns only if that fails.
Failure becomeInterpreter(char **arguments);

} // namespace attention
#endif
