/// Heads that share keys, as rows of one tile of a lone query.
#ifndef ATTENTION_PASSES_HEADGROUPS_H
#define ATTENTION_PASSES_HEADGROUPS_H

#include "dialect/Attention.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace attention {

/// How many heads of a lone query can be rows of one tile: those that share a
/// head of keys and values, if no clause asks for a row's own head; else 1.
int64_t headsAlike(FinishOp finish, VisitOp visit);

/// `[batch, heads, 1, columns]`, or heads merged `[batch, 1, heads * columns]`
/// with heads of `columns`, as `[batch, heads / group, group, columns]`: a
/// view. The number of queries may be open in the type.
mlir::Value groupHeads(mlir::OpBuilder &builder, mlir::Value tensor,
                       int64_t heads, int64_t group);
/// Finishes the tile of one group and writes it into `output`, `[batch, heads,
/// 1, e]` or merged, in a parallel loop.
void writeGroup(mlir::OpBuilder &builder, FinishOp finish, mlir::Value partial,
                mlir::Value batch, mlir::Value head, int64_t group,
                mlir::Value output, mlir::scf::InParallelOp terminator);

} // namespace attention

#endif // ATTENTION_PASSES_HEADGROUPS_H
