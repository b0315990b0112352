/// What a target wants of tile code.
#ifndef ATTENTION_LOWERING_TILEOPTIONS_H
#define ATTENTION_LOWERING_TILEOPTIONS_H

#include "mlir/IR/BuiltinTypes.h"

namespace attention {

/// Which weights are rounded to the type of the values that they multiply.
enum class NarrowWeights {
  None,     ///< values are widened
  BFloat16, ///< those of bf16, before anything else is made of them
  All,      ///< those of any 16-bit type, for the product alone; what is
            ///< counted, is counted in bf16
};

/// Which products of f32 are of bf16.
enum class BFloat16Products {
  None,
  LeftByRows, ///< where the left operand has the summed dimension in its rows
  All
};

struct TileOptions {
  /// As matrix units and products of pairs need it.
  NarrowWeights narrowWeights = NarrowWeights::None;
  /// Look into the values of a boundary tile, and take the path that keeps
  /// what is not finite away from masked pairs only if there are such values.
  bool branchOnFinite = true;

  /// Whether weights of values of type `element` are rounded.
  bool narrows(mlir::Type element) const {
    return narrowWeights == NarrowWeights::All ||
           (narrowWeights == NarrowWeights::BFloat16 && element.isBF16());
  }
};

} // namespace attention

#endif // ATTENTION_LOWERING_TILEOPTIONS_H
