/// What the numbers of a tile lie between, in a block of its rows and columns.
#ifndef ATTENTION_LOWERING_CPU_INTERVALS_H
#define ATTENTION_LOWERING_CPU_INTERVALS_H

#include "lowering/cpu/Points.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace attention {

/// Interval arithmetic on tiles of integers and of i1, whose interval says
/// whether all elements of the block are true (`least`), and whether any may be
/// (`most`).
class Intervals {
public:
  struct Interval {
    mlir::Value least, most;
  };

  explicit Intervals(Points &points) : points(points), b(points.builder()) {}

  /// Whether `of` says anything of `tile`.
  static bool isBounded(mlir::Value tile);
  /// The scalars and memory that `tile`, which is bounded, comes from.
  static void collectLeaves(mlir::Value tile,
                            llvm::SmallVectorImpl<mlir::Value> &leaves);

  /// The elements of `tile` that `block` spans: as many rows, or columns, as
  /// its binding has lanes.
  Interval of(mlir::Value tile, Point block);

private:
  Interval compute(mlir::Operation *op, const Point &block);
  Interval ofCompare(mlir::arith::CmpIOp op, const Point &block);
  Interval ofLogic(mlir::Operation *op, const Point &block);
  Interval ofRead(mlir::vector::TransferReadOp op, const Point &block);
  Interval ofShapeCast(mlir::vector::ShapeCastOp op, const Point &block);
  mlir::Value truth(bool value);

  Points &points;
  mlir::ImplicitLocOpBuilder &b;
};

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_INTERVALS_H
