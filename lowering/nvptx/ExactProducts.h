/// Products of tiles that were only widened to f32.
#ifndef ATTENTION_LOWERING_NVPTX_EXACTPRODUCTS_H
#define ATTENTION_LOWERING_NVPTX_EXACTPRODUCTS_H

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace attention::nvptx {

/// The type of the numbers that are multiplied: that of the operands, or one of
/// 16 bits that all numbers of both are of.
mlir::Type multipliedType(mlir::vector::ContractionOp op);

/// Multiplies tiles of f32 whose numbers are all of one 16-bit type as tiles of
/// that type: the products are as exact, and take one instruction where those
/// of f32 take six.
void multiplyAsGiven(mlir::scf::ForallOp loop);

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_EXACTPRODUCTS_H
