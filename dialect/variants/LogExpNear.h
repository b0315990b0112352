/// What the ways to compute a chunk of log-exp attention share, and the way for
/// keys that are near each other.
#ifndef ATTENTION_DIALECT_VARIANTS_LOGEXPNEAR_H
#define ATTENTION_DIALECT_VARIANTS_LOGEXPNEAR_H

#include "dialect/TileAlgebra.h"
#include "dialect/variants/Logs.h"

namespace attention {

/// The memory of a channel c, relative to the largest key so far, m_c: the sums
/// of exp(k_jc - m_c) v_j and of exp(k_jc - m_c). Where values are logarithms,
/// v_j is exp(v_j - u), with the largest value so far of each column, u.
enum LogExpMemory { Largest, Values, Weights, LargestValue };

/// `values` of the memory after a chunk, with 0 beside the features, where the
/// weight 0 makes NaN of an infinite value.
mlir::Value valuesOfFeatures(Chunk &chunk, mlir::Value values);

/// One chunk whose keys, and the largest of those before, are near each other:
/// all is relative to the largest key of each channel up to the end of the
/// chunk. A weight is then at least exp(-60) of what it is relative to, and
/// what underflows beside it, below exp(-87), is nothing to it.
class NearLogExpStep {
public:
  NearLogExpStep(Chunk &chunk, mlir::ValueRange memory);

  /// Whether keys are near enough (i1).
  mlir::Value applies();
  Step linear();

private:
  static constexpr double farthest = 60;

  Chunk &chunk;
  mlir::ValueRange memory;
  Logs logs;
  mlir::Value exists;
};

} // namespace attention

#endif // ATTENTION_DIALECT_VARIANTS_LOGEXPNEAR_H
