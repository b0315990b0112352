/// Tiles in global memory: where they lie and how threads read and write them.
#ifndef ATTENTION_LOWERING_NVPTX_GLOBALTILE_H
#define ATTENTION_LOWERING_NVPTX_GLOBALTILE_H

#include "lowering/nvptx/KernelInputs.h"
#include "lowering/nvptx/WarpBuilder.h"

namespace attention::nvptx {

/// A tile at a place of a memref. Rows and columns are counted from its corner.
class GlobalTile {
public:
  /// The tile of type `type` at `memref[indices]`, seen in `layout`. `indices`
  /// are values of the source; a dimension that is not `inBounds` may end
  /// before the tile does.
  static mlir::FailureOr<GlobalTile> at(WarpBuilder &b, KernelInputs &inputs,
                                        mlir::Value memref,
                                        mlir::ValueRange indices,
                                        mlir::VectorType type, Layout layout,
                                        llvm::ArrayRef<bool> inBounds);

  /// This thread's part of the tile; what lies outside is `padding`.
  mlir::Value read(mlir::Value padding);
  /// Writes this thread's part, except for what lies outside.
  void write(mlir::Value part);
  /// Puts what `compute` makes of neighbours in a row into shared memory, all
  /// threads of the block together. Between barriers.
  void stage(const SharedTile &target, mlir::Value padding,
             llvm::function_ref<mlir::Value(mlir::Value)> compute);

  /// Starts to copy the tile to shared memory, all threads of the block
  /// together; what lies outside is zero. A thread's copies are there once it
  /// has waited for the group that it closes next; where rows do not start at
  /// multiples of 16 bytes, they already are.
  void copy(const SharedTile &target, mlir::Value zero);

private:
  GlobalTile(WarpBuilder &b, mlir::VectorType type, Layout layout)
      : b(b), type(type), layout(layout) {}

  mlir::Value address(mlir::Value row, mlir::Value column);
  mlir::Value rowInside(mlir::Value row);
  mlir::Value columnInside(mlir::Value column);
  mlir::Value readRun(mlir::Value row, mlir::Value column, int64_t count,
                      mlir::Value inside, mlir::Value padding);
  mlir::Value readRow(mlir::Value row, mlir::Value padding);
  void writeRow(mlir::Value row, mlir::Value values);
  mlir::Value readChunk(mlir::Value row, mlir::Value column, int64_t count,
                        mlir::Value padding);
  mlir::Value alignedAtRunTime();
  void copyChunk(mlir::Value place, mlir::Value row, mlir::Value column,
                 mlir::Value inside);
  void copyChunks(const SharedTile &target);

  WarpBuilder &b;
  mlir::VectorType type;
  Layout layout;
  mlir::Value corner;      ///< address of row 0, column 0
  mlir::Value rowStride;   ///< elements; null where there is one row
  mlir::Value rowLimit;    ///< rows that exist; null: all
  mlir::Value columnLimit; ///< columns that exist; null: all
  int64_t alignment = 1;   ///< bytes, of the start of every row
  mlir::Value aligned;     ///< whether rows start at multiples of 16 bytes
};

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_GLOBALTILE_H
