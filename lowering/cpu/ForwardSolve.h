/// Triangular systems of tokens as blocks of rows that stay in registers.
#ifndef ATTENTION_LOWERING_CPU_FORWARDSOLVE_H
#define ATTENTION_LOWERING_CPU_FORWARDSOLVE_H

#include "dialect/Attention.h"
#include "lowering/cpu/Context.h"

namespace attention {

/// Emits the system at the builder's place, into `result`, which may be the
/// scratch of the right side. Both operands lie in scratch.
void emitForwardSolve(Context &context, SolveForwardOp op, mlir::Value result);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_FORWARDSOLVE_H
