//===- Loops at the limit of a processor, for any -------------------------===//
#include "tools/attention-bench/PeakLoops.h"

using namespace attention;

// The smallest vectors of the processors that we compile for.
typedef float Floats __attribute__((vector_size(16)));
typedef double Doubles __attribute__((vector_size(16)));

static const int rounds = 40000, chains = 8;

/// Independent chains of x = x * a + b, which end at 1.
template <typename Vector> static void multiplyAndAdd(const char *, size_t) {
#pragma clang fp contract(fast)
  Vector sums[chains] = {};
  const Vector factor = sums[0] + 0.5f, term = factor;
  for (int round = 0; round < rounds; ++round)
    for (Vector &sum : sums)
      sum = sum * factor + term;
  for (const Vector &sum : sums)
    keepNumber(sum[0]);
}

static void readAll(const char *memory, size_t bytes) {
  const auto *numbers = reinterpret_cast<const Floats *>(memory);
  Floats sums[chains] = {};
  for (size_t i = 0; i + chains <= bytes / sizeof(Floats); i += chains)
    for (int chain = 0; chain < chains; ++chain)
      sums[chain] += numbers[i + static_cast<size_t>(chain)];
  for (const Floats &sum : sums)
    keepNumber(sum[0]);
}

template <typename Vector, typename Number>
static constexpr double operationsOf =
    2.0 * rounds * chains * (sizeof(Vector) / sizeof(Number));

static PeakLoop portablePeakLoop(Peak peak) {
  if (peak == Peak::FmaF32)
    return {"128-bit vectors", operationsOf<Floats, float>,
            multiplyAndAdd<Floats>};
  if (peak == Peak::FmaF64)
    return {"128-bit vectors", operationsOf<Doubles, double>,
            multiplyAndAdd<Doubles>};
  if (peak == Peak::Read)
    return {"128-bit vectors", 0, readAll};
  return {};
}

PeakLoop attention::peakLoop(Peak peak) {
  const PeakLoop special = x86PeakLoop(peak);
  return special.run ? special : portablePeakLoop(peak);
}
