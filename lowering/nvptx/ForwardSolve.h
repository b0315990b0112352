/// Triangular systems of tokens.
#ifndef ATTENTION_LOWERING_NVPTX_FORWARDSOLVE_H
#define ATTENTION_LOWERING_NVPTX_FORWARDSOLVE_H

#include "dialect/Attention.h"
#include "lowering/nvptx/WarpBuilder.h"

namespace attention::nvptx {

/// Why a system has no lowering, as "expects ..., but got ..."; empty if it has
/// one.
std::string whyUnsupported(SolveForwardOp solve);

/// Solves a system in shared memory, first row to last; ends with a barrier.
/// Each thread has columns of its own, so that nothing waits on the way.
void solveForward(WarpBuilder &b, const SharedTile &pairs,
                  const SharedTile &right, const SharedTile &solution);

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_FORWARDSOLVE_H
