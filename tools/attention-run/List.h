//===- What --list prints ---------------------------------------*- C++ -*-===//
#ifndef ATTENTION_TOOLS_ATTENTIONRUN_LIST_H
#define ATTENTION_TOOLS_ATTENTIONRUN_LIST_H

#include "runtime/attention.h"

namespace attention {

/// Every function with the names, types and shapes of what it takes and gives,
/// its weights, and its bytes where these follow from the types alone.
void printFunctions(const attn_model *model);

} // namespace attention
#endif
