/// Reductions of registers and of lanes.
#ifndef ATTENTION_LOWERING_CPU_REDUCTIONS_H
#define ATTENTION_LOWERING_CPU_REDUCTIONS_H

#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace attention {

/// Whether values of type `element` can be reduced by `kind`.
bool canReduce(mlir::vector::CombiningKind kind, mlir::Type element);

/// The type that elements are gathered in: f32 for 16-bit floating point.
mlir::Type reductionType(mlir::Type element);

/// What leaves everything as it is: a vector of `lanes`, or a scalar for 1.
mlir::Value neutralElement(mlir::ImplicitLocOpBuilder &b,
                           mlir::vector::CombiningKind kind, mlir::Type element,
                           int64_t lanes);

/// Adds `value` to what was `gathered` so far, which is never NaN for maxnumf
/// and minnumf.
mlir::Value combine(mlir::ImplicitLocOpBuilder &b,
                    mlir::vector::CombiningKind kind, mlir::Value gathered,
                    mlir::Value value);

/// Reduces the lanes of a vector as a tree of halves: the order depends on
/// their number alone.
mlir::Value reduceLanes(mlir::ImplicitLocOpBuilder &b,
                        mlir::vector::CombiningKind kind, mlir::Value vector);

/// What a reduction gives as `element`: `reduced`, and what it starts from.
mlir::Value withStart(mlir::ImplicitLocOpBuilder &b,
                      mlir::vector::CombiningKind kind, mlir::Value start,
                      mlir::Value reduced, mlir::Type element);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_REDUCTIONS_H
