/// One parallel loop over the tiles of a fused op.
#ifndef ATTENTION_LOWERING_EMITKERNEL_H
#define ATTENTION_LOWERING_EMITKERNEL_H

#include "lowering/KernelPlan.h"

namespace attention {

/// Replaces `fused` by an `scf.forall` on tensors.
void emitKernel(FusedOp fused, const KernelPlan &plan);

} // namespace attention

#endif // ATTENTION_LOWERING_EMITKERNEL_H
