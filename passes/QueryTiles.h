/// Computes what a `finish` yields by tiles of queries.
#ifndef ATTENTION_PASSES_QUERYTILES_H
#define ATTENTION_PASSES_QUERYTILES_H

#include "dialect/Attention.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace attention {

/// One tile of queries: where it is, and how many of its rows exist.
struct QueryTile {
  mlir::Value batch, head, row;
  mlir::OpFoldResult rowsHere;
  int64_t rows;
};

/// The `merge_heads` that is the only reader of the output, or null: tiles are
/// then written where it would put them.
MergeHeadsOp mergeBehind(FinishOp finish);

/// Empty tensors for what `finish` yields, `query` being the tensor of queries.
llvm::SmallVector<mlir::Value> emptyOutputs(mlir::OpBuilder &builder,
                                            FinishOp finish, mlir::Value query,
                                            bool mergeHeads);

/// Writes one tile of results into its place in the shared outputs of a loop.
void writeTile(mlir::OpBuilder &builder, FinishOp finish, mlir::Value partial,
               const QueryTile &tile, mlir::ValueRange outputs,
               mlir::scf::InParallelOp terminator, bool mergeHeads);

/// The empty partial that what `finish` reads starts from, or a diagnostic.
mlir::FailureOr<EmptyPartialOp> partialOrigin(FinishOp finish);

/// Queries of a tile: `rows`, or `halfRows`, if not 0, where they have 16 bits.
int64_t queriesPerTile(EmptyPartialOp empty, int64_t rows, int64_t halfRows);

/// A parallel loop over tiles of `rows` queries that does all that leads to the
/// partial for one tile, and writes into `outputs`. Returns the filled outputs.
/// Tiles that have the most to do come first.
/// `batch` rows of the batch are computed (default: all).
mlir::FailureOr<llvm::SmallVector<mlir::Value>>
tileQueries(mlir::OpBuilder &builder, FinishOp finish, int64_t rows,
            mlir::ValueRange outputs, mlir::OpFoldResult batch = nullptr);

/// Puts `results` in the place of what `finish`, and a `merge_heads` behind it,
/// yields, and erases both.
void replaceFinish(FinishOp finish, mlir::ValueRange results);

/// Erases what leads to a state that nobody reads.
void eraseIfDead(mlir::Value state);

} // namespace attention

#endif // ATTENTION_PASSES_QUERYTILES_H
