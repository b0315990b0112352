/// Tile arithmetic of variants with a memory: products, and positions in a
/// chunk.
#ifndef ATTENTION_DIALECT_VARIANTS_CHUNKS_H
#define ATTENTION_DIALECT_VARIANTS_CHUNKS_H

#include "dialect/TileAlgebra.h"

namespace attention {

/// `left x right`, with `left` `(m, k)` and `right` `(k, n)`, added to the
/// accumulator.
mlir::Value product(mlir::OpBuilder &builder, mlir::Location loc,
                    mlir::Value left, mlir::Value right,
                    mlir::Value accumulator);
/// The same with `right` `(n, k)`, and with `left` `(k, m)`.
mlir::Value productWithRows(mlir::OpBuilder &builder, mlir::Location loc,
                            mlir::Value left, mlir::Value right,
                            mlir::Value accumulator);
mlir::Value productOfColumns(mlir::OpBuilder &builder, mlir::Location loc,
                             mlir::Value left, mlir::Value right,
                             mlir::Value accumulator);

enum class Order { Before, BeforeOrAt, After };
/// Which tokens of columns stand so to the token of the row; or, `ofRows`, of
/// rows to that of the column. `(n, n)` of i1
mlir::Value tokensThatAre(mlir::OpBuilder &builder, mlir::Location loc,
                          Order order, int64_t tokens, bool ofRows = false);

/// `tile` where `condition`, else 0.
mlir::Value whereTrue(mlir::OpBuilder &builder, mlir::Location loc,
                      mlir::Value condition, mlir::Value tile);

/// The sum of each row, and of each column.
mlir::Value sumOfRows(mlir::OpBuilder &builder, mlir::Location loc,
                      mlir::Value tile);
mlir::Value sumOfColumns(mlir::OpBuilder &builder, mlir::Location loc,
                         mlir::Value tile);

/// The number of each row, or of each column. `(rows, columns)` of index
mlir::Value numbers(mlir::OpBuilder &builder, mlir::Location loc, int64_t rows,
                    int64_t columns, bool ofRows);

/// Row `index` of a tile. `(rows, columns)` to `(columns)`
mlir::Value rowAt(mlir::OpBuilder &builder, mlir::Location loc,
                  mlir::Value tile, mlir::Value index);
/// Column `index` of a tile. `(rows, columns)` to `(rows)`
mlir::Value columnAt(mlir::OpBuilder &builder, mlir::Location loc,
                     mlir::Value tile, mlir::Value index);
/// `tile` with `column` `(rows)` in place of column `index`.
mlir::Value withColumn(mlir::OpBuilder &builder, mlir::Location loc,
                       mlir::Value tile, mlir::Value column, mlir::Value index);

/// Calls `body(i, state)` for i from 0 up to `tokens` (down to it, if
/// `backwards`), and returns the last state.
State forEachToken(
    mlir::OpBuilder &builder, mlir::Location loc, int64_t tokens,
    bool backwards, mlir::ValueRange state,
    llvm::function_ref<State(mlir::Value token, mlir::ValueRange state)> body);
State forEachToken(
    Chunk &chunk, bool backwards, mlir::ValueRange state,
    llvm::function_ref<State(mlir::Value token, mlir::ValueRange state)> body);

/// y with y_i = right_i + sum over j before i of pairs_ij y_j, token by token.
/// `(tokens, tokens)`, 0 but for j before i; `(tokens, e)`
mlir::Value solveForward(Chunk &chunk, mlir::Value pairs, mlir::Value right);

} // namespace attention

#endif // ATTENTION_DIALECT_VARIANTS_CHUNKS_H
