/// How a fused op is cut into tiles.
#ifndef ATTENTION_LOWERING_KERNELPLAN_H
#define ATTENTION_LOWERING_KERNELPLAN_H

#include "dialect/Attention.h"
#include "lowering/TileBuilder.h"

namespace attention {

/// What a target says about tiles.
struct TileLimits {
  int64_t rowTile;    ///< most rows of a tile
  int64_t panelBytes; ///< of a projection's weight
  int64_t tileBytes;  ///< of the result, where nothing is contracted
  bool exactParts;    ///< see KernelPlan
};

/// The tiles of one kernel: of the tensor that it computes, which is stored
/// with heads merged if the region ends in `merge_heads`.
struct KernelPlan {
  mlir::Value computed;
  bool mergesHeads = false;
  /// Rows are computed one by one in a loop over those of a tile.
  bool byRow = false;
  int64_t rows = 0; ///< of a tile; 0 for tensors of rank 1
  int64_t columns = 0;
  /// Where the parts of a row start that one task computes one after another;
  /// empty if a task has one tile of `columns`.
  llvm::SmallVector<int64_t> cuts;
  /// Whether a part writes what exists of it and no more: a whole tile, which
  /// the next part would write over, is cheaper where one thread writes both.
  bool exactParts = false;
};

/// Reports an error where a size has to be static and is not.
mlir::FailureOr<KernelPlan> planKernel(FusedOp fused, const TileLimits &limits);

/// Ops whose results are not worth a kernel of their own: they are computed
/// where they are read.
bool isComputedWhereRead(mlir::Operation *op);

/// Ops whose tiles are single rows: rows of a larger tile are gathered in
/// scratch.
bool computesSingleRows(mlir::Operation *op);

/// The columns at which a rotary's parts start, and its width at last.
llvm::SmallVector<int64_t> rotaryCuts(RotaryOp op);

} // namespace attention

#endif // ATTENTION_LOWERING_KERNELPLAN_H
