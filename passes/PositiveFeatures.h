/// What a model's text says about the features of queries and keys.
#ifndef ATTENTION_PASSES_POSITIVEFEATURES_H
#define ATTENTION_PASSES_POSITIVEFEATURES_H

#include "dialect/Attention.h"

namespace attention {

/// The number that all elements of a tensor are, if the text says so.
std::optional<double> numberEverywhere(mlir::Value value);

/// A tensor that is a feature map of another one, maybe split into heads.
struct FeatureMap {
  Feature feature; ///< `exp`, or `elu1`: elu(x) + 1
  mlir::Value input;
  SplitHeadsOp split; ///< of the features, or null
};

/// The feature map that `value` comes from, written in `arith` and `math`.
std::optional<FeatureMap> featureMapOf(mlir::Value value);

/// Whether each element is more than 0, or no number, by the operations that it
/// comes from.
bool isPositive(mlir::Value value);

} // namespace attention

#endif // ATTENTION_PASSES_POSITIVEFEATURES_H
