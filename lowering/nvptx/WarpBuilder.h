/// Builds the code of one thread of a kernel.
#ifndef ATTENTION_LOWERING_NVPTX_WARPBUILDER_H
#define ATTENTION_LOWERING_NVPTX_WARPBUILDER_H

#include "lowering/nvptx/SharedMemory.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace attention::nvptx {

/// Which thread code is for.
struct ThreadPlace {
  mlir::Value thread;
  mlir::Value rowWarp, columnWarp; ///< the place of its warp in the grid
  mlir::Value group;               ///< lane / 4: the row within eight rows
  mlir::Value quad;                ///< lane % 4: which two of eight columns
  mlir::Value lane;
};

/// A builder that knows which thread it builds for. Lanes, warps and offsets in
/// shared memory are i32, places in tiles and in memory are index.
class WarpBuilder : public mlir::ImplicitLocOpBuilder, public ThreadPlace {
public:
  /// Starts at the end of `entry`, the first block of a kernel of `warps`
  /// warps; `shared` names the shared memory of the block.
  WarpBuilder(mlir::Location loc, mlir::Block *entry, Warps warps,
              llvm::StringRef shared);

  const Warps warps;
  /// Whether the block has more warps than that, which do something else.
  bool hasOthers = false;
  /// The code that follows is for this one.
  void setThread(mlir::Value thread);

  mlir::Value i32(int64_t value);
  mlir::Value index(int64_t value);
  mlir::Value toIndex(mlir::Value value);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  /// Takes constants off a sum and returns their sum.
  static int64_t splitConstants(mlir::Value &sum);
  mlir::Value lessThan(mlir::Value a, mlir::Value b);
  /// `a and b`, where null means true.
  mlir::Value both(mlir::Value a, mlir::Value b);

  mlir::Value element(mlir::Value vector, int64_t at);
  llvm::SmallVector<mlir::Value> elements(mlir::Value vector, int64_t begin,
                                          int64_t count);
  mlir::Value vectorOf(mlir::ValueRange elements);
  mlir::Value slice(mlir::Value vector, int64_t begin, int64_t count);
  mlir::Value shuffle(mlir::Value vector, llvm::ArrayRef<int64_t> from);

  /// First row of row block `block` of this warp plus `group`; the row of half
  /// h is 8 h further on. A tile of 8 rows has both halves in the same rows.
  mlir::Value fragmentRow(int64_t rows, int64_t block, int64_t half);
  /// The same (i32) from row `group` on.
  mlir::Value rowDistance(int64_t rows, int64_t block, int64_t half);
  /// The first `count` columns that this thread holds, two in each column block
  /// of this warp. `anew`: computed for each use; kept in registers, those of a
  /// row of 64 columns would take 32 of them.
  llvm::SmallVector<mlir::Value> fragmentColumns(int64_t columns, int64_t count,
                                                 bool anew);
  /// The first of them (i32), and how far those of a block are from it.
  mlir::Value firstColumn(int64_t columns);
  int64_t columnDistance(int64_t block) const {
    return 8 * block * warps.columns;
  }
  /// The number (i32) of the first column block of this warp.
  mlir::Value firstColumnBlock(int64_t columns);
  /// The places (index) in a vector of what this thread holds of it.
  llvm::SmallVector<mlir::Value> places(mlir::VectorType tile, Layout layout);
  /// Whether this warp is the first that holds its `block`-th row block, null
  /// where that is always so.
  mlir::Value ownsRowBlock(int64_t rows, int64_t block);

  /// The same value (i32, f32, f64 or a pointer), but new each time: what is
  /// computed from it is computed again instead of being kept in registers.
  mlir::Value opaque(mlir::Value value) { return opaque(*this, value); }
  static mlir::Value opaque(mlir::ImplicitLocOpBuilder &builder,
                            mlir::Value value);

  /// Of the `warps` warps.
  mlir::Operation *barrier();
  /// Makes what the threads of the block wrote to `tile` visible to all of
  /// them, and to matrix products that read it for them, by a barrier.
  mlir::Operation *publish(const SharedTile &tile);
  /// The value that lane ^ mask has, of any number of bits up to 64.
  mlir::Value shuffleXor(mlir::Value value, int64_t mask);

  mlir::Value sharedAddress(mlir::Value byteOffset, int64_t more = 0);
  /// Loads from and stores to `address`; i1 and index as `storageType` says.
  /// `alignment` in bytes.
  mlir::Value load(mlir::Type type, mlir::Value address, int64_t alignment);
  void store(mlir::Value value, mlir::Value address, int64_t alignment);

private:
  mlir::Value shared;
};

/// Addresses of what one lane touches of a tile in shared memory, as distances
/// from its own row and byte of the row. In a swizzled tile, rows are at
/// multiples of 8, and bytes at multiples of a power of two that is larger than
/// the lane's own byte (or the distance is zero).
class LaneAddress {
public:
  LaneAddress(WarpBuilder &b, const SharedTile &tile, mlir::Value laneRow,
              mlir::Value laneByte);
  mlir::Value at(mlir::Value row, mlir::Value byte) const;
  mlir::Value at(int64_t row, int64_t byte) const;

private:
  WarpBuilder *b;
  SharedTile tile;

  mlir::Value swizzledAt(mlir::Value row, mlir::Value byte) const;

  mlir::Value base;
  mlir::Value inner; ///< the place within a row of a slab, swizzled
};

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_WARPBUILDER_H
