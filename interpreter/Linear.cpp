/// Values weighted by <f(scale q), f(k)>: as a sum over whatever keys are seen,
/// and as a memory of past keys that decays.
#include "interpreter/Features.h"
#include "interpreter/Recurrences.h"
#include <cmath>
#include <limits>

using namespace mlir;

namespace attention {

double featureOf(Feature feature, double x) {
  switch (feature) {
  case Feature::Identity:
    return x;
  case Feature::Elu1:
    return x > 0 ? x + 1 : std::exp(x);
  case Feature::Exp:
    return std::exp(x);
  case Feature::Relu:
    return x < 0 ? 0 : x; // NaN stays
  }
  llvm_unreachable("feature without a meaning");
}

static SmallVector<double> featuresOf(Feature feature, ArrayRef<double> row) {
  return llvm::map_to_vector<6>(
      row, [&](double x) { return featureOf(feature, x); });
}

/// `sum` over what the variant divides by.
static void normalize(std::vector<double> &sum, Normalizer normalizer,
                      double ofKeys, int64_t count) {
  if (normalizer == Normalizer::None)
    return;
  double divisor = normalizer == Normalizer::Keys ? ofKeys : double(count);
  for (double &element : sum)
    element /= divisor;
}

ClosedSum closedLinear(LinearAttr variant) {
  Feature feature = variant.getFeature();
  auto score = [feature](const double *query, const double *key,
                         int64_t features, double scale) {
    double product = 0;
    for (int64_t c = 0; c < features; ++c)
      product +=
          featureOf(feature, scale * query[c]) * featureOf(feature, key[c]);
    return product;
  };
  auto sum = [normalizer = variant.getNormalizer()](
                 Frame &, ArrayRef<SeenKey> seen, std::optional<double>,
                 int64_t columns) -> FailureOr<RowSum> {
    RowSum row{std::vector<double>(columns, 0.0),
               -std::numeric_limits<double>::infinity()};
    double ofKeys = 0;
    for (const SeenKey &key : seen) {
      ofKeys += key.score;
      for (int64_t e = 0; e < columns; ++e)
        row.output[e] += key.score * key.value[e];
    }
    if (!seen.empty())
      normalize(row.output, normalizer, ofKeys, seen.size());
    return row;
  };
  return {score, sum, /*ofLogits=*/false};
}

Recurrence linearRecurrence(LinearAttr variant) {
  Feature feature = variant.getFeature();
  auto step = [feature](Memory &memory, const Token &token) {
    memory.decay(token.decay);
    SmallVector<double> key = featuresOf(feature, token.key);
    memory.add(key, token.value);
    for (int64_t c = 0; c < memory.features; ++c)
      memory.keySum[c] += key[c];
  };
  auto read = [feature, normalizer = variant.getNormalizer()](
                  const Memory &memory, ArrayRef<double> query) {
    SmallVector<double> row = featuresOf(feature, query);
    double ofKeys = 0;
    for (int64_t c = 0; c < memory.features; ++c)
      ofKeys += row[c] * memory.keySum[c];
    std::vector<double> output = memory.read(row);
    normalize(output, normalizer, ofKeys, memory.count);
    return output;
  };
  return {step, read};
}

} // namespace attention
