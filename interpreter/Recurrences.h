/// Variants whose past is a memory that each token changes: a matrix of keys by
/// values.
#ifndef ATTENTION_INTERPRETER_RECURRENCES_H
#define ATTENTION_INTERPRETER_RECURRENCES_H

#include "interpreter/SeenKeys.h"

namespace attention {

/// One step: rows of the operands for one key, in one head.
struct Token {
  llvm::ArrayRef<double> key, value;
  std::vector<double> decay;           ///< log, of each feature
  std::vector<double> remove, replace; ///< of each feature; empty if not given
  double beta;
};

struct Memory {
  Memory(int64_t features, int64_t columns)
      : features(features), columns(columns), matrix(features * columns, 0.0),
        keySum(features, 0.0) {}

  double &at(int64_t feature, int64_t column) {
    return matrix[feature * columns + column];
  }
  void decay(const std::vector<double> &logarithms);
  /// Adds `left` times `right`: a feature's factor and a column's.
  void add(llvm::ArrayRef<double> left, llvm::ArrayRef<double> right);
  /// row . matrix, of each column
  std::vector<double> read(llvm::ArrayRef<double> row) const;

  int64_t features, columns;
  std::vector<double> matrix;
  std::vector<double> keySum; ///< the same recurrence over keys alone
  int64_t count = 0;          ///< how many keys were seen
};

struct Recurrence {
  std::function<void(Memory &, const Token &)> step;
  /// The output of a query, which is scaled.
  std::function<std::vector<double>(const Memory &,
                                    llvm::ArrayRef<double> query)>
      read;
};

/// That of the variant; nullopt where the op means a closed sum.
std::optional<Recurrence> recurrenceOf(AttendOp op);

/// Those of the variants.
Recurrence linearRecurrence(LinearAttr variant);
Recurrence deltaRecurrence();
Recurrence rankOneRecurrence();

/// The output of `op` by token recurrence.
llvm::FailureOr<Array> recur(AttendOp op, const Recurrence &recurrence,
                             const PairSource &pairs, const Frame &frame);

} // namespace attention

#endif // ATTENTION_INTERPRETER_RECURRENCES_H
