/// What a block of tile code asks of the processor, counted before it becomes
/// loops: an estimate for people, on which no code depends.
#ifndef ATTENTION_LOWERING_CPU_TILEWORK_H
#define ATTENTION_LOWERING_CPU_TILEWORK_H

#include "lowering/cpu/VectorUnit.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace attention {

/// Cycles from one product of tiles to the next.
static constexpr int64_t kTileProduct = 16;

/// Contractions that are alike.
struct ContractionWork {
  int64_t m, n, k;
  mlir::Type operand;                      ///< what is multiplied
  int64_t blockRows = 0, blockColumns = 0; ///< of accumulators
  bool isPacked = false; ///< whether the right operand is laid out anew
  bool isTiled = false;  ///< whether a matrix unit multiplies
  int64_t times = 1;
};

/// Vector instructions of one pass through a block, by what they do.
struct TileWork {
  llvm::SmallVector<ContractionWork> contractions;
  int64_t products = 0; ///< that multiply and add
  /// Those of tiles, each of which holds the matrix unit as long as
  /// `kTileProduct` others take; `products` has them as so many.
  int64_t tileProducts = 0;
  int64_t packing = 0, functions = 0, elementwise = 0, reductions = 0;
  int64_t bytes = 0; ///< of the tiles that contractions read and write

  static TileWork of(mlir::Block &block, const VectorUnit &unit);

  int64_t total() const {
    return products + packing + functions + elementwise + reductions;
  }
  /// What does not multiply, if it is there, the most first.
  llvm::SmallVector<std::pair<llvm::StringRef, int64_t>> rest() const;
  /// The share of time in which products are computed, if one of them starts
  /// in each cycle and, beside them, two of the others.
  double bestRatio() const;
  /// Whether so few rows share what is read that reading takes longer.
  bool isLimitedByMemory() const;

private:
  void add(mlir::vector::ContractionOp op, const VectorUnit &unit);
  void add(mlir::Operation *op, const VectorUnit &unit);
};

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_TILEWORK_H
