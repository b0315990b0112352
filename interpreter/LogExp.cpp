/// Values weighted by sum_c exp(q_c + k_c), in logarithms throughout.
#include "interpreter/ClosedSums.h"
#include <cmath>
#include <limits>

using namespace mlir;

namespace attention {

/// log <exp q, exp k>
static double logOfProduct(const double *query, const double *key,
                           int64_t features, double) {
  SmallVector<double> sums;
  for (int64_t c = 0; c < features; ++c)
    sums.push_back(query[c] + key[c]);
  return logSumExp(sums);
}

static FailureOr<RowSum> linearValues(Frame &, ArrayRef<SeenKey> seen,
                                      std::optional<double>, int64_t columns) {
  return softmaxOf(seen, std::nullopt, columns);
}

/// Logarithms of values in, of the output out.
static FailureOr<RowSum> logValues(Frame &, ArrayRef<SeenKey> seen,
                                   std::optional<double>, int64_t columns) {
  auto weights = llvm::map_to_vector<0>(
      seen, [](const SeenKey &key) { return key.score; });
  RowSum row{std::vector<double>(columns, 0.0), logSumExp(weights)};
  if (seen.empty())
    return row;
  for (int64_t c = 0; c < columns; ++c) {
    SmallVector<double, 0> products;
    for (const SeenKey &key : seen)
      products.push_back(key.score + key.value[c]);
    row.output[c] = logSumExp(products) - row.logSumExp;
  }
  return row;
}

ClosedSum closedLogExp(LogExpAttr variant) {
  bool log = variant.getValues() == ValueForm::Log;
  return {logOfProduct, log ? logValues : linearValues, /*ofLogits=*/false};
}

} // namespace attention
