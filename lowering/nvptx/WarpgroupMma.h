/// Contractions by `wgmma` (sm_90a).
#ifndef ATTENTION_LOWERING_NVPTX_WARPGROUPMMA_H
#define ATTENTION_LOWERING_NVPTX_WARPGROUPMMA_H

#include "lowering/nvptx/WarpBuilder.h"

namespace attention::nvptx {

/// An operand of a product of a warpgroup that lies in swizzled shared memory.
struct SharedOperand {
  SharedTile tile;
  bool depthFirst; ///< stored [k][m] or [k][n], else [m][k] or [n][k]
};

/// left * right + accumulator, as a fragment, which is the same for `wgmma` as
/// for `mma`: warp w of a warpgroup has rows 16 w ... 16 w + 15 of 64. `left`
/// is a fragment of 16-bit elements, or null if the left operand is
/// `sharedLeft`. A null accumulator is zero.
mlir::Value multiplyByWarpgroups(WarpBuilder &b, mlir::VectorType leftType,
                                 mlir::Value left,
                                 std::optional<SharedOperand> sharedLeft,
                                 const SharedOperand &right,
                                 mlir::VectorType sums,
                                 mlir::Value accumulator);

/// Starts left * right: its sums may be used behind `waitForWarpgroups` only,
/// which gives them, and nothing else may be done with them before.
mlir::Value startByWarpgroups(WarpBuilder &b, const SharedOperand &left,
                              const SharedOperand &right,
                              mlir::VectorType sums);
mlir::Value waitForWarpgroups(WarpBuilder &b, mlir::Value sums);

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_WARPGROUPMMA_H
