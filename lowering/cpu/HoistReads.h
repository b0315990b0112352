/// Reads of tiles that do not change, out of the loops they stand in.
#ifndef ATTENTION_LOWERING_CPU_HOISTREADS_H
#define ATTENTION_LOWERING_CPU_HOISTREADS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace attention {

/// Moves reads of tiles out of loops over tiles and branches, where what they
/// read is the same in each turn and may be read at any time, and makes equal
/// ones one: a tile of queries is then copied to scratch once.
void hoistReads(mlir::func::FuncOp function);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_HOISTREADS_H
