/// What masks leave of a contraction: blocks of the columns that their rows
/// see, and sums over what has a weight there.
#include "lowering/cpu/Contraction.h"
#include "lowering/cpu/MaskedTiles.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace attention {

/// Finds what masks leave of the result and of the left operand. Tables come
/// before the loops that ask them.
void Contraction::findMasks() {
  if (Value mask = observedWhere(op.getResult()))
    seenColumns = c.seen.tableOf(mask);
  std::optional<MaskedTile> weights = maskedTile(shape.left);
  if (weights && weights->isZero() && !shape.leftByK)
    seenDepth = c.seen.tableOf(weights->mask);
}

/// Blocks of `height` rows: for each of them the columns that it sees, wide
/// blocks first.
void Contraction::emitSeenBlocks(Value result, Value end, int64_t vectors,
                                 Value fromRow, Value toRow, int64_t height) {
  Points points(b, c.buffers);
  Points::Loop rowBlocks(
      points, scf::ForOp::create(b, fromRow, toRow, indexConstant(b, height)));
  Value row = rowBlocks.index(), width = indexConstant(b, vectors * lanes);
  auto [from, to] = c.seen.rangeOf(seenColumns, row, end);
  Value length = arith::SubIOp::create(b, to, from);
  Value wide =
      arith::SubIOp::create(b, to, arith::RemUIOp::create(b, length, width));
  auto emit = [&](Value from, Value to, int64_t vectors) {
    Points::Loop columns(
        points,
        scf::ForOp::create(b, from, to, indexConstant(b, vectors * lanes)));
    emitBlock(points, result, row, columns.index(), height, vectors);
  };
  emit(from, wide, vectors);
  if (vectors > 1)
    emit(wide, to, 1);
}

/// Where the sums of a block of rows from `row` on start and end along k.
SeenColumns::Range Contraction::depthAt(Value row) {
  if (!seenDepth)
    return {indexConstant(b, 0), depth};
  return c.seen.rangeOf(seenDepth, row, depth);
}

} // namespace attention
