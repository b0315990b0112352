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

/// Emits loops that transpose a tile [n, k] in `source` into `packed`, a memref
/// [k, n] of the type of accumulators, in blocks of `lanes` x `lanes`. Rows n
/// outside of the source's limit become zeros, up to `rows` (a multiple of
/// `lanes`): rows behind that are not written.
void emitPack(mlir::ImplicitLocOpBuilder &b, const TileMemory &source,
              mlir::Value packed, mlir::Value rows, int64_t lanes);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_PACKING_H
