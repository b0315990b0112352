//===- What a caller's tensors must be -------------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_BUFFERS_H
#define ATTENTION_RUNTIME_BUFFERS_H

#include "runtime/Artifact.h"
#include "runtime/attention.h"

namespace attention {

/// Whether a tensor has the type and the sizes that are expected (-1: any).
bool isLike(const attn_tensor &tensor, const attn_tensor_desc &desc,
            const int64_t *expected);

/// "input 'q' expects f32 of shape ?x4, but got ..."; never on the way of a run
/// that goes well.
attn_status *mismatch(const char *role, const attn_tensor_desc &desc,
                      const int64_t *expected, const attn_tensor &found);

/// Null if the buffer can hold its tensor.
attn_status *checkBuffer(const char *role, const attn_tensor_desc &desc,
                         const attn_tensor &tensor);

} // namespace attention

#endif // ATTENTION_RUNTIME_BUFFERS_H
