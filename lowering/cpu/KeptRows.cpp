/// Contractions by a matrix unit whose depth is so small that registers hold
/// whole rows of the left operand: these are loaded once for many columns, and
/// a product takes half a load, or one, instead of one and stores of sums.
#include "lowering/cpu/Contraction.h"
#include "lowering/cpu/MatrixUnit.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attention {

/// Columns that repay loading the rows.
static constexpr int64_t kFewestColumns = 128;
/// Of the right operand, what the first-level cache keeps for all rows.
static constexpr int64_t kBytesOfColumns = 16384;

static int64_t stepsOf(const ContractionShape &shape) {
  return llvm::divideCeil(shape.k, kTileDepth);
}

/// How many rows of registers are kept, beside one of sums for each and two of
/// the right operand; 0 where that does not fit, or does not pay.
int64_t Contraction::rowsKept() {
  bool isWhole =
      startsAtZero && !seenDepth && matchPattern(depth, m_Constant());
  bool fetches = c.prefetches && !c.prefetches->shareOf(op).parts.empty();
  if (!isWhole || fetches || shape.n < kFewestColumns)
    return 0;
  int64_t most = (kTileRegisters - 2) / (1 + stepsOf(shape));
  if (most >= 2 && shape.m % (2 * kTileRows) == 0)
    return 2;
  return std::min<int64_t>(most, 1);
}

/// Registers of sums come first, those of the left operand behind them.
void Contraction::loadKeptRows(Value row, int64_t height) {
  MatrixUnit unit(b);
  int64_t next = height;
  for (int64_t step = 0; step < stepsOf(shape); ++step)
    for (int64_t i = 0; i < height; ++i)
      unit.load(next++,
                leftPlace(addIndex(b, row, indexConstant(b, i * kTileRows)),
                          indexConstant(b, step * kTileDepth)));
}

/// One register of columns. Those of the right operand take turns, so that a
/// load need not wait for the product before.
void Contraction::multiplyKeptRows(Value result, Value row, Value column,
                                   int64_t height) {
  MatrixUnit unit(b);
  for (int64_t i = 0; i < height; ++i)
    unit.clear(i);
  int64_t firstRight = height * (1 + stepsOf(shape));
  for (int64_t step = 0; step < stepsOf(shape); ++step) {
    int64_t rightTile = firstRight + step % (kTileRegisters - firstRight);
    Value pair = indexConstant(b, step * kTileDepth / 2);
    unit.load(rightTile, rightPlace(column, pair));
    for (int64_t i = 0; i < height; ++i)
      unit.multiply(i, height + step * height + i, rightTile);
  }
  for (int64_t i = 0; i < height; ++i)
    unit.store(i, tilePlace(b, result,
                            {addIndex(b, row, indexConstant(b, i * kTileRows)),
                             column}));
}

/// The rows up to `tileRows`, `most` registers at a time, by the columns that
/// they see, or by stretches of all columns up to `end`.
void Contraction::emitKeptRows(Value result, Value tileRows, Value end,
                               int64_t most) {
  Points points(b, c.buffers);
  Value first = indexConstant(b, 0), width = indexConstant(b, kTileColumns);
  auto emitRows = [&](function_ref<SeenColumns::Range(Value)> columnsOf) {
    forTileRows(points, tileRows, most, [&](Value row, int64_t height) {
      loadKeptRows(row, height);
      auto [from, to] = columnsOf(row);
      Points::Loop columns(points, scf::ForOp::create(b, from, to, width));
      multiplyKeptRows(result, row, columns.index(), height);
    });
  };
  if (seenColumns)
    return emitRows(
        [&](Value row) { return c.seen.rangeOf(seenColumns, row, end); });
  int64_t rowBytes = 2 * kTileDepth * stepsOf(shape);
  int64_t stretch = llvm::alignTo(kBytesOfColumns / rowBytes, kTileColumns);
  Points::Loop stretches(
      points, scf::ForOp::create(b, first, end, indexConstant(b, stretch)));
  Value from = stretches.index();
  Value to = arith::MinSIOp::create(
      b, addIndex(b, from, indexConstant(b, stretch)), end);
  emitRows([&](Value) { return SeenColumns::Range{from, to}; });
}

} // namespace attention
