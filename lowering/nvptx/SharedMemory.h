/// Where tiles lie in the shared memory of a block.
#ifndef ATTENTION_LOWERING_NVPTX_SHAREDMEMORY_H
#define ATTENTION_LOWERING_NVPTX_SHAREDMEMORY_H

#include "lowering/nvptx/LayoutAnalysis.h"

namespace attention::nvptx {

/// A tile in shared memory: row-major, rows cut into chunks of 16 bytes, chunk
/// j of row r stored in place of chunk j ^ swizzle(r). So the chunks of one
/// column of eight rows lie in different banks.
struct SharedTile {
  int64_t offset; ///< bytes from the start of the block's shared memory
  mlir::VectorType type;

  int64_t rowBytes() const;
  int64_t chunksPerRow() const { return rowBytes() / 16; }
  int64_t elementsPerChunk() const;
  /// How many consecutive rows have the same swizzle (a power of two).
  int64_t rowsPerSwizzle() const;
  /// swizzle(r) = (r / rowsPerSwizzle) & swizzleMask. It depends on r mod 8.
  int64_t swizzleMask() const;
};

/// Offsets of everything that a kernel keeps in shared memory. Tiles whose
/// lives do not overlap share the same bytes: each is written between two
/// barriers, so that all threads are done with what lay there before.
class SharedMemoryPlan {
public:
  SharedMemoryPlan(mlir::scf::ForallOp loop, const LayoutAnalysis &layouts,
                   int64_t warps);

  /// The place of a tile that is demanded in shared memory.
  SharedTile tile(mlir::Value value) const;
  /// The offset of the bytes through which threads exchange what `op` (a column
  /// reduction, or one that defines a vector of two layouts) needs.
  int64_t exchange(mlir::Operation *op) const { return exchanges.lookup(op); }
  /// The bytes of shared memory of a block.
  int64_t bytes() const { return total; }

private:
  struct Interval {
    int64_t begin, end, bytes, offset;
  };
  int64_t number(mlir::Block *block, int64_t next);
  void place(Interval interval, int64_t &offset);

  llvm::DenseMap<mlir::Operation *, std::pair<int64_t, int64_t>> spans;
  llvm::SmallVector<Interval> placed;
  llvm::DenseMap<mlir::Value, int64_t> tiles;
  llvm::DenseMap<mlir::Operation *, int64_t> exchanges;
  int64_t total = 0;
};

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_SHAREDMEMORY_H
