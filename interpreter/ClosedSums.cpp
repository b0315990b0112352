#include "interpreter/ClosedSums.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>
#include <limits>

using namespace mlir;

namespace attention {

static constexpr double infinity = std::numeric_limits<double>::infinity();

/// The largest; NaN if there is one.
static double maximumOf(ArrayRef<double> numbers, double start) {
  double maximum = start;
  for (double number : numbers)
    if (number > maximum || std::isnan(number))
      maximum = number; // nothing is above NaN
  return maximum;
}

double logSumExp(ArrayRef<double> numbers) {
  double maximum = maximumOf(numbers, -infinity);
  if (std::isinf(maximum))
    return maximum;
  double sum = 0;
  for (double number : numbers)
    sum += std::exp(number - maximum);
  return maximum + std::log(sum);
}

static double scaledProduct(const double *query, const double *key,
                            int64_t features, double scale) {
  double product = 0;
  for (int64_t c = 0; c < features; ++c)
    product += query[c] * key[c];
  return product * scale;
}

static void addWeighted(std::vector<double> &output, double weight,
                        const double *value) {
  for (size_t c = 0; c < output.size(); ++c)
    output[c] += weight * value[c];
}

/// Relative to the maximum.
RowSum softmaxOf(ArrayRef<SeenKey> seen, std::optional<double> sink,
                 int64_t columns) {
  RowSum row{std::vector<double>(columns, 0.0), -infinity};
  if (seen.empty())
    return row;
  auto scores = llvm::map_to_vector<0>(
      seen, [](const SeenKey &key) { return key.score; });
  double maximum = maximumOf(scores, sink.value_or(-infinity));
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

static FailureOr<RowSum> softmax(Frame &, ArrayRef<SeenKey> seen,
                                 std::optional<double> sink, int64_t columns) {
  return softmaxOf(seen, sink, columns);
}

/// Values weighted by a function of their scores.
static ClosedSum weightedBy(std::function<double(double)> weight) {
  auto sum = [weight](Frame &, ArrayRef<SeenKey> seen, std::optional<double>,
                      int64_t columns) -> FailureOr<RowSum> {
    RowSum row{std::vector<double>(columns, 0.0), -infinity};
    for (const SeenKey &key : seen)
      addWeighted(row.output, weight(key.score), key.value);
    return row;
  };
  return {scaledProduct, sum};
}

static double sigmoid(double score) { return 1 / (1 + std::exp(-score)); }

static ClosedSum relu(ReluAttr variant) {
  return weightedBy([power = variant.getPower()](double score) {
    double positive = score < 0 ? 0 : score; // NaN stays
    return std::pow(positive, double(power));
  });
}

FailureOr<ClosedSum> closedSumOf(Operation *op, Attribute variant) {
  using Found = FailureOr<ClosedSum>;
  return llvm::TypeSwitch<Attribute, Found>(variant)
      .Case([](SoftmaxAttr) { return ClosedSum{scaledProduct, softmax}; })
      .Case([](SigmoidAttr) { return weightedBy(sigmoid); })
      .Case([](ReluAttr attr) { return relu(attr); })
      .Case([](LogExpAttr attr) { return closedLogExp(attr); })
      .Case([](LinearAttr attr) { return closedLinear(attr); })
      .Case([&](CustomAttr attr) -> Found {
        auto custom = closedCustom(op, attr);
        if (succeeded(custom))
          custom->score = scaledProduct;
        return custom;
      })
      .Default([&](Attribute) -> Found {
        return op->emitError(
                   "expects a variant whose sum the interpreter knows, "
                   "but got ")
               << variant;
      });
}

} // namespace attention
