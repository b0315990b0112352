/// What loops ask of compilers further on: whether they are unrolled.
#ifndef ATTENTION_LOWERING_UNROLLING_H
#define ATTENTION_LOWERING_UNROLLING_H

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace attention {

/// Asks for four iterations of `loop` at a time: the short loops of register
/// blocks, whose counting would cost as much as a product. Not in branches that
/// are hardly ever taken.
void unroll(mlir::scf::ForOp loop);

/// Keeps `loop` as it is: for NVIDIA GPUs, also from ptxas.
void keepRolled(mlir::scf::ForOp loop);

/// Hands what loops asked for, which came down to their branches, over to
/// LLVM's own attribute.
void keepUnrolling(mlir::Operation *module);

} // namespace attention

#endif // ATTENTION_LOWERING_UNROLLING_H
