/// The fold of an `attention.variant` over tiles of keys.
#ifndef ATTENTION_DIALECT_VARIANTS_CUSTOMFOLD_H
#define ATTENTION_DIALECT_VARIANTS_CUSTOMFOLD_H

#include "dialect/Attention.h"

namespace attention {

/// What each row knows of a range of keys: a tile `(rows)` for each scalar of
/// the state, and 1 where the row has seen a key, else 0. Where it has not, the
/// state means nothing.
struct RowRange {
  State state;
  mlir::Value seen;
};

/// `seen` as i1. `(rows)`
mlir::Value isSeen(mlir::OpBuilder &builder, mlir::Location loc,
                   mlir::Value seen);

/// Two neighbouring ranges, and the factors of their accumulators, `(rows)`.
/// What has seen nothing is left out.
struct JoinedRanges {
  RowRange range;
  mlir::Value firstFactor, secondFactor;
};
JoinedRanges composeRanges(VariantOp variant, mlir::OpBuilder &builder,
                           mlir::Location loc, const RowRange &first,
                           const RowRange &second);

/// A range after one more tile of keys: the factor of the accumulator that it
/// had, `(rows)`, and the weights of the values, 0 where masked, `(rows,
/// keys)`.
struct FoldedKeys {
  RowRange range;
  mlir::Value factorBefore, weights;
};
FoldedKeys foldKeys(VariantOp variant, Visit &visit, const RowRange &before);

} // namespace attention

#endif // ATTENTION_DIALECT_VARIANTS_CUSTOMFOLD_H
