/// Right operands that many tasks of a parallel loop read, packed once.
#ifndef ATTENTION_LOWERING_CPU_SHAREDPANELS_H
#define ATTENTION_LOWERING_CPU_SHAREDPANELS_H

#include "lowering/cpu/PackedOperand.h"
#include "lowering/cpu/VectorUnit.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/MapVector.h"

namespace attention {

/// Where a loop goes through the rows of a tensor tile by tile, and several
/// tasks go through the same rows, a parallel loop in front of the tasks packs
/// all tiles, and tasks read those. This concerns contractions whose right
/// operand is a plain read of memory that no task writes, at multiples of the
/// tile's size.
///
/// Whether it pays follows from sizes, at run time where they are not known
/// before: where it does not, nothing is packed in front, and tasks pack what
/// they read.
class SharedPanels {
public:
  /// Emits what comes in front of `loop`, at the builder's place.
  SharedPanels(mlir::ImplicitLocOpBuilder &builder, const VectorUnit &unit,
               mlir::scf::ForallOp loop);

  /// Whether the right operand of `op` may be found in panels.
  bool holds(mlir::Operation *op) const;

  struct Place {
    mlir::Value memory; ///< null where the operand is not shared
    /// Whether the operand lies there (i1); null where it always does.
    mlir::Value isPacked;
  };
  /// The right operand of `op`, at the builder's place.
  Place placeOf(mlir::ImplicitLocOpBuilder &builder,
                mlir::vector::ContractionOp op) const;

private:
  /// A read of tiles of one tensor.
  struct Source {
    PackedOperand packing;
    mlir::Value memory;
    llvm::SmallVector<mlir::Value> indices;
    mlir::VectorType tile;
    mlir::scf::ForOp rows;
    int64_t tasksRows; ///< of the left operand of one task
    /// Which indices, but that of rows, are not the same for all tasks.
    llvm::SmallVector<bool> varies;

    size_t rowDim() const { return varies.size() - 2; }
    size_t columnDim() const { return varies.size() - 1; }
    /// Whether rows and columns are at multiples of the tile's.
    bool isAligned() const;
    /// Whether both read the same tiles.
    bool isAlike(const Source &other) const;
  };
  struct Panels {
    Source source; ///< the first
    /// By the loop through rows that a read is in, the first one's indices.
    llvm::MapVector<mlir::scf::ForOp, llvm::SmallVector<mlir::Value>> reads =
        {};
    mlir::Value memory = {}, isPacked = {};
  };

  std::optional<Source> sourceOf(mlir::vector::ContractionOp op);
  void emit(Panels &panels);
  mlir::Value pays(const Source &source, mlir::ValueRange sizes,
                   mlir::Value rows);
  llvm::SmallVector<mlir::Value> sizesOf(const Source &source);
  mlir::Value isRead(const Panels &panels, mlir::ValueRange indices);
  void emitLoop(const Panels &panels, mlir::ArrayRef<mlir::OpFoldResult> sizes);

  mlir::ImplicitLocOpBuilder &b;
  const VectorUnit &unit;
  mlir::scf::ForallOp loop;
  llvm::SmallVector<Panels> all;
  llvm::DenseMap<mlir::Operation *, unsigned> numbers; ///< by contraction
};

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_SHAREDPANELS_H
