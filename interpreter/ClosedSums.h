/// What each variant makes of the keys that a query sees, in one closed sum.
#ifndef ATTENTION_INTERPRETER_CLOSEDSUMS_H
#define ATTENTION_INTERPRETER_CLOSEDSUMS_H

#include "interpreter/SeenKeys.h"

namespace attention {

struct RowSum {
  std::vector<double> output; ///< zeros where nothing was seen
  double logSumExp;           ///< of the denominator; -inf of nothing
};

using ClosedSum = RowSum (*)(mlir::Attribute variant,
                             llvm::ArrayRef<SeenKey> seen,
                             std::optional<double> sink, int64_t columns);

/// The sum of a variant; fails with a diagnostic if it is not known.
llvm::FailureOr<ClosedSum> closedSumOf(mlir::Operation *op,
                                       mlir::Attribute variant);

} // namespace attention

#endif // ATTENTION_INTERPRETER_CLOSEDSUMS_H
