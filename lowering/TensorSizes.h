/// Sizes of tensors, followed back to what a function is given.
#ifndef ATTENTION_LOWERING_TENSORSIZES_H
#define ATTENTION_LOWERING_TENSORSIZES_H

#include "mlir/IR/Builders.h"

namespace attention {

/// The size of dimension `dim` of `tensor`. Ops on tensors are looked through,
/// so that sizes do not keep tensors alive and can be computed before them.
mlir::OpFoldResult sizeOf(mlir::OpBuilder &builder, mlir::Location loc,
                          mlir::Value tensor, int64_t dim);

/// All sizes of `tensor`.
llvm::SmallVector<mlir::OpFoldResult>
sizesOf(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value tensor);

/// The product of sizes.
mlir::OpFoldResult product(mlir::OpBuilder &builder, mlir::Location loc,
                           llvm::ArrayRef<mlir::OpFoldResult> sizes);

} // namespace attention

#endif // ATTENTION_LOWERING_TENSORSIZES_H
