/// Indices of which it is known what they are multiples of.
#ifndef ATTENTION_LOWERING_CPU_MULTIPLES_H
#define ATTENTION_LOWERING_CPU_MULTIPLES_H

#include "mlir/IR/Value.h"

namespace attention {

/// Whether `index` is a multiple of `number`, as far as arithmetic on constants
/// and steps of loops tell.
bool isMultiple(mlir::Value index, int64_t number);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_MULTIPLES_H
