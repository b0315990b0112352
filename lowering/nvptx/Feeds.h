/// Tiles that are copied to shared memory ahead of the iterations that use
/// them.
#ifndef ATTENTION_LOWERING_NVPTX_FEEDS_H
#define ATTENTION_LOWERING_NVPTX_FEEDS_H

#include "lowering/nvptx/LayoutAnalysis.h"
#include "llvm/ADT/MapVector.h"

namespace attention::nvptx {

/// One tile of each iteration of a loop (or the same one in all of them), which
/// the loop reads at one place or at several, in branches.
struct Feed {
  llvm::SmallVector<mlir::vector::TransferReadOp> reads;
  /// Where every one of the reads is sure to stay within the memref.
  llvm::SmallVector<bool> inBounds;
  /// What computes the place of the tile within the loop, operands first.
  llvm::SmallVector<mlir::Operation *> slice;
  bool varies; ///< from iteration to iteration

  mlir::vector::TransferReadOp read() const { return reads.front(); }
  mlir::Value tile() const { return read().getResult(); }
  mlir::VectorType type() const {
    return llvm::cast<mlir::VectorType>(read().getVectorType());
  }
};

/// The feeds of the loops within one parallel loop: reads of tiles that are
/// wanted in shared memory as they stand in global memory, or from where others
/// are computed, whose places follow from the loop's variable alone and whose
/// memory the loop does not write.
class Feeds {
public:
  Feeds(mlir::scf::ForallOp loop, const LayoutAnalysis &layouts);

  llvm::ArrayRef<Feed> of(mlir::scf::ForOp loop) const;
  /// The feed that `tile` is read by, null if there is none.
  const Feed *find(mlir::Value tile) const { return byRead.lookup(tile); }
  /// Reads the tiles of one feed where they are used, after all: of the last
  /// one. False if there is none.
  bool dropOne();

private:
  void index();

  llvm::MapVector<mlir::Operation *, llvm::SmallVector<Feed>> loops;
  llvm::DenseMap<mlir::Value, const Feed *> byRead;
};

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_FEEDS_H
