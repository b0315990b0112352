#include "lowering/cpu/Contraction.h"

using namespace mlir;

namespace attention {

int64_t Contraction::largestDivisor(int64_t number, int64_t most) {
  while (most > 1 && number % most != 0)
    --most;
  return most;
}

int64_t Contraction::lanesOfSums(const VectorUnit &unit,
                                 vector::ContractionOp op, int64_t columns) {
  Type element = cast<VectorType>(op.getResultType()).getElementType();
  return std::gcd(unit.lanes(element), columns);
}

/// Sums that have to be under way for two units that take four or five cycles
/// for each.
static constexpr int64_t kSumsUnderWay = 10;

/// Registers of columns in a block: a divisor of all, but where that makes
/// blocks of one register, or leaves units waiting in tiles of many rows: then
/// as many as there are, and a few odd columns in loops of their own. Few rows
/// leave registers for more; in memory, though, narrow blocks foresee more of
/// the next tile.
int64_t Contraction::blockWidth(const VectorUnit &unit,
                                vector::ContractionOp op,
                                const ContractionShape &shape) {
  int64_t vectors = shape.n / lanesOfSums(unit, op, shape.n);
  int64_t rows = multipliesPairs(unit, op, shape)
                     ? std::gcd(unit.blockRows(), shape.m)
                     : unit.blockRows();
  int64_t widest = unit.blockVectors(rows),
          width = largestDivisor(vectors, widest);
  bool waits = rows * width < kSumsUnderWay && shape.m >= kManyRows;
  return width == 1 || waits ? std::min(widest, vectors) : width;
}

std::pair<int64_t, int64_t> Contraction::blockOf(const VectorUnit &unit,
                                                 vector::ContractionOp op) {
  ContractionShape shape = *ContractionShape::of(op);
  int64_t lanes = lanesOfSums(unit, op, shape.n);
  if (takesRows(shape, lanes))
    return {1, lanes};
  if (multipliesTiles(unit, op, shape))
    return {std::min(kTilesOfBlock * kTileRows, shape.m),
            std::min(kTilesOfBlock * kTileColumns, shape.n)};
  return {std::gcd(unit.blockRows(), shape.m),
          lanes * blockWidth(unit, op, shape)};
}

int64_t Contraction::blocksOf(const VectorUnit &unit,
                              vector::ContractionOp op) {
  ContractionShape shape = *ContractionShape::of(op);
  auto [rows, columns] = blockOf(unit, op);
  return shape.m / rows * llvm::divideCeil(shape.n, columns);
}

} // namespace attention
