/// Ops on rows, written anew on matrices.
#ifndef ATTENTION_LOWERING_ROWMATRICES_H
#define ATTENTION_LOWERING_ROWMATRICES_H

#include "dialect/Attention.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/IRMapping.h"

namespace attention {

/// Writes the ops of a kernel on `[rows, columns]` instead of on batches of
/// such, or on a part of the rows. Which rows, and how those of a tensor in
/// memory are seen as a matrix, the derived class says.
class RowMatrices {
public:
  virtual ~RowMatrices() = default;

  /// Whether no op behind `tensor` needs to know more than its row.
  bool isPossible(mlir::Value tensor);
  /// The matrix of `tensor`, whose ops of the kernel are written at `inside`.
  mlir::Value write(mlir::Value tensor);

protected:
  /// Writes ops of `fused`. What they read is made at `before`.
  RowMatrices(FusedOp fused, mlir::OpBuilder &before, mlir::OpBuilder &inside)
      : before(before), inside(inside), loc(fused.getLoc()), fused(fused) {}

  /// How many rows the matrix of a tensor of this shape has.
  virtual int64_t rowsOf(mlir::RankedTensorType type) = 0;
  virtual mlir::OpFoldResult rowsOf(mlir::Value tensor) = 0;
  /// The matrix of a tensor in memory.
  virtual mlir::Value view(mlir::Value tensor) = 0;
  /// `[rows]` of a tensor in memory that has one value for each row.
  virtual mlir::Value viewPerRow(mlir::Value tensor) = 0;
  /// Whether there are such.
  virtual bool hasView(mlir::Value) { return true; }
  virtual bool hasViewPerRow(mlir::Value) { return true; }

  mlir::RankedTensorType matrixType(mlir::Value tensor);
  /// Matrices that are known.
  void set(mlir::Value tensor, mlir::Value matrix) { known[tensor] = matrix; }

  mlir::OpBuilder &before, &inside;
  mlir::Location loc;

private:
  bool isInside(mlir::Value tensor) {
    return tensor.getParentBlock() == &fused.getBody().front();
  }
  llvm::SmallVector<mlir::Value> dynamicSizes(mlir::RankedTensorType type,
                                              mlir::OpFoldResult rows,
                                              mlir::Value likeColumns);
  mlir::Value repeated(mlir::linalg::BroadcastOp op);
  mlir::Value reduced(mlir::linalg::ReduceOp reduce, mlir::Value rows);
  mlir::Value source(mlir::Value tensor);
  mlir::Value parameter(mlir::Value tensor);

  FusedOp fused;
  mlir::IRMapping parameters;
  llvm::DenseMap<mlir::Value, mlir::Value> known;
};

} // namespace attention

#endif // ATTENTION_LOWERING_ROWMATRICES_H
