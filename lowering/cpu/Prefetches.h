/// Prefetches of the tiles that the next iteration of a loop reads and writes.
#ifndef ATTENTION_LOWERING_CPU_PREFETCHES_H
#define ATTENTION_LOWERING_CPU_PREFETCHES_H

#include "lowering/cpu/VectorUnit.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/SetVector.h"

namespace attention {

class SharedPanels;

/// The rows of tiles in memory that move on with a loop, if products are few
/// for each of their bytes, or tasks begin elsewhere each. A processor foresees
/// a long stretch by itself, but starts anew with every page: of a tile of few
/// pages, most would come too late. It can wait for a few dozens of lines at a
/// time only, so the contractions of the loop's body share the rows out among
/// all their blocks.
class Prefetches {
public:
  /// Of the loop's body, while it still has its tiles; at its start, where
  /// places of the next iteration are computed. Nothing of what is in `shared`,
  /// which may be null, is fetched.
  Prefetches(mlir::scf::ForOp loop, const VectorUnit &unit,
             const SharedPanels *shared);

  /// Rows for the blocks of one contraction: each fetches `perBlock` of them.
  struct Share {
    struct Part {
      mlir::Value memref;
      llvm::SmallVector<mlir::Value> indices;
      int64_t first, count, perBlock; // rows
      int64_t rowBytes, elementBytes, tileBytes;
      bool isWritten;
      mlir::Operation *access; ///< of this iteration
    };
    llvm::SmallVector<Part> parts;
    void emit(mlir::ImplicitLocOpBuilder &builder, mlir::Value block) const;
  };
  /// The share of a contraction of the loop's body, or of a branch in it;
  /// nothing for others.
  Share shareOf(mlir::vector::ContractionOp op) const;

  /// Where few rows take those of `read` one after the other: fetches what the
  /// next iteration reads in place of `elements` at this row and column.
  void emitAlong(mlir::ImplicitLocOpBuilder &builder,
                 mlir::vector::TransferReadOp read, mlir::Value row,
                 mlir::Value column, int64_t elements) const;

private:
  template <typename Op>
  void note(Op op, const llvm::SetVector<mlir::Operation *> &ops,
            mlir::IRMapping next, bool isWritten);
  template <typename Op> void noteNext(Op op, bool isWritten);
  void noteBehind(mlir::vector::TransferWriteOp write);
  bool keepsUp() const;
  bool asksByBlocks() const;
  const Share::Part *tileOf(mlir::vector::TransferReadOp read) const;
  struct Work {
    int64_t blocks = 0, products = 0;
    bool readsRows = false;  // one after the other: that is foreseen best
    bool packsPairs = false; // of rows, which nobody reads as they lie then
  };
  Work assign(mlir::Block &block, Work before);

  mlir::scf::ForOp loop;
  const VectorUnit &unit;
  bool beginsElsewhere;                 ///< for each task
  llvm::SmallVector<Share::Part> tiles; // whole
  int64_t rows = 0, bytes = 0;          // of all
  Work all;
  /// The blocks before each contraction.
  llvm::DenseMap<mlir::Operation *, int64_t> earlier;
};

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_PREFETCHES_H
