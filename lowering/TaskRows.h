/// Tasks of parallel loops that compute tiles of whole rows.
#ifndef ATTENTION_LOWERING_TASKROWS_H
#define ATTENTION_LOWERING_TASKROWS_H

#include "dialect/Attention.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace attention {

/// The tile of whole rows that each task of a loop puts into one result: row
/// `row` of the tensor at `leading` and those that follow.
struct RowTile {
  mlir::Value tile;  ///< `[rows here, columns]`
  mlir::Value place; ///< where it is computed, a slice of the result
  int64_t rows;      ///< most of them
  llvm::SmallVector<mlir::OpFoldResult> leading;
  mlir::OpFoldResult row, rowsHere;
  mlir::tensor::ParallelInsertSliceOp insert;

  /// Where the same rows of a tensor lie; `isPerRow` if it has one value each.
  llvm::SmallVector<mlir::OpFoldResult> offsets(mlir::OpBuilder &builder,
                                                bool isPerRow = false) const;
  llvm::SmallVector<mlir::OpFoldResult>
  sizes(mlir::OpBuilder &builder, std::optional<int64_t> columns) const;
};

/// The tile that tasks of `loop` put into result `number`, if it is of whole
/// rows and the task's last op on it is a `finish` or a `fused`.
std::optional<RowTile> rowTile(mlir::scf::ForallOp loop, unsigned number);

/// Loops that fill one tensor, each going on with what the one before has left.
/// The first starts from an empty tensor.
struct RowLoops {
  llvm::SmallVector<mlir::scf::ForallOp> loops;
  unsigned number; ///< of the result

  mlir::Value tensor() { return loops.back().getResult(number); }
  mlir::tensor::EmptyOp start() {
    return loops.front()
        .getOutputs()[number]
        .getDefiningOp<mlir::tensor::EmptyOp>();
  }
};

/// The loops that fill `tensor` with tiles of whole rows, if any do.
std::optional<RowLoops> rowLoops(mlir::Value tensor);

/// Adds a result that starts from the empty tensor `start`, and returns its
/// number.
unsigned addResult(RowLoops &loops, mlir::Value start);
/// Takes away the result that nobody reads: its tiles stay in the tasks.
/// Returns false, and does nothing, where they would not.
bool keepInTasks(RowLoops &loops);

} // namespace attention

#endif // ATTENTION_LOWERING_TASKROWS_H
