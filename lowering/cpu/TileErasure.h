/// The removal of tiles from a function whose loops are there.
#ifndef ATTENTION_LOWERING_CPU_TILEERASURE_H
#define ATTENTION_LOWERING_CPU_TILEERASURE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace attention {

/// The ops on tiles that a function has before it is lowered, so that they can
/// be removed afterwards without touching vectors of the new code.
class TileErasure {
public:
  explicit TileErasure(mlir::func::FuncOp function);
  /// Removes them; loops and branches lose the tiles that they carry.
  void run();

private:
  llvm::SmallVector<mlir::Operation *> control; // inner ops first
  llvm::SmallVector<mlir::Operation *> ops;
};

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_TILEERASURE_H
