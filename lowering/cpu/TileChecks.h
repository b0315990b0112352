/// Whether a function is in the form of docs/tile-level.md.
#ifndef ATTENTION_LOWERING_CPU_TILECHECKS_H
#define ATTENTION_LOWERING_CPU_TILECHECKS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace attention {

/// Reports the first op on tiles that the lowering to loops does not know.
llvm::LogicalResult checkTiles(mlir::func::FuncOp function);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_TILECHECKS_H
