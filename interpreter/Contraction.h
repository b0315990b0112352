/// Contractions of floats, as matrix products.
#ifndef ATTENTION_INTERPRETER_CONTRACTION_H
#define ATTENTION_INTERPRETER_CONTRACTION_H

#include "interpreter/Interpreter.h"
#include "mlir/Dialect/Linalg/IR/LinalgInterfaces.h"

namespace attention {

/// Whether the op sums products of floats over plain loop variables.
bool isPlainContraction(mlir::linalg::LinalgOp op, const Frame &frame);

/// Runs such an op on loops of these sizes.
llvm::LogicalResult contract(mlir::linalg::LinalgOp op,
                             llvm::ArrayRef<int64_t> sizes, Frame &frame);

} // namespace attention

#endif // ATTENTION_INTERPRETER_CONTRACTION_H
