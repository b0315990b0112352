/// Elementwise work that only branches need is done in them.
#ifndef ATTENTION_LOWERING_CPU_SINKINTOBRANCHES_H
#define ATTENTION_LOWERING_CPU_SINKINTOBRANCHES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace attention {

/// Moves cheap elementwise ops on tiles, all of whose users are in one branch
/// or the other behind them, to the start of each branch that has some: there
/// they can be part of what reads them, instead of a tile of their own.
void sinkIntoBranches(mlir::func::FuncOp function);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_SINKINTOBRANCHES_H
