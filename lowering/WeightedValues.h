/// Weights times values, of which masked pairs take nothing, whatever the
/// values hold.
#ifndef ATTENTION_LOWERING_WEIGHTEDVALUES_H
#define ATTENTION_LOWERING_WEIGHTEDVALUES_H

#include "mlir/IR/Builders.h"
#include <functional>

namespace attention {

/// Adds products of weights `(rows, keys)`, which are 0 for masked pairs, and
/// values `(keys, e)` to an accumulator `(rows, e)`.
struct WeightedValues {
  mlir::OpBuilder &builder;
  mlir::Location loc;
  /// Its argument where the query sees the key, else 0.
  std::function<mlir::Value(mlir::Value)> whereSeen;
  /// Whether weights are rounded, see TileOptions::narrows.
  bool narrow = false;

  /// For finite values.
  mlir::Value product(mlir::Value weights, mlir::Value values,
                      mlir::Value accumulator) const;
  /// For values that may not be finite: they are counted, and what they make of
  /// each sum is added to that of the finite ones.
  mlir::Value careful(mlir::Value weights, mlir::Value values,
                      mlir::Value accumulator) const;
  /// `plain()` if all values turn out finite, else `careful`.
  mlir::Value guarded(mlir::Value weights, mlir::Value values,
                      mlir::Value accumulator,
                      llvm::function_ref<mlir::Value()> plain) const;

private:
  mlir::Value countingWeights(mlir::Value weights) const;
};

} // namespace attention

#endif // ATTENTION_LOWERING_WEIGHTEDVALUES_H
