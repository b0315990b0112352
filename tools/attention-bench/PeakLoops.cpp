//===- Loops at the limit of a processor, for any -------------------------===//
#include "tools/attention-bench/PeakLoops.h"

using namespace attention;

// The smallest vectors of the processors that we compile for.
typedef float Floats __attribute__((vector_size(16)));
typedef double Doubles __attribute__((vector_size(16)));

static const int rounds = 30000, chains = 12;

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

/// Lines of several places in turns, as processors fetch ahead at each of them;
/// wider vectors are no faster.
static void readAll(const char *memory, size_t bytes) {
  const size_t places = 4, line = 64 / sizeof(Floats);
  const size_t share = bytes / places / 64 * line;
  const auto *numbers = reinterpret_cast<const Floats *>(memory);
  Floats sums[places] = {};
  for (size_t i = 0; i < share; i += line)
    for (size_t place = 0; place < places; ++place)
      for (size_t part = 0; part < line; ++part)
        sums[place] += numbers[place * share + i + part];
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
