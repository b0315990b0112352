//===- 16-bit floating-point numbers as bits --------------------*- C++ -*-===//
//
// Portable conversions, for machines and compilers without such types. All
// round to nearest even, keep infinities, and keep NaNs (made quiet).
//
//===----------------------------------------------------------------------===//
#ifndef ATTENTION_RUNTIME_FILES_HALFPRECISION_H
#define ATTENTION_RUNTIME_FILES_HALFPRECISION_H

#include <cstdint>
#include <cstring>

namespace attention {

/// `value` rounded once to a format of 1 + ExponentBits + MantissaBits = 16.
template <int ExponentBits, int MantissaBits>
inline uint16_t narrow(double value) {
  static_assert(1 + ExponentBits + MantissaBits == 16, "formats of 16 bits");
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  const auto sign = static_cast<uint16_t>(bits >> 63 << 15);
  const uint64_t magnitude = bits & ~(uint64_t(1) << 63);
  const uint64_t infinity = uint64_t(0x7ff) << 52;
  const auto topExponent =
      static_cast<uint16_t>(((1 << ExponentBits) - 1) << MantissaBits);
  if (magnitude > infinity) {
    const auto payload = static_cast<uint16_t>(
        (magnitude >> (52 - MantissaBits)) & ((1 << MantissaBits) - 1));
    return sign | topExponent | payload | uint16_t(1 << (MantissaBits - 1));
  }
  const int bias = (1 << (ExponentBits - 1)) - 1;
  const int exponent = static_cast<int>(magnitude >> 52) - 1023;
  if (exponent > bias)
    return sign | topExponent;
  // The significand with its leading one, to be cut by `shift` bits; numbers
  // below the smallest normal one lose as many bits more as they are smaller.
  // (Subnormal doubles, whose leading one this invents, are far below half of
  // the smallest result and round to zero all the same.)
  const uint64_t significand =
      (magnitude & ((uint64_t(1) << 52) - 1)) | (uint64_t(1) << 52);
  const int biased = exponent + bias;
  const int shift = 52 - MantissaBits + (biased > 0 ? 0 : 1 - biased);
  if (shift > 53)
    return sign;
  uint64_t kept = significand >> shift;
  const uint64_t half = uint64_t(1) << (shift - 1);
  const uint64_t rest = significand & ((uint64_t(1) << shift) - 1);
  if (rest > half || (rest == half && (kept & 1)))
    ++kept;
  // A carry runs into the exponent, and from the largest number to infinity.
  if (biased > 0)
    kept += static_cast<uint64_t>(biased - 1) << MantissaBits;
  return sign | static_cast<uint16_t>(kept);
}

inline uint16_t narrowToF16(double value) { return narrow<5, 10>(value); }
inline uint16_t narrowToBF16(double value) { return narrow<8, 7>(value); }

inline float widenBF16(uint16_t bits) {
  const uint32_t wide = static_cast<uint32_t>(bits) << 16;
  float value;
  std::memcpy(&value, &wide, sizeof(value));
  return value;
}

inline float widenF16(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
  const uint32_t exponent = (bits >> 10) & 0x1f;
  const uint32_t mantissa = bits & 0x3ff;
  uint32_t wide;
  if (exponent == 0x1f) {
    // NaNs become quiet, as the instruction makes them.
    const uint32_t quiet = mantissa ? uint32_t(1) << 22 : 0;
    wide = sign | 0x7f800000 | (mantissa << 13) | quiet;
  } else if (exponent) {
    wide = sign | ((exponent + 127 - 15) << 23) | (mantissa << 13);
  } else {
    // Subnormal: mantissa * 2^-24, exact in f32.
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    std::memcpy(&wide, &magnitude, sizeof(wide));
    wide |= sign;
  }
  float value;
  std::memcpy(&value, &wide, sizeof(value));
  return value;
}

} // namespace attention
#endif
