/// Where tiles lie in the shared memory of a block.
#ifndef ATTENTION_LOWERING_NVPTX_SHAREDMEMORY_H
#define ATTENTION_LOWERING_NVPTX_SHAREDMEMORY_H

#include "lowering/nvptx/Feeds.h"
#include "lowering/nvptx/GpuFeatures.h"

namespace attention::nvptx {

/// A tile in shared memory: row-major, with 16 bytes of padding behind each
/// row. So 16 bytes of the same columns of eight rows lie in different banks
/// (rows are multiples of 32 bytes), and places differ by constants, which cost
/// no registers.
///
/// `wgmma` wants its operands swizzled instead: the tile is cut into slabs of
/// 128 (64, 32) bytes of all rows, which lie one behind the other, and within a
/// slab 16 bytes with number c of row r change places with number
/// c ^ (r % 8) (r / 2 % 4, r / 4 % 2).
struct SharedTile {
  int64_t offset; ///< bytes from the start of the block's shared memory
  mlir::VectorType type;
  mlir::Value stage = {}; ///< more bytes (i32), known as the kernel runs
  int64_t swizzle = 0;    ///< bytes of a row of a slab; 0: rows are padded

  int64_t bytes() const;
  /// Bytes from one row to the next.
  int64_t pitch() const { return swizzle ? swizzle : 16 * chunksPerRow() + 16; }
  int64_t slabBytes() const { return type.getDimSize(0) * swizzle; }
  int64_t elementBytes() const { return storageBytes(type.getElementType()); }
  int64_t chunksPerRow() const;
  int64_t elementsPerChunk() const;
};

/// Offsets of everything that a kernel keeps in shared memory. Tiles whose
/// lives do not overlap share the same bytes: each is written between two
/// barriers, so that all threads are done with what lay there before. A feed
/// has its bytes as long as its loop runs (where producers run ahead, from the
/// start of the kernel on), a tile for each stage.
class SharedMemoryPlan {
public:
  /// `stages` of each feed: a power of two.
  SharedMemoryPlan(mlir::scf::ForallOp loop, const LayoutAnalysis &layouts,
                   const Feeds &feeds, Warps warps, const GpuFeatures &features,
                   int64_t stages = 2);

  /// How many iterations' tiles of a feed have a place at a time.
  int64_t stages() const { return stageCount; }
  /// The place of a tile that is demanded in shared memory, or read by a feed:
  /// of its first stage.
  SharedTile tile(mlir::Value value) const;
  /// The offset of the bytes through which threads exchange what `op` (a
  /// reduction, or one that defines a vector of two layouts) needs.
  int64_t exchange(mlir::Operation *op) const { return exchanges.lookup(op); }
  /// The bytes of shared memory of a block.
  int64_t bytes() const { return total; }

private:
  struct Interval {
    int64_t begin, end, bytes, offset;
  };
  int64_t number(mlir::Block *block, int64_t next);
  SharedTile at(int64_t offset, mlir::VectorType type) const;
  void place(Interval interval, int64_t &offset);

  llvm::DenseMap<mlir::Operation *, std::pair<int64_t, int64_t>> spans;
  llvm::SmallVector<Interval> placed;
  llvm::DenseMap<mlir::Value, int64_t> tiles;
  llvm::DenseMap<mlir::Operation *, int64_t> exchanges;
  int64_t total = 0, stageCount;
  bool swizzled;
};

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_SHAREDMEMORY_H
