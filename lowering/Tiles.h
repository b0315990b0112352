/// What is a tile, and which ops make tiles (docs/tile-level.md).
#ifndef ATTENTION_LOWERING_TILES_H
#define ATTENTION_LOWERING_TILES_H

#include "lowering/MemoryRoots.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace attention {

bool isTile(mlir::Value value);
mlir::VectorType tileType(mlir::Value tile);

/// The dimensions of `type` whose size is not 1.
llvm::SmallVector<int64_t, 2> properDims(mlir::VectorType type);

/// Whether tiles of `type` have columns, of one row or of many.
bool hasColumns(mlir::VectorType type);

/// Broadcasts and shape casts: they only rename points of their source.
bool isView(mlir::Operation *op);

/// Whether one element of the op's tile can be computed by itself, given the
/// row reductions of its row.
bool isPointwise(mlir::Operation *op);

bool isRowReduction(mlir::Operation *op);
bool isColumnReduction(mlir::Operation *op);
/// Whether the op reduces a tile of rank 1 to a scalar, or takes its only
/// element.
bool isFullReduction(mlir::Operation *op);

/// Whether an element costs so much that computing it twice is worse than
/// keeping the tile.
bool isExpensive(mlir::Operation *op);

/// What a tile is everywhere; null if that is not one constant.
mlir::TypedAttr splatOf(mlir::Value tile);

/// Whether the op, or one inside of it, takes or gives tiles.
bool touchesTiles(mlir::Operation *op);

/// Whether nothing in the task that `op` belongs to writes to the memory that
/// it reads: then the read may be done where its elements are needed.
bool readsConstantMemory(mlir::Operation *op);

/// Whether `value`, a scalar or memory, is known where `builder` stands.
bool isKnownAt(mlir::OpBuilder &builder, mlir::Value value);

/// Which operand of a contraction is which, and how each lies in memory.
struct ContractionShape {
  mlir::Value left, right;
  int64_t m, n, k;
  bool leftByK;  // the left operand is [k, m]
  bool rightByN; // the right operand is [n, k]
  static mlir::FailureOr<ContractionShape> of(mlir::vector::ContractionOp op);
};

} // namespace attention

#endif // ATTENTION_LOWERING_TILES_H
