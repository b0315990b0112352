/// What each variant makes of the keys that a query sees, in one closed sum.
#ifndef ATTENTION_INTERPRETER_CLOSEDSUMS_H
#define ATTENTION_INTERPRETER_CLOSEDSUMS_H

#include "dialect/Attention.h"
#include "interpreter/Interpreter.h"

namespace attention {

/// A pair that contributes: its score, and its value's row.
struct SeenKey {
  double score;
  const double *value;
};

struct RowSum {
  std::vector<double> output; ///< zeros where nothing was seen
  double logSumExp;           ///< of the denominator; -inf of nothing
};

struct ClosedSum {
  /// The score of a pair, before score map and bias.
  std::function<double(const double *query, const double *key, int64_t features,
                       double scale)>
      score;
  /// The output of one query; keys come in the order of their positions.
  /// Regions run in the frame.
  std::function<llvm::FailureOr<RowSum>(Frame &, llvm::ArrayRef<SeenKey> seen,
                                        std::optional<double> sink,
                                        int64_t columns)>
      sum;
  /// Whether scores are logits: scaled by 1/sqrt(features) unless told how,
  /// and a score of -inf equals masked.
  bool ofLogits = true;
};

/// The sum of a variant; fails with a diagnostic if it has none.
llvm::FailureOr<ClosedSum> closedSumOf(mlir::Operation *op,
                                       mlir::Attribute variant);

/// Those of the variants that have a file of their own. `op` is where the
/// variant is named.
ClosedSum closedLogExp(LogExpAttr variant);
ClosedSum closedLinear(LinearAttr variant);
llvm::FailureOr<ClosedSum> closedCustom(mlir::Operation *op,
                                        CustomAttr variant);

/// exp(s_j) v_j summed and divided by the sum of exp(s_j) and exp(sink).
RowSum softmaxOf(llvm::ArrayRef<SeenKey> seen, std::optional<double> sink,
                 int64_t columns);

/// log sum exp of the numbers; -inf of none.
double logSumExp(llvm::ArrayRef<double> numbers);

} // namespace attention

#endif // ATTENTION_INTERPRETER_CLOSEDSUMS_H
