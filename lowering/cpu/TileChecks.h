/// Whether a function is in the form of docs/tile-level.md.
#ifndef ATTENTION_LOWERING_CPU_TILECHECKS_H
#define ATTENTION_LOWERING_CPU_TILECHECKS_H

#include "lowering/cpu/VectorUnit.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace attention {

/// Reports the first op on tiles that the lowering to loops does not know.
llvm::LogicalResult checkTiles(mlir::func::FuncOp function);

/// Reports the first rows in pairs, of a function in this form, that are not
/// multiplied as they lie in memory.
llvm::LogicalResult checkPairs(mlir::func::FuncOp function,
                               const VectorUnit &unit);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_TILECHECKS_H
