/// Pairs of 16-bit numbers that are neighbours along k, for instructions that
/// multiply and add two of them at once.
#ifndef ATTENTION_LOWERING_CPU_PAIRS_H
#define ATTENTION_LOWERING_CPU_PAIRS_H

#include "lowering/cpu/TileMemory.h"

namespace attention {

/// Emits loops that lay out a right operand, [n, k] (`byN`) or [k, n], as
/// pairs: `packed` is a memref [k / 2, 2 n], where 2 j and 2 j + 1 of row p are
/// elements 2 p and 2 p + 1 along k of column j. What is outside of the
/// source's limits becomes zero, up to `columns` (a multiple of `lanes`) and to
/// the end of the pair that `depth` ends in: what is behind is not written.
/// Or, for tiles of a matrix unit, `packed` is [n / c, p, 2 c], of which the
/// last two dimensions are the pairs of c columns; p may be more than k / 2.
void emitPackPairs(mlir::ImplicitLocOpBuilder &b, const TileMemory &source,
                   bool byN, mlir::Value packed, mlir::Value columns,
                   mlir::Value depth, int64_t lanes);

/// Zeros for the pairs [from, to) of what is packed for tiles, up to `columns`.
void emitZeroPairs(mlir::ImplicitLocOpBuilder &b, mlir::Value packed,
                   mlir::Value from, mlir::Value to, mlir::Value columns,
                   int64_t lanes);

/// A register of pairs equal to that of the left operand at `row`, which begins
/// at `k`; `isHalf`: the second element is zero, whatever lies there.
mlir::Value splatPair(mlir::ImplicitLocOpBuilder &b, const TileMemory &left,
                      mlir::Value row, mlir::Value k, bool isHalf,
                      int64_t lanes);

/// `sums` and, for each lane, the products of one pair. Of `sums`, a register
/// of 128, 256 or 512 bits.
mlir::Value addPairProducts(mlir::ImplicitLocOpBuilder &b, mlir::Value sums,
                            mlir::Value left, mlir::Value right);

/// `sums` and, for each lane, both elements of one pair.
mlir::Value addPairs(mlir::ImplicitLocOpBuilder &b, mlir::Value sums,
                     mlir::Value pairs);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_PAIRS_H
