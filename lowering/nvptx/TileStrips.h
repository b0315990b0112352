/// Strips of tiles that are computed element by element: a tile of many columns
/// need not be there as a whole.
#ifndef ATTENTION_LOWERING_NVPTX_TILESTRIPS_H
#define ATTENTION_LOWERING_NVPTX_TILESTRIPS_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace attention::nvptx {

class TileStrips {
public:
  /// Strips of `size` elements from `first` on, for `user`, emitted at the
  /// builder's place.
  TileStrips(mlir::OpBuilder &builder, mlir::Operation *user, mlir::Value first,
             int64_t size)
      : b(builder), loc(user->getLoc()), first(first), size(size) {}

  /// Whether `tile` is computed from reads, constants and what has no dimension
  /// `dim`, element by element, and whether what is read still stands in memory
  /// at `user`.
  static bool canCut(mlir::Value tile, int64_t dim, mlir::Operation *user);

  /// The strip of `tile` along `dim`.
  mlir::Value cut(mlir::Value tile, int64_t dim);
  /// `index` at the strip's start.
  mlir::Value shifted(mlir::Value index);
  mlir::OpBuilder &builder() { return b; }

private:
  mlir::Value cutOp(mlir::Operation *op, int64_t dim);
  mlir::VectorType typeOf(mlir::Value tile, int64_t dim) const;

  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::Value first;
  int64_t size;
  llvm::DenseMap<std::pair<mlir::Value, int64_t>, mlir::Value> known;
};

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_TILESTRIPS_H
