/// Sine and cosine as arithmetic.
#ifndef ATTENTION_LOWERING_CPU_TRIGONOMETRIC_H
#define ATTENTION_LOWERING_CPU_TRIGONOMETRIC_H

#include "mlir/IR/PatternMatch.h"

namespace attention {

/// Patterns that replace `math.sin` and `math.cos` of f32.
void populateTrigonometric(mlir::RewritePatternSet &patterns);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_TRIGONOMETRIC_H
