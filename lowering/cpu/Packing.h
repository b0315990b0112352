/// Right operands of contractions, laid out for register blocks.
#ifndef ATTENTION_LOWERING_CPU_PACKING_H
#define ATTENTION_LOWERING_CPU_PACKING_H

#include "lowering/cpu/TileMemory.h"

namespace attention {

/// Transposes a square of registers.
void transpose(mlir::ImplicitLocOpBuilder &b,
               llvm::SmallVectorImpl<mlir::Value> &rows);

/// Calls `emit(from, to, isChecked)` for the blocks of `lanes` rows that are
/// inside of `limit` (null: all up to `rows`), then for the one at the border
/// and those behind it, whose rows may be outside.
void forWholeBlocksThenBorder(
    mlir::ImplicitLocOpBuilder &b, mlir::Value limit, mlir::Value rows,
    int64_t lanes,
    llvm::function_ref<void(mlir::Value, mlir::Value, bool)> emit);

/// Panels are a right operand [k, n] as a memref [n / lanes, k, lanes] of the
/// type of accumulators: each vector of columns lies in one piece, so that the
/// lines which a block reads again and again do not push each other out of the
/// cache, as those of long rows do.
///
/// Emits loops that transpose a tile [n, k] in `source` into panels, in blocks
/// of `lanes` x `lanes`. Rows n outside of the source's limit become zeros, up
/// to `rows` (a multiple of `lanes`): rows behind that are not written.
void emitPack(mlir::ImplicitLocOpBuilder &b, const TileMemory &source,
              mlir::Value panels, mlir::Value rows, int64_t lanes);

/// Emits loops that copy a tile [k, n] in `source` into panels, or into `copy`
/// of its own shape: its first `depth` rows, which are inside of the limit, up
/// to `columns` (a multiple of `lanes`), of which those outside become zeros.
void emitCopy(mlir::ImplicitLocOpBuilder &b, const TileMemory &source,
              mlir::Value copy, mlir::Value columns, mlir::Value depth,
              int64_t lanes);

/// The vector of columns from `column` on (a multiple of `lanes`) at `k`.
mlir::Value loadFromPanel(mlir::ImplicitLocOpBuilder &b, mlir::Value panels,
                          mlir::Value column, mlir::Value k, int64_t lanes);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_PACKING_H
