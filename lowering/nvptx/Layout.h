/// How the elements of a tile are spread over the threads of a block.
///
/// A block has a grid of warps, of 32 lanes each; lane = 4 * group + quad. Rows
/// are dealt out in blocks of 16: the warps of grid row w own row blocks w,
/// w + rows of the grid, ... (modulo the number of row blocks, so that surplus
/// warps repeat the work of others). Columns are dealt out in blocks of 8 to
/// the columns of the grid, just so; all get as many. A thread holds N column
/// blocks of each row.
///
/// | layout   | for              | element i of a thread's vector            |
/// |----------|------------------|-------------------------------------------|
/// | Fragment | R x C            | i = 4 (N b + n) + 2 h + c: row            |
/// |          |                  | 16 block(b) + group + 8 h, column         |
/// |          |                  | 8 block(n) + 2 quad + c                   |
/// | Row      | R or R x 1       | i = 2 b + h, the row as above             |
/// | Column   | C                | i = 2 n + c, the column as above          |
/// | Shared   | R x C            | (none: the tile lies in shared memory)    |
///
/// A fragment is the accumulator of `mma`. Where the grid has one column, it
/// also is the left operand of the next `mma`: for 16-bit types as it stands,
/// and for f32 and f64 when column 2 quad + c of each group of 8 takes the
/// place of column quad + 4 c, which a sum over columns does not notice if the
/// right operand's rows do the same.
#ifndef ATTENTION_LOWERING_NVPTX_LAYOUT_H
#define ATTENTION_LOWERING_NVPTX_LAYOUT_H

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/BitmaskEnum.h"

namespace attention::nvptx {

LLVM_ENABLE_BITMASK_ENUMS_IN_NAMESPACE();

/// One layout, or a set of them.
enum class Layout : unsigned {
  None = 0,
  Fragment = 1,
  Row = 2,
  Column = 4,
  Shared = 8,
  LLVM_MARK_AS_BITMASK_ENUM(Shared)
};

/// The layouts whose values are vectors in registers.
inline constexpr Layout kRegisterLayouts[] = {Layout::Fragment, Layout::Row,
                                              Layout::Column};

inline bool contains(Layout set, Layout one) {
  return (set & one) != Layout::None;
}

/// The type as a tile: a vector of rank 1 or 2, else null.
mlir::VectorType asTile(mlir::Type type);

/// The layouts a tile of this shape may have: vectors per row or per column
/// are no fragments, and fragments are neither.
Layout possibleLayouts(mlir::VectorType tile);

/// Rows and columns of a tile as `layout` sees them (1 where it has none).
int64_t rowsOf(mlir::VectorType tile, Layout layout);
int64_t columnsOf(mlir::VectorType tile, Layout layout);

/// The warps of a block, as a grid over tiles. Where only their number matters,
/// they count as that.
struct Warps {
  int64_t rows = 1, columns = 1;
  operator int64_t() const { return rows * columns; }
};

/// How many row blocks of 16 a tile has, and how many of them one warp holds.
int64_t rowBlocks(int64_t rows);
int64_t rowBlocksPerWarp(int64_t rows, Warps warps);
/// The same for column blocks of 8.
int64_t columnBlocks(int64_t columns);
int64_t columnBlocksPerWarp(int64_t columns, Warps warps);

/// The vector that one thread holds of `tile` in a register layout.
mlir::VectorType threadType(mlir::VectorType tile, Layout layout, Warps warps);

/// The type an element has in memory (one byte for i1, 64 bits for index).
mlir::Type storageType(mlir::Type element);
int64_t storageBytes(mlir::Type element);

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_LAYOUT_H
