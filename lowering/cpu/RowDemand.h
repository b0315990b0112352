/// Which rows of a tile anything that can be observed depends on.
#ifndef ATTENTION_LOWERING_CPU_ROWDEMAND_H
#define ATTENTION_LOWERING_CPU_ROWDEMAND_H

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <optional>

namespace attention {

/// Tiles reach past the end of what they are written to: one query in a tile of
/// 64 rows. Rows (elements along a tile's first dimension) that reach only what
/// is not written need not be computed. Demand flows from uses to definitions.
class RowDemand {
public:
  explicit RowDemand(mlir::Operation *function);

  /// Rows of `tiles` to compute, as an upper bound less than or equal to their
  /// number of rows; null where all are needed or the bound is not known at the
  /// builder's place. Never less than needed.
  mlir::Value rowsOf(mlir::ImplicitLocOpBuilder &b,
                     llvm::ArrayRef<mlir::Value> tiles) const;

  /// Whether `rowsOf` the tiles is the bound of `write` itself.
  bool isBoundOf(mlir::vector::TransferWriteOp write,
                 llvm::ArrayRef<mlir::Value> tiles) const;

private:
  /// The rows before the end of dimension `dim` of a memref, from `index` on.
  struct Limit {
    mlir::Value memref;
    int64_t dim;
    mlir::Value index;
    bool operator==(const Limit &other) const {
      return memref == other.memref && dim == other.dim && index == other.index;
    }
  };
  /// All rows, or those within any of the limits.
  struct Demand {
    bool all = false;
    llvm::SmallVector<Limit, 1> limits;
    bool include(const Demand &other);
  };

  static std::optional<Limit> limitOf(mlir::vector::TransferWriteOp write);
  static Demand everything();
  Demand of(llvm::ArrayRef<mlir::Value> tiles) const;
  bool propagate(mlir::Operation *op);
  bool propagateControl(mlir::Operation *op);
  bool demand(mlir::Value tile, const Demand &what);

  llvm::DenseMap<mlir::Value, Demand> demands;
};

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_ROWDEMAND_H
