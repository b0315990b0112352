#include "lowering/cpu/Contraction.h"
#include "lowering/cpu/MaskedTiles.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace attention {

int64_t Contraction::largestDivisor(int64_t number, int64_t most) {
  while (most > 1 && number % most != 0)
    --most;
  return most;
}

static int64_t lanesOfSums(const VectorUnit &unit, vector::ContractionOp op) {
  return unit.lanes(cast<VectorType>(op.getResultType()).getElementType());
}

bool Contraction::takesRows(const VectorUnit &unit, vector::ContractionOp op,
                            const ContractionShape &shape) {
  int64_t lanes = lanesOfSums(unit, op);
  return shape.rightByN && !shape.leftByK && shape.m <= VectorUnit::kFewRows &&
         lanes > 1 && shape.k % lanes == 0 &&
         (shape.n % lanes == 0 || lanes % shape.n == 0);
}

int64_t Contraction::lanesOf(const VectorUnit &unit, vector::ContractionOp op,
                             const ContractionShape &shape) {
  int64_t lanes = lanesOfSums(unit, op);
  return takesRows(unit, op, shape) ? lanes : std::gcd(lanes, shape.n);
}

/// Sums that have to be under way for two units that take four or five cycles
/// for each.
static constexpr int64_t kSumsUnderWay = 10;

/// Registers of columns, beside so many rows of sums. A lone row multiplies
/// what it reads, and keeps nothing of it.
int64_t Contraction::vectorsBeside(const VectorUnit &unit, int64_t rows) {
  return rows == 1 ? unit.registers - 2 : unit.blockVectors(rows);
}

/// Rows of a block, which loads r + c registers for the products of r rows and
/// c vectors. A core that starts two products a cycle waits for loads where
/// they are more than half as many: then the height that has fewer, if none is
/// higher than what a mask of the left operand tells apart.
static int64_t heightOfFewestLoads(const VectorUnit &unit, int64_t rows,
                                   int64_t vectors, bool isMasked) {
  int64_t best = std::gcd(unit.blockRows(), rows);
  auto loads = [&](int64_t height) {
    int64_t width =
        Contraction::largestDivisor(vectors, unit.blockVectors(height));
    // Units wait for sums, unless there are no more in a narrow tile.
    bool isShort = height * width < std::min(kSumsUnderWay, best * vectors);
    return isShort ? 2.0 : 1.0 / height + 1.0 / width;
  };
  if (loads(best) > 0.5)
    for (int64_t height : {isMasked ? best : 2 * best, best / 2})
      if (height > 1 && rows % height == 0 && loads(height) < loads(best))
        return height;
  return best;
}

/// Whether few rows take whole ones of the right operand, each from its
/// beginning to its end, as they come fastest out of memory. Rows that were
/// asked for are near, and if each block of rows has to widen them, higher
/// blocks of fewer columns gain more.
static bool readsToTheEnd(const VectorUnit &unit,
                          const ContractionShape &shape) {
  bool isNarrow = shape.right.getDefiningOp<arith::ExtFOp>();
  return !(unit.asksByBlocks() && isNarrow);
}

/// Rows of a block. A mask says what rows of blocks see, and weigh, that are no
/// higher, and parts the rows. Few of them leave registers for whole rows of
/// the right operand, which are then read one after the other, and where no
/// mask parts them, blocks are equally high, but for the last.
int64_t Contraction::blockHeight(const VectorUnit &unit,
                                 vector::ContractionOp op,
                                 const ContractionShape &shape) {
  int64_t parted = std::gcd(unit.blockRows(), shape.m);
  int64_t vectors = shape.n / lanesOf(unit, op, shape);
  bool isSeen = bool(observedWhere(op.getResult())),
       isMasked = maskedTile(shape.left).has_value();
  if (!streamsRows(shape))
    return isSeen ? parted
                  : heightOfFewestLoads(unit, shape.m, vectors, isMasked);
  bool isWhole = readsToTheEnd(unit, shape);
  auto fits = [&](int64_t rows) {
    return (parted % rows == 0 || (!isSeen && !isMasked)) &&
           (!isWhole || vectorsBeside(unit, rows) >= vectors);
  };
  int64_t rows = std::min(unit.blockRows(), shape.m);
  while (rows > 1 && !fits(rows))
    --rows;
  return llvm::divideCeil(shape.m, llvm::divideCeil(shape.m, rows));
}

/// Registers of columns in a block: a divisor of all, but where that makes
/// blocks of one register, or leaves units waiting in tiles of many rows: then
/// as many as there are, and a few odd columns in loops of their own.
int64_t Contraction::blockWidth(const VectorUnit &unit,
                                vector::ContractionOp op,
                                const ContractionShape &shape) {
  int64_t vectors = shape.n / lanesOf(unit, op, shape);
  bool isFew = streamsRows(shape);
  int64_t rows = blockHeight(unit, op, shape);
  int64_t widest = isFew ? vectorsBeside(unit, rows) : unit.blockVectors(rows),
          width = largestDivisor(vectors, widest);
  bool waits = rows * width < kSumsUnderWay && shape.m >= kManyRows;
  return width == 1 || waits ? std::min(widest, vectors) : width;
}

bool Contraction::readsRows(const VectorUnit &unit, vector::ContractionOp op) {
  return takesRows(unit, op, *ContractionShape::of(op));
}

bool Contraction::packsPairs(const VectorUnit &unit, vector::ContractionOp op) {
  ContractionShape shape = *ContractionShape::of(op);
  return multipliesPairs(unit, op, shape) && !takesRows(unit, op, shape);
}

std::pair<int64_t, int64_t> Contraction::blockOf(const VectorUnit &unit,
                                                 vector::ContractionOp op) {
  ContractionShape shape = *ContractionShape::of(op);
  int64_t lanes = lanesOf(unit, op, shape);
  if (takesRows(unit, op, shape)) {
    int64_t rows = rowsOfDots(unit, op, shape, /*hasOddRows=*/false);
    return {rows, columnsOfDots(lanes, rows, shape)};
  }
  if (multipliesTiles(unit, op, shape))
    return {std::min(kTilesOfBlock * kTileRows, shape.m),
            std::min(kTilesOfBlock * kTileColumns, shape.n)};
  return {blockHeight(unit, op, shape), lanes * blockWidth(unit, op, shape)};
}

int64_t Contraction::blocksOf(const VectorUnit &unit,
                              vector::ContractionOp op) {
  ContractionShape shape = *ContractionShape::of(op);
  auto [rows, columns] = blockOf(unit, op);
  return llvm::divideCeil(shape.m, rows) * llvm::divideCeil(shape.n, columns);
}

} // namespace attention
