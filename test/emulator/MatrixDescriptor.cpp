#include "test/emulator/MatrixDescriptor.h"

namespace attention::emulator {

static uint64_t field(uint64_t bits, unsigned from, unsigned count) {
  return bits >> from & ((uint64_t(1) << count) - 1);
}

MatrixDescriptor::MatrixDescriptor(uint64_t bits)
    : start(field(bits, 0, 14) << 4), leading(field(bits, 16, 14) << 4),
      stride(field(bits, 32, 14) << 4), baseOffset(field(bits, 49, 3)) {
  static constexpr Swizzle swizzles[] = {Swizzle::None, Swizzle::Bytes128,
                                         Swizzle::Bytes64, Swizzle::Bytes32};
  swizzle = swizzles[field(bits, 62, 2)];
}

std::string MatrixDescriptor::check() const {
  // Patterns start at multiples of their size.
  return baseOffset ? "has a matrix with a base offset of " +
                          std::to_string(baseOffset)
                    : "";
}

/// PTX ISA, "Strides": lines come in groups of 8. A line's bytes within the
/// span of a swizzle lie together, and the lines of a group one behind the
/// other.
uint64_t MatrixDescriptor::chunk(unsigned line, unsigned element,
                                 unsigned elementBytes,
                                 bool isTransposed) const {
  uint64_t span = swizzle == Swizzle::None ? 16 : spanOf(swizzle);
  uint64_t along = uint64_t(element) * elementBytes;
  uint64_t address = start + line % 8 * span + along % span;
  uint64_t groups = line / 8, spans = along / span;
  if (isTransposed)
    // Without swizzle, the two strides change their meaning.
    address += swizzle == Swizzle::None ? spans * stride + groups * leading
                                        : spans * leading + groups * stride;
  else
    address += groups * stride + spans * leading;
  return swizzled(address, swizzle);
}

} // namespace attention::emulator
