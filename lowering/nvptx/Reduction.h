/// Reductions of fragments, and exchanges between threads.
#ifndef ATTENTION_LOWERING_NVPTX_REDUCTION_H
#define ATTENTION_LOWERING_NVPTX_REDUCTION_H

#include "lowering/nvptx/WarpBuilder.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace attention::nvptx {

/// Reduces each row of a fragment, in the order: columns with the same place
/// among eight, the two of a thread, the four threads of a row, the warps that
/// share the row through the bytes at `exchange`, `start`.
mlir::Value reduceRows(WarpBuilder &b, mlir::vector::CombiningKind kind,
                       mlir::VectorType tile, mlir::Value fragment,
                       mlir::Value start, int64_t exchange);

/// Reduces one value per column, `part` of `tile`, to a scalar, the same in all
/// threads.
mlir::Value reduceVector(WarpBuilder &b, mlir::vector::CombiningKind kind,
                         mlir::VectorType tile, mlir::Value part,
                         int64_t exchange);

/// Reduces each column of a fragment: within threads, within warps, then over
/// warps through the bytes at `exchange`.
mlir::Value reduceColumns(WarpBuilder &b, mlir::vector::CombiningKind kind,
                          mlir::VectorType tile, mlir::Value fragment,
                          mlir::Value start, int64_t exchange);

/// Turns one value per row into one per column or back, through the bytes at
/// `exchange`.
mlir::Value exchangeVector(WarpBuilder &b, mlir::VectorType tile,
                           mlir::Value part, Layout from, Layout to,
                           int64_t exchange);

/// Puts a fragment into shared memory, and takes one out of it.
void storeFragment(WarpBuilder &b, const SharedTile &target,
                   mlir::Value fragment);
mlir::Value loadFragment(WarpBuilder &b, const SharedTile &source);

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_REDUCTION_H
