/// Maxima and minima that a model writes itself.
#ifndef ATTENTION_LOWERING_EXTREMES_H
#define ATTENTION_LOWERING_EXTREMES_H

#include "mlir/IR/Builders.h"

namespace attention {

/// The result of `op` on tiles, and NaN where it is `arith.maximumf` or
/// `arith.minimumf` of a NaN: on tiles these drop it, as the instructions do
/// (docs/tile-level.md), but a model means what upstream says.
mlir::Value withNaN(mlir::OpBuilder &builder, mlir::Operation *op);

} // namespace attention

#endif // ATTENTION_LOWERING_EXTREMES_H
