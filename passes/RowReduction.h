/// Reductions of each row of a tensor to one value, in plain linalg.
#ifndef ATTENTION_PASSES_ROWREDUCTION_H
#define ATTENTION_PASSES_ROWREDUCTION_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace attention {

/// How `op` combines the elements of each of several rows, if it is a
/// `linalg.reduce` of floats along the last dimension by one op; null
/// otherwise.
std::optional<mlir::vector::CombiningKind> rowReduction(mlir::Operation *op);

/// The row reduction whose values `op` repeats along their rows, if it does.
mlir::linalg::ReduceOp repeatedReduction(mlir::Operation *op);

} // namespace attention

#endif // ATTENTION_PASSES_ROWREDUCTION_H
