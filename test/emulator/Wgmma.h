/// The text of `wgmma` statements, and where their operands lie.
#ifndef ATTENTION_TEST_EMULATOR_WGMMA_H
#define ATTENTION_TEST_EMULATOR_WGMMA_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>

namespace attention::emulator {

/// One `wgmma.mma_async` m64 n k16 of 16-bit operands with sums in f32, as a
/// statement of assembly whose first operands are the sums.
struct MatrixStatement {
  unsigned columns = 0;
  bool isBFloat = false;
  bool adds = false;              ///< to the sums; else these are only written
  std::optional<unsigned> left;   ///< operand with a descriptor
  unsigned leftRegisters[4] = {}; ///< else these operands
  unsigned right = 0;             ///< operand with a descriptor
  bool leftTransposed = false, rightTransposed = false;

  /// Nothing if `text` is another statement.
  static std::optional<MatrixStatement> parse(llvm::StringRef text);
};

/// An operand in shared memory (PTX ISA, "Matrix descriptor format"): the
/// canonical layouts with a swizzle of 128, 64 or 32 bytes.
class MatrixDescriptor {
public:
  explicit MatrixDescriptor(uint64_t bits) : bits(bits) {}

  /// Whether there is a swizzle, and the start fits it.
  bool isKnown() const;
  /// The address of the 16-bit element at row or column `row` of the product
  /// and depth `depth`; `transposed`: depth goes from row to row of memory.
  uint64_t at(unsigned row, unsigned depth, bool transposed) const;

private:
  uint64_t field(unsigned from) const { return (bits >> from & 0x3fff) << 4; }
  uint64_t swizzle() const { return bits >> 62 ? 256 >> (bits >> 62) : 0; }

  uint64_t bits;
};

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_WGMMA_H
