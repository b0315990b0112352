/// Applies a region written for one pair of query and key to a tile of pairs.
#ifndef ATTENTION_LOWERING_PAIRREGIONS_H
#define ATTENTION_LOWERING_PAIRREGIONS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace attention {

/// What is known of the pairs of a tile.
struct KnownPairs {
  mlir::Value seen; ///< which count, so far (i1); null: nothing is asked of all
  mlir::Value head; ///< of all of them
  int64_t heads;    ///< head is below it
};

/// Emits the region's operations for all pairs at once and returns what it
/// yields as a tile of `shape`. Arguments are scalars or tiles of `shape`; what
/// depends on scalars alone stays scalar. Elementwise operations become tile
/// operations, `tensor.extract` at varying indices a gather; anything else is
/// refused by a diagnostic. An index out of bounds is an error of the run; a
/// varying one if it is known which pairs are seen.
mlir::FailureOr<mlir::Value> inlineForPairs(mlir::OpBuilder &builder,
                                            mlir::Region &region,
                                            mlir::ValueRange arguments,
                                            llvm::ArrayRef<int64_t> shape,
                                            const KnownPairs &known);

} // namespace attention

#endif // ATTENTION_LOWERING_PAIRREGIONS_H
