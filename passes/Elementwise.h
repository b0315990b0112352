/// What is computed element by element.
#ifndef ATTENTION_PASSES_ELEMENTWISE_H
#define ATTENTION_PASSES_ELEMENTWISE_H

#include "mlir/IR/Operation.h"

namespace attention {

/// Ops of `arith`, `math` and the like on tensors of numbers, each element of
/// whose result follows from the same element of each operand.
bool isElementwiseOnTensors(mlir::Operation *op);

/// Ops whose only tensor with rows of its own is the first operand, and that
/// compute each row of the result, along the last dimension, from that row.
bool worksByRow(mlir::Operation *op);

/// The type that kernels compute in: f32 for 16-bit floating point.
mlir::Type computeType(mlir::Type element);

} // namespace attention

#endif // ATTENTION_PASSES_ELEMENTWISE_H
