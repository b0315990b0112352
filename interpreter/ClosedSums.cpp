#include "interpreter/ClosedSums.h"
#include <cmath>
#include <limits>

using namespace mlir;

namespace attention {

static constexpr double infinity = std::numeric_limits<double>::infinity();

static void addWeighted(std::vector<double> &output, double weight,
                        const double *value) {
  for (size_t c = 0; c < output.size(); ++c)
    output[c] += weight * value[c];
}

/// sum_j exp(s_j) v_j / (sum_j exp(s_j) + exp(sink)), relative to the maximum.
static RowSum softmax(Attribute, ArrayRef<SeenKey> seen,
                      std::optional<double> sink, int64_t columns) {
  RowSum row{std::vector<double>(columns, 0.0), -infinity};
  if (seen.empty())
    return row;
  double maximum = sink.value_or(-infinity);
  for (const SeenKey &key : seen)
    if (key.score > maximum || std::isnan(key.score))
      maximum = key.score; // nothing is above NaN: the row becomes NaN
  double sum = sink ? std::exp(*sink - maximum) : 0;
  for (const SeenKey &key : seen) {
    double weight = std::exp(key.score - maximum);
    sum += weight;
    addWeighted(row.output, weight, key.value);
  }
  for (double &element : row.output)
    element /= sum;
  row.logSumExp = maximum + std::log(sum);
  return row;
}

static RowSum sigmoid(Attribute, ArrayRef<SeenKey> seen, std::optional<double>,
                      int64_t columns) {
  RowSum row{std::vector<double>(columns, 0.0), -infinity};
  for (const SeenKey &key : seen)
    addWeighted(row.output, 1 / (1 + std::exp(-key.score)), key.value);
  return row;
}

static RowSum relu(Attribute variant, ArrayRef<SeenKey> seen,
                   std::optional<double>, int64_t columns) {
  RowSum row{std::vector<double>(columns, 0.0), -infinity};
  int64_t power = cast<ReluAttr>(variant).getPower();
  for (const SeenKey &key : seen) {
    double positive = key.score < 0 ? 0 : key.score; // NaN stays
    addWeighted(row.output, std::pow(positive, double(power)), key.value);
  }
  return row;
}

FailureOr<ClosedSum> closedSumOf(Operation *op, Attribute variant) {
  static const llvm::DenseMap<TypeID, ClosedSum> sums = {
      {TypeID::get<SoftmaxAttr>(), softmax},
      {TypeID::get<SigmoidAttr>(), sigmoid},
      {TypeID::get<ReluAttr>(), relu},
  };
  auto found = sums.find(variant.getTypeID());
  if (found == sums.end())
    return op->emitError(
               "expects a variant that the interpreter knows, but got ")
           << variant;
  return found->second;
}

} // namespace attention
