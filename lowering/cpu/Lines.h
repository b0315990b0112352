/// Where rows lie in memory, as far as code finds out when it runs.
#ifndef ATTENTION_LOWERING_CPU_LINES_H
#define ATTENTION_LOWERING_CPU_LINES_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace attention {

/// Whether rows of `memref`, along its last dimension, may begin elsewhere than
/// at multiples of `bytes`, a power of two (i1). Callers place their tensors
/// where they like: that is known when code runs.
mlir::Value mayCutLines(mlir::ImplicitLocOpBuilder &b, mlir::Value memref,
                        int64_t bytes);

/// The memref that `one` emits where `condition` holds, or else that of
/// `other`, as `type`, which both can be cast to.
mlir::Value choosePlace(mlir::ImplicitLocOpBuilder &b, mlir::Value condition,
                        mlir::Type type, llvm::function_ref<mlir::Value()> one,
                        llvm::function_ref<mlir::Value()> other);

/// `type`, a row-major matrix, somewhere in memory where rows may be longer.
mlir::MemRefType placedLike(mlir::MemRefType type, mlir::MemRefType longer);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_LINES_H
