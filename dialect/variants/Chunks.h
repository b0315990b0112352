/// Tile arithmetic of variants with a memory: positions in a chunk, and what
/// decays leave from one token to another.
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

/// What decays leave within a chunk. Only decays between the two tokens in
/// question are ever summed, so that nothing cancels and nothing overflows.
class Remains {
public:
  explicit Remains(Chunk &chunk) : chunk(chunk), decay(chunk.decay()) {}

  /// `tile` `(tokens, d)` times what is left at each token of what was there
  /// before the chunk; without the token's own decay unless `own`.
  mlir::Value fromStart(mlir::Value tile, bool own = true);
  /// `tile` `(tokens, d)` times what is left of each token at the end.
  mlir::Value toEnd(mlir::Value tile);
  /// A memory `(d, e)` or `(d)` times what is left of it after the chunk.
  mlir::Value throughout(mlir::Value memory);
  /// For each pair sum_c left_ic right_jc exp(decays of c from j to i), where
  /// j is before i, or also at i if `at`; else 0. Without the decay of i itself
  /// unless `own`. `(tokens, tokens)`
  mlir::Value pairs(mlir::Value left, mlir::Value right, bool at,
                    bool own = true);

private:
  bool decays(Order order) const;
  mlir::Value sums(Order order);
  mlir::Value times(mlir::Value tile, mlir::Value logarithm);
  mlir::Value pairOfOne(mlir::Value left, mlir::Value right);
  mlir::Value pairsPerToken(mlir::Value left, mlir::Value right, bool own);
  mlir::Value pairsPerFeature(mlir::Value left, mlir::Value right, bool own);

  Chunk &chunk;
  Decay decay;
};

} // namespace attention

#endif // ATTENTION_DIALECT_VARIANTS_CHUNKS_H
