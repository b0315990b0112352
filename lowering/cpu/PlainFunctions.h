/// Functions that are a few operations and functions of other kinds.
#ifndef ATTENTION_LOWERING_CPU_PLAINFUNCTIONS_H
#define ATTENTION_LOWERING_CPU_PLAINFUNCTIONS_H

#include "mlir/IR/PatternMatch.h"

namespace attention {

/// Patterns that replace `math.expm1` of f32 and f64 and `math.log1p` of f64,
/// so that they keep their digits near 0, and `math.clampf`, `math.isinf` and
/// `math.isnormal`.
void populatePlainFunctions(mlir::RewritePatternSet &patterns);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_PLAINFUNCTIONS_H
