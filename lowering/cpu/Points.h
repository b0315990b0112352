/// Evaluation of tiles at a point: one element, or one register of columns.
#ifndef ATTENTION_LOWERING_CPU_POINTS_H
#define ATTENTION_LOWERING_CPU_POINTS_H

#include "lowering/cpu/Buffers.h"
#include "lowering/cpu/TileMemory.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace attention {

/// Emits code that computes tile values at points inside a nest of loops over
/// the tile's elements. What depends on outer loops alone is emitted there, and
/// nothing is emitted twice.
class Points {
public:
  Points(mlir::ImplicitLocOpBuilder &builder, Buffers &buffers)
      : b(builder), buffers(buffers), known(1) {}

  /// A loop of the nest, open while this lives; the builder stands inside.
  class Loop {
  public:
    Loop(Points &points, int64_t from, mlir::Value to, int64_t step,
         mlir::ValueRange carried = {});
    /// The same for a loop that exists.
    Loop(Points &points, mlir::scf::ForOp loop);
    ~Loop();
    mlir::Value index() { return op.getInductionVar(); }
    mlir::scf::ForOp op;

  private:
    Points &points;
    mlir::OpBuilder::InsertionGuard guard;
  };

  /// The value of `tile` at `point`: a scalar, or a vector of the point's
  /// lanes.
  mlir::Value at(mlir::Value tile, Point point);

  /// Notes that `tile` has `value` at `point` (row reductions are computed by
  /// loops of their own).
  void know(mlir::Value tile, Point point, mlir::Value value);

  /// Where the tile that `read` reads lies.
  const TileMemory &memoryOf(mlir::vector::TransferReadOp read);

  mlir::ImplicitLocOpBuilder &builder() { return b; }

private:
  using Key = std::pair<mlir::Value, Point>;

  mlir::Value compute(mlir::Value tile, Point point);
  mlir::Value computeConstant(mlir::Attribute splatted, Point point,
                              mlir::Type element);
  mlir::Value computeBroadcast(mlir::vector::BroadcastOp op, Point point);
  mlir::Value computeShapeCast(mlir::vector::ShapeCastOp op, Point point);
  mlir::Value computeStep(Point point);
  mlir::Value computeGather(mlir::vector::GatherOp op, Point point);
  mlir::Value computeElementwise(mlir::Operation *op, Point point);

  /// How many loops of the nest `point` depends on.
  unsigned levelOf(llvm::ArrayRef<Bind> point) const;
  mlir::Value find(mlir::Value tile, llvm::ArrayRef<Bind> point) const;
  /// Moves the builder to where `level` loops are open.
  void moveTo(unsigned level);

  mlir::ImplicitLocOpBuilder &b;
  Buffers &buffers;
  llvm::SmallVector<mlir::scf::ForOp> loops;
  unsigned depth = 0; // loops open at the place of emission
  /// What is known, by level.
  llvm::SmallVector<llvm::SmallVector<std::pair<Key, mlir::Value>>> known;
  llvm::DenseMap<mlir::Operation *, TileMemory> memories;
};

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_POINTS_H
