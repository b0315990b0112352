/// Exponential functions as arithmetic.
#ifndef ATTENTION_LOWERING_CPU_EXPONENTIALS_H
#define ATTENTION_LOWERING_CPU_EXPONENTIALS_H

#include "mlir/IR/PatternMatch.h"

namespace attention {

/// Patterns that replace `math.exp` and `math.exp2` of f32 and f64.
void populateExponentials(mlir::RewritePatternSet &patterns);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_EXPONENTIALS_H
