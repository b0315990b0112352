/// What an op on tiles costs, on whatever processor: for estimates.
#ifndef ATTENTION_LOWERING_TILECOST_H
#define ATTENTION_LOWERING_TILECOST_H

#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace attention {

enum class TileCost {
  Nothing,   ///< reads, constants and what only renames elements
  Product,   ///< a contraction
  Reduction, ///< of the elements of its source
  Function,  ///< of each element, about as much as exp2
  Division,  ///< of each element
  Element    ///< one instruction for each element
};

TileCost costOf(mlir::Operation *op);

/// Instructions of the expansions of functions, about: those of
/// lowering/cpu/Exponentials.cpp, ExpandMath.cpp and MLIR's approximations.
inline constexpr int64_t kFunctionInstructions = 14;
/// A division holds its unit as long as so many others.
inline constexpr int64_t kDivisionInstructions = 8;

} // namespace attention

#endif // ATTENTION_LOWERING_TILECOST_H
