//===- Which code of an artefact runs here ----------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_TARGET_H
#define ATTENTION_RUNTIME_TARGET_H

#include "runtime/attention.h"

namespace attention {

/// Chooses among the targets of a well-formed artefact those whose features
/// this processor has, and of them one that no other surpasses: whose features
/// are not all among those of another that has more. Of several such the last,
/// as targets are listed weakest first. A `cpu` that is not null leaves no
/// choice. docs/decisions/0012-several-processors.md says why.
attn_status *chooseTarget(const attn_artifact_desc &artifact, const char *cpu,
                          const attn_target_desc *&chosen);

} // namespace attention
#endif
