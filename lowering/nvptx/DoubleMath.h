/// Functions of f64 by polynomials, for targets without a mathematical library.
#ifndef ATTENTION_LOWERING_NVPTX_DOUBLEMATH_H
#define ATTENTION_LOWERING_NVPTX_DOUBLEMATH_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace attention::nvptx {

/// Each takes and gives f64 or a vector of it; relative error below 1e-15, NaN
/// stays NaN, results that are too large are infinite. Subnormal arguments of
/// the logarithm count as the smallest normal number.
mlir::Value exp2OfDouble(mlir::ImplicitLocOpBuilder &b, mlir::Value x);
mlir::Value expOfDouble(mlir::ImplicitLocOpBuilder &b, mlir::Value x);
mlir::Value logOfDouble(mlir::ImplicitLocOpBuilder &b, mlir::Value x);
mlir::Value log2OfDouble(mlir::ImplicitLocOpBuilder &b, mlir::Value x);
mlir::Value tanhOfDouble(mlir::ImplicitLocOpBuilder &b, mlir::Value x);

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_DOUBLEMATH_H
