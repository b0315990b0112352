/// Until when the tiles of a function are read.
#ifndef ATTENTION_LOWERING_CPU_LIFETIMES_H
#define ATTENTION_LOWERING_CPU_LIFETIMES_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"

namespace attention {

/// Order of the ops that a function had before it was lowered. Ops that the
/// lowering adds do not count: they read scratch, not tiles.
class Lifetimes {
public:
  explicit Lifetimes(mlir::Operation *function);

  /// Whether `tile`, or a view of it, is read by an op that runs after `op`.
  bool isReadAfter(mlir::Value tile, mlir::Operation *op) const {
    return isRead(tile, op, /*inclusive=*/false);
  }
  /// The same, where `op` itself counts.
  bool isReadFrom(mlir::Value tile, mlir::Operation *op) const {
    return isRead(tile, op, /*inclusive=*/true);
  }

  /// Whether `tile`, or a view of it, is read by an op inside of `op`.
  static bool isReadWithin(mlir::Value tile, mlir::Operation *op);

private:
  bool isRead(mlir::Value tile, mlir::Operation *op, bool inclusive) const;

  llvm::DenseMap<mlir::Operation *, unsigned> order;
};

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_LIFETIMES_H
