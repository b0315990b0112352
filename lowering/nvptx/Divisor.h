/// What is known to divide an index.
#ifndef ATTENTION_LOWERING_NVPTX_DIVISOR_H
#define ATTENTION_LOWERING_NVPTX_DIVISOR_H

#include "mlir/IR/Value.h"

namespace attention::nvptx {

/// A number that divides `index` whatever the inputs are; 0 if it is always 0.
int64_t divisorOf(mlir::Value index);

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_DIVISOR_H
