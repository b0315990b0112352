/// What ops of upstream dialects leave undefined, by what it is that they rely
/// on: parts of `checkUpstream`.
#ifndef ATTENTION_PASSES_UPSTREAMCHECKS_H
#define ATTENTION_PASSES_UPSTREAMCHECKS_H

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace attention {

class SizeChecks;

/// `number` as an operand.
mlir::Value asValue(SizeChecks &checks, mlir::OpFoldResult number);

/// Places that lie within a tensor.
void checkElement(mlir::tensor::ExtractOp op);
void checkElement(mlir::tensor::InsertOp op);
void checkSlice(mlir::tensor::ExtractSliceOp op);
void checkSlice(mlir::tensor::InsertSliceOp op);

/// Dynamic sizes of what an op makes, which are not negative.
void checkExtents(mlir::Operation *op);

/// The step of a loop, which is positive.
void checkStep(mlir::scf::ForOp op);

/// The divisor, which is not 0, if `op` divides whole numbers. Tensors are
/// divided in a loop then.
void checkDivisor(mlir::Operation *op);

/// Whether a divisor is known to be other than 0, be it by such a check.
bool isNeverZero(mlir::Value divisor);

} // namespace attention

#endif // ATTENTION_PASSES_UPSTREAMCHECKS_H
