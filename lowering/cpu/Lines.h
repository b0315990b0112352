/// Where rows in memory begin, told against lines of the cache.
#ifndef ATTENTION_LOWERING_CPU_LINES_H
#define ATTENTION_LOWERING_CPU_LINES_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace attention {

/// Whether rows of `memref`, along its last dimension, may begin elsewhere than
/// at multiples of `bytes`, a power of two (i1). Callers place their tensors
/// where they like: that is known when code runs.
mlir::Value mayCutLines(mlir::ImplicitLocOpBuilder &b, mlir::Value memref,
                        int64_t bytes);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_LINES_H
