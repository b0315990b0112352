/// Bad values that kernels meet.
#ifndef ATTENTION_LOWERING_NVPTX_FAILURERECORD_H
#define ATTENTION_LOWERING_NVPTX_FAILURERECORD_H

#include "dialect/Attention.h"
#include "lowering/nvptx/KernelInputs.h"
#include "lowering/nvptx/WarpBuilder.h"

namespace attention::nvptx {

/// Writes down what `check`, within `loop`, finds: in a buffer of its own of
/// the failure with the smallest order. The host fills the buffer before the
/// launch and checks it afterwards, by an `attention.fail_if` behind the loop.
void recordFailure(WarpBuilder &b, KernelInputs &inputs,
                   mlir::scf::ForallOp loop, FailIfOp check);

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_FAILURERECORD_H
