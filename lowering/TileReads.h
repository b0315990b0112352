/// Reads tiles of rows out of `[batch, heads, rows, columns]` tensors.
#ifndef ATTENTION_LOWERING_TILEREADS_H
#define ATTENTION_LOWERING_TILEREADS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace attention {

/// Rows from `row` on, of one head of one batch row, as `vector<rows x
/// columns>` with columns rounded up to 16; what does not exist is zero. `head`
/// counts among `heads` heads, of which the tensor may have fewer. A
/// `split_heads` behind the tensor is read through, so that it needs no copy.
/// `exist`: all of the rows do.
mlir::Value readRows(mlir::OpBuilder &builder, mlir::Location loc,
                     mlir::Value tensor, mlir::Value batch, mlir::Value head,
                     int64_t heads, mlir::Value row, int64_t rows,
                     bool exist = false);

/// Which part of its rows a tile is read of.
struct ColumnPart {
  int64_t rows;
  mlir::Value first; ///< column
  int64_t columns;   ///< in multiples of 16, all of which exist
  bool exist;        ///< all rows do
};

/// The same for some columns of the rows.
mlir::Value readColumns(mlir::OpBuilder &builder, mlir::Location loc,
                        mlir::Value tensor, mlir::Value batch, mlir::Value head,
                        int64_t heads, mlir::Value row, const ColumnPart &part);

/// `head`, counted among `heads` heads, as that of a tensor that has `count`.
mlir::Value headOf(mlir::OpBuilder &builder, mlir::Location loc,
                   mlir::Value head, int64_t heads, int64_t count);

} // namespace attention

#endif // ATTENTION_LOWERING_TILEREADS_H
