/// Which ops on tensors may become one kernel.
#ifndef ATTENTION_PASSES_FUSIONGROUP_H
#define ATTENTION_PASSES_FUSIONGROUP_H

#include "dialect/Attention.h"

namespace attention {

/// Ops that are computed together, tile by tile, for the sake of the last one.
/// A value joins if nothing outside of the group reads it, so that it is
/// computed once, and if each reader takes it tile by tile.
class FusionGroup {
public:
  /// A group of `last` alone.
  FusionGroup(mlir::Operation *last, int64_t panelBytes);

  /// Whether `op` may be in a group at all.
  static bool canHold(mlir::Operation *op);
  /// Whether `op` may be the last of a group: of what has a value for each row,
  /// only what is made of it is a tensor of tiles.
  static bool canEnd(mlir::Operation *op);

  /// Adds `op`, which stands before all ops of the group, if it fits.
  bool add(mlir::Operation *op);

  /// From the last to the first.
  llvm::ArrayRef<mlir::Operation *> ops() const { return members; }

private:
  bool isReadByTiles(mlir::Operation *op) const;
  bool agrees(llvm::ArrayRef<mlir::Operation *> candidates) const;

  int64_t panelBytes;
  llvm::SmallVector<mlir::Operation *> members;
};

/// Moves ops, which are in program order, into one fused op in place of the
/// last.
FusedOp fuse(llvm::ArrayRef<mlir::Operation *> group);

} // namespace attention

#endif // ATTENTION_PASSES_FUSIONGROUP_H
