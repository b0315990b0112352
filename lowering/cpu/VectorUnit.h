/// What the lowering from tiles to loops needs to know of a processor.
#ifndef ATTENTION_LOWERING_CPU_VECTORUNIT_H
#define ATTENTION_LOWERING_CPU_VECTORUNIT_H

#include "mlir/IR/BuiltinTypes.h"
#include <cstdint>
#include <numeric>

namespace attention {

/// The vector unit of a CPU, and the matrix unit beside it. Results depend on
/// `vectorBits`, on what multiplies bf16 and, for one query, on whether rows are
/// asked for: they fix the order of summation.
struct VectorUnit {
  int64_t vectorBits = 512;
  int64_t registers = 32;
  bool fma = true;
  /// Whether one instruction sums the products of two pairs of bf16 in float32.
  bool dotBf16 = false;
  /// Whether there are registers for tiles of bf16, and one instruction that
  /// multiplies two of them and adds to one of float32.
  bool matrixBf16 = false;
  /// Whether there are instructions for what a number has behind its whole
  /// part, and for multiplying by a power of two.
  bool powersOf2 = false;
  /// Whether rows that are read one after the other come faster if the next
  /// ones are asked for; others foresee them.
  bool asksForRows = false;

  /// No more rows than these wait for what they are multiplied with, which
  /// comes out of memory fastest row by row.
  static constexpr int64_t kFewRows = 8;

  /// The vector unit of a processor with these features ("avx2,fma").
  static VectorUnit of(llvm::StringRef architecture, llvm::StringRef features);

  /// Whether products of pairs of `operand` are summed in `accumulator` by one
  /// instruction.
  bool multipliesPairs(mlir::Type operand, mlir::Type accumulator) const {
    return dotBf16 && operand.isBF16() && accumulator.isF32();
  }
  /// Whether pairs are summed by their products with one: where a matrix unit
  /// is there for products, the instruction takes as long as four others.
  bool sumsPairs(mlir::Type operand, mlir::Type accumulator) const {
    return multipliesPairs(operand, accumulator) && !matrixBf16;
  }
  /// Whether either does.
  bool multipliesBf16() const { return dotBf16 || matrixBf16; }
  /// Whether products of tiles of `operand` are, by a matrix unit.
  bool multipliesTiles(mlir::Type operand, mlir::Type accumulator) const {
    return matrixBf16 && operand.isBF16() && accumulator.isF32();
  }
  /// Elements of `type` in one register.
  int64_t lanes(mlir::Type type) const {
    return vectorBits / type.getIntOrFloatBitWidth();
  }
  /// Whether registers are there for several rows side by side; few of them
  /// hold one row, beside the constants of functions.
  bool keepsRows() const { return registers >= 32; }
  /// Whether few rows ask for the next tile all at once for a block of them,
  /// and find it near: with few registers they take several passes through
  /// each.
  bool asksByBlocks() const { return asksForRows && !keepsRows(); }
  /// Or along with what they read, each row and register in its place.
  bool asksAlong() const { return asksForRows && keepsRows(); }
  /// Lanes of elementwise work on tiles, whatever mixture of types it has: one
  /// register of float32, and never more than divides `extent`. Two with a
  /// matrix unit, since they make one of bf16, and where there is one row at a
  /// time, since its functions wait for each other's steps.
  int64_t elementwiseLanes(int64_t extent) const {
    bool areTwo = matrixBf16 || !keepsRows();
    return std::gcd(vectorBits / (areTwo ? 16 : 32), extent);
  }
  /// Rows and columns of a tile that a mask is asked about at once: what is
  /// seen of them, is computed. Of columns, no more than divides `extent`.
  int64_t maskRows() const { return matrixBf16 ? 32 : blockRows(); }
  int64_t maskColumns(int64_t extent) const {
    return std::gcd(int64_t(matrixBf16 ? 32 : vectorBits / 32), extent);
  }
  /// Rows, and for so many rows vectors of columns, of the accumulators that a
  /// contraction keeps in registers, beside the vectors of one row of the right
  /// operand, one broadcast element of the left one and, without FMA, one
  /// product.
  int64_t blockRows() const { return registers >= 32 ? 8 : 4; }
  int64_t blockVectors(int64_t rows) const {
    return (registers - (fma ? 1 : 2)) / (rows + 1);
  }
};

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_VECTORUNIT_H
