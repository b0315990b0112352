//===- Conversions that compiled code calls by name -----------------------===//
//
// Where a processor has no instruction for 16-bit floating-point numbers, LLVM
// calls these. Compilers' own libraries have some of them, in some versions.
// Both formats travel in the low bits of a vector register, as _Float16 does.
//
//===----------------------------------------------------------------------===//
#include "runtime/attention.h"
#include "runtime/files/HalfPrecision.h"

using namespace attention;

#pragma clang diagnostic ignored "-Wmissing-prototypes"

static _Float16 fromBits(uint16_t bits) {
  _Float16 value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

static uint16_t bitsOf(_Float16 value) {
  uint16_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

extern "C" {
ATTN_API float __extendhfsf2(_Float16 value);
ATTN_API _Float16 __truncsfhf2(float value);
ATTN_API _Float16 __truncdfhf2(double value);
ATTN_API _Float16 __truncsfbf2(float value);
ATTN_API _Float16 __truncdfbf2(double value);
}

float __extendhfsf2(_Float16 value) { return widenF16(bitsOf(value)); }
_Float16 __truncsfhf2(float value) { return fromBits(narrowToF16(value)); }
_Float16 __truncdfhf2(double value) { return fromBits(narrowToF16(value)); }
_Float16 __truncsfbf2(float value) { return fromBits(narrowToBF16(value)); }
_Float16 __truncdfbf2(double value) { return fromBits(narrowToBF16(value)); }
