/// What decays leave from one token of a chunk to another.
#ifndef ATTENTION_DIALECT_VARIANTS_REMAINS_H
#define ATTENTION_DIALECT_VARIANTS_REMAINS_H

#include "dialect/variants/Chunks.h"

namespace attention {

/// What decays leave within a chunk. Only decays between the two tokens in
/// question are ever summed, so that nothing cancels and nothing overflows.
///
/// Where decays differ by channel (gated linear attention, RWKV-7), each pair
/// of tokens has its own weight for each channel. While the decays of no
/// channel sum up to more than 30, left or right, they are told from the middle
/// of the chunk instead: with L the sums from there, exp(L_i - L_j) is exp(L_i)
/// exp(-L_j), and all pairs are one matrix product. Else pairs are computed key
/// by key.
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
  using Build = llvm::function_ref<mlir::Value()>;

  bool decays(Order order) const;
  mlir::Value exp(mlir::Value logarithm);
  mlir::Value times(mlir::Value left, mlir::Value right);
  mlir::Value sums(Order order);
  mlir::Value factor(Order order);
  mlir::Value pairOfOne(mlir::Value left, mlir::Value right);
  mlir::Value pairsPerToken(mlir::Value left, mlir::Value right, bool own);
  mlir::Value pairsPerFeature(mlir::Value left, mlir::Value right, bool own);
  mlir::Value keyByKey(mlir::Value left, mlir::Value right, bool own);

  // Decays by channel, told from the middle of the chunk.
  mlir::Value ifNear(Build whereNear, Build otherwise);
  mlir::Value isNear();
  mlir::Value sumsFromMiddle(bool own);
  mlir::Value sumOfHalf(bool isFirst);
  mlir::Value fromMiddle(bool own);
  mlir::Value toMiddle();

  Chunk &chunk;
  Decay decay;
  // Once they are needed.
  mlir::Value near, towards[2], back;
};

} // namespace attention

#endif // ATTENTION_DIALECT_VARIANTS_REMAINS_H
