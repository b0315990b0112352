/// The loops of a planned stage.
#ifndef ATTENTION_LOWERING_CPU_STAGELOOPS_H
#define ATTENTION_LOWERING_CPU_STAGELOOPS_H

#include "lowering/cpu/Context.h"
#include "lowering/cpu/Points.h"
#include "lowering/cpu/StagePlan.h"
#include <map>

namespace attention {

/// Emits the loops of a stage at the builder's place. Every root without a
/// write has its scratch by then, and lies in it afterwards.
class StageLoops {
public:
  StageLoops(Context &context, StagePlan &plan)
      : c(context), b(context.b), plan(plan) {}
  void emit();

private:
  using Roots = llvm::SmallVector<StagePlan::Root *>;
  using Reductions = llvm::SmallVector<mlir::vector::MultiDimReductionOp>;
  /// What one loop over columns does.
  struct Columns {
    Roots stored;
    Reductions reduced;
    mlir::Value mask; // null if there is none
    SeenColumns::Table seen;
  };

  /// By place in a row, and columns.
  using Loops = std::map<std::pair<int, int64_t>, Columns>;

  Loops loopsOverColumns(const Roots &stored, const Reductions &reduced);
  int64_t rowsTogether(const Nest &nest, const Loops &loops);
  void forRows(Points &points, mlir::Value demanded, int64_t extent,
               int64_t step,
               llvm::function_ref<void(llvm::ArrayRef<mlir::Value>)> emit);
  void emitFlat(const Nest &nest, const Roots &stored);
  void emitRows(const Nest &nest, const Roots &stored,
                const Reductions &reduced);
  SeenColumns::Range wholeVectors(SeenColumns::Range seen, int64_t extent,
                                  int64_t lanes);
  void emitColumns(Points &points, llvm::ArrayRef<mlir::Value> rows,
                   int64_t extent, const Columns &columns);
  void emitColumn(Points &points, llvm::ArrayRef<mlir::Value> rows,
                  const Points::Loop &loop, int64_t lanes,
                  const Columns &columns);
  /// Stores what lies outside of a mask in the columns of a row.
  void storeOutside(Points &points, mlir::Value row, mlir::Value from,
                    mlir::Value to, const Columns &columns);
  void storeRow(Points &points, mlir::Value row, const Roots &perRow);
  void finishReduction(Points &points, mlir::Value row,
                       mlir::vector::MultiDimReductionOp op,
                       mlir::Value reduced);
  void store(const StagePlan::Root &root, llvm::ArrayRef<Bind> point,
             mlir::Value value);
  /// Finds the memory of the writes; before the loops.
  void openWrites(const Roots &stored, llvm::ArrayRef<mlir::Value> bounding);
  /// Makes the tile of a root known to lie in its scratch.
  void settle(const StagePlan::Root &root);

  Context &c;
  mlir::ImplicitLocOpBuilder &b;
  StagePlan &plan;
  llvm::DenseMap<mlir::Operation *, TileMemory> writes;
};

/// Emits the reduction of a tile's columns, row by row, into `scratch`.
void emitColumnReduction(Context &context, mlir::vector::MultiDimReductionOp op,
                         mlir::Value scratch);

/// Emits the reduction of a tile of rank 1 that is in scratch or known at
/// points; returns the scalar.
mlir::Value emitFullReduction(Context &context, mlir::Operation *op);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_STAGELOOPS_H
