/// Contractions by `mma.sync` or `wgmma`.
#ifndef ATTENTION_LOWERING_NVPTX_CONTRACTION_H
#define ATTENTION_LOWERING_NVPTX_CONTRACTION_H

#include "lowering/nvptx/WarpBuilder.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace attention::nvptx {

/// Why a contraction has no lowering, as "expects ..., but got ..."; empty if
/// it has one.
std::string whyUnsupported(mlir::vector::ContractionOp contraction);

/// Whether the left operand is stored [k][m].
bool isLeftTransposed(mlir::vector::ContractionOp contraction);

/// left * right + accumulator, as a fragment. `left` is a fragment, or null if
/// the left operand is in `sharedLeft`. By `wgmma` if `byWarpgroups`, else by
/// `mma`.
mlir::Value contract(WarpBuilder &b, mlir::vector::ContractionOp contraction,
                     mlir::Value left, std::optional<SharedTile> sharedLeft,
                     const SharedTile &right, mlir::Value accumulator,
                     bool byWarpgroups);

/// Starts left * right by `wgmma`, without an accumulator
/// (`startByWarpgroups`).
mlir::Value startContraction(WarpBuilder &b,
                             mlir::vector::ContractionOp contraction,
                             const SharedTile &left, const SharedTile &right);

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_CONTRACTION_H
