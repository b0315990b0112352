/// A number that tells functions apart.
#ifndef ATTENTION_PASSES_FINGERPRINT_H
#define ATTENTION_PASSES_FINGERPRINT_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace attention {

/// A hash of the text of a function and of what it refers to, such as custom
/// variants: the same on every machine, wherever the text stands in its file.
uint64_t fingerprintOf(mlir::func::FuncOp function);

} // namespace attention

#endif // ATTENTION_PASSES_FINGERPRINT_H
