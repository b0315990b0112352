/// Operands of wgmma in shared memory.
#ifndef ATTENTION_TEST_EMULATOR_MATRIXDESCRIPTOR_H
#define ATTENTION_TEST_EMULATOR_MATRIXDESCRIPTOR_H

#include "test/emulator/TensorMaps.h"

namespace attention::emulator {

/// Where a matrix lies in shared memory (PTX ISA, "Matrix descriptor" of
/// wgmma). It is made of chunks of 16 bytes, which swizzles move.
struct MatrixDescriptor {
  explicit MatrixDescriptor(uint64_t bits);

  /// What is not known of it, or an empty text.
  std::string check() const;
  /// The address of a chunk. By rows, it holds elements of row (or column, for
  /// B) `line` along k, from k = `element` on. Transposed, it holds elements of
  /// k = `line` along the rows, from row `element` on.
  uint64_t chunk(unsigned line, unsigned element, unsigned elementBytes,
                 bool isTransposed) const;

  uint64_t start, leading, stride; ///< bytes
  unsigned baseOffset;
  Swizzle swizzle;
};

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_MATRIXDESCRIPTOR_H
