//===- Loops at the limit of an x86 processor -----------------------------===//
//
// Each function is compiled for the feature that it uses, whatever the program
// is compiled for, and chosen when it runs.
//
//===----------------------------------------------------------------------===//
#include "tools/attention-bench/PeakLoops.h"

#if defined(__x86_64__)
#include "runtime/CpuFeatures.h"
#include "runtime/Cpuid.h"

#include <cstdint>
#include <immintrin.h>

using namespace attention;

// As many chains as latency times units, and no more than registers hold.
static const int rounds = 20000, chains = 12;

__attribute__((target("avx512f"))) static void fmaF32Avx512(const char *,
                                                            size_t) {
  __m512 sums[chains] = {};
  const __m512 factor = _mm512_set1_ps(0.5f);
  for (int round = 0; round < rounds; ++round)
    for (__m512 &sum : sums)
      sum = _mm512_fmadd_ps(sum, factor, factor);
  for (const __m512 &sum : sums)
    keepNumber(_mm512_reduce_add_ps(sum));
}

__attribute__((target("avx512f"))) static void fmaF64Avx512(const char *,
                                                            size_t) {
  __m512d sums[chains] = {};
  const __m512d factor = _mm512_set1_pd(0.5);
  for (int round = 0; round < rounds; ++round)
    for (__m512d &sum : sums)
      sum = _mm512_fmadd_pd(sum, factor, factor);
  for (const __m512d &sum : sums)
    keepNumber(_mm512_reduce_add_pd(sum));
}

__attribute__((target("avx2,fma"))) static void fmaF32Avx2(const char *,
                                                           size_t) {
  __m256 sums[chains] = {};
  const __m256 factor = _mm256_set1_ps(0.5f);
  for (int round = 0; round < rounds; ++round)
    for (__m256 &sum : sums)
      sum = _mm256_fmadd_ps(sum, factor, factor);
  for (const __m256 &sum : sums)
    keepNumber(_mm256_cvtss_f32(sum));
}

__attribute__((target("avx2,fma"))) static void fmaF64Avx2(const char *,
                                                           size_t) {
  __m256d sums[chains] = {};
  const __m256d factor = _mm256_set1_pd(0.5);
  for (int round = 0; round < rounds; ++round)
    for (__m256d &sum : sums)
      sum = _mm256_fmadd_pd(sum, factor, factor);
  for (const __m256d &sum : sums)
    keepNumber(_mm256_cvtsd_f64(sum));
}

__attribute__((target("avx512f,avx512bf16"))) static void
dotBf16Avx512(const char *, size_t) {
  __m512 sums[chains] = {};
  const __m512bh ones =
      _mm512_cvtne2ps_pbh(_mm512_set1_ps(1), _mm512_set1_ps(1));
  for (int round = 0; round < rounds; ++round)
    for (__m512 &sum : sums)
      sum = _mm512_dpbf16_ps(sum, ones, ones);
  for (const __m512 &sum : sums)
    keepNumber(_mm512_reduce_add_ps(sum));
}

namespace {
/// What LDTILECFG reads.
struct alignas(64) TileConfig {
  uint8_t palette = 1, startRow = 0, reserved[14] = {};
  uint16_t columnBytes[16] = {};
  uint8_t rows[16] = {};
};
} // namespace

/// Four accumulators, two tiles of rows and two of columns, all in registers.
__attribute__((target("amx-tile,amx-bf16"))) static void
multiplyAmx(const char *, size_t) {
  TileConfig config;
  for (int tile = 0; tile < 8; ++tile) {
    config.columnBytes[tile] = 64;
    config.rows[tile] = 16;
  }
  _tile_loadconfig(&config);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_zero(4);
  _tile_zero(5);
  _tile_zero(6);
  _tile_zero(7);
  for (int round = 0; round < rounds / 20; ++round) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_release();
}

static bool has(const char *features) {
  return missingFeatures(features).empty();
}

/// Of loops that multiply and add `lanes` numbers at a time.
static constexpr double operationsOf(int lanes) {
  return 2.0 * rounds * chains * lanes;
}

PeakLoop attention::x86PeakLoop(Peak peak) {
  const bool wide = has("avx512f"), middle = has("avx2,fma");
  switch (peak) {
  case Peak::FmaF32:
    if (wide)
      return {"avx512f", operationsOf(16), fmaF32Avx512};
    return middle ? PeakLoop{"fma", operationsOf(8), fmaF32Avx2} : PeakLoop();
  case Peak::FmaF64:
    if (wide)
      return {"avx512f", operationsOf(8), fmaF64Avx512};
    return middle ? PeakLoop{"fma", operationsOf(4), fmaF64Avx2} : PeakLoop();
  case Peak::DotBf16:
    if (has("avx512f,avx512bf16"))
      return {"avx512bf16", operationsOf(32), dotBf16Avx512};
    return {};
  case Peak::AmxBf16:
    if (has("amx-tile,amx-bf16") && requestTiles())
      return {"amx-bf16", 2.0 * (rounds / 20) * 4 * 16 * 16 * 32, multiplyAmx};
    return {};
  default:
    return {};
  }
}

#else
attention::PeakLoop attention::x86PeakLoop(Peak) { return {}; }
#endif
