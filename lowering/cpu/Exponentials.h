/// Exponential functions as arithmetic.
#ifndef ATTENTION_LOWERING_CPU_EXPONENTIALS_H
#define ATTENTION_LOWERING_CPU_EXPONENTIALS_H

#include "mlir/IR/PatternMatch.h"

namespace attention {

/// Patterns that replace `math.exp` and `math.exp2` of f32 and f64.
void populateExponentials(mlir::RewritePatternSet &patterns);

/// Patterns that come before these for vectors and scalars of f32, where
/// AVX512DQ and AVX512VL are there (ScaledExponentials.cpp).
void populateScaledExponentials(mlir::RewritePatternSet &patterns);

/// The pattern that comes before these for powers that are rounded to bf16,
/// where the instruction that rounds takes longer than a few others.
void populateCutExponentials(mlir::RewritePatternSet &patterns);

/// Coefficients in ascending order of the polynomial in f of [0, 1) that
/// approximates 2^f in float32.
llvm::ArrayRef<double> exp2Coefficients32();

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_EXPONENTIALS_H
