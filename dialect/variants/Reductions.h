/// Variants in the user's own words whose fold is a reduction: a whole tile of
/// keys at once.
#ifndef ATTENTION_DIALECT_VARIANTS_REDUCTIONS_H
#define ATTENTION_DIALECT_VARIANTS_REDUCTIONS_H

#include "dialect/Attention.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace attention {

/// How one scalar of the joint state comes of those of two ranges: the larger
/// or smaller of both, or their sum, each times a factor that says what it is
/// relative to the joint extremes.
struct ReducedScalar {
  mlir::vector::CombiningKind kind;
  bool extreme;
  /// Scalars in `compose`; null where the factor is 1.
  mlir::Value firstFactor, secondFactor;
};

/// Recognises a `compose` all of whose scalars reduce so, and whose weights are
/// factors of the same kind; nothing otherwise. As `compose` is associative,
/// factors along a chain of ranges multiply to the one between its ends.
std::optional<llvm::SmallVector<ReducedScalar>> matchReductions(VariantOp op);

} // namespace attention

#endif // ATTENTION_DIALECT_VARIANTS_REDUCTIONS_H
