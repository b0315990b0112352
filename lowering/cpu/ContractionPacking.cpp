/// Where the right operand of a contraction lies while blocks read it.
#include "lowering/cpu/Contraction.h"
#include "lowering/cpu/Packing.h"
#include "lowering/cpu/Pairs.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace attention {

bool Contraction::isPacked(const VectorUnit &unit, vector::ContractionOp op,
                           const ContractionShape &shape) {
  return !takesRows(shape, lanesOfSums(unit, op, shape.n)) &&
         (shape.rightByN || multipliesNarrow(unit, op, shape) ||
          isCopied(unit, op, shape));
}

/// Blocks of few rows read the right operand often. Where its rows are long,
/// the lines of a block's columns fall into few sets of the first cache, and a
/// tile of many rows repays a copy that has them in one piece.
bool Contraction::isCopied(const VectorUnit &unit, vector::ContractionOp op,
                           const ContractionShape &shape) {
  constexpr int64_t longRow = 256;
  Type element = cast<VectorType>(op.getResultType()).getElementType();
  return !shape.rightByN && !multipliesNarrow(unit, op, shape) &&
         unit.blockRows() < 8 && shape.m >= kManyRows &&
         shape.n * element.getIntOrFloatBitWidth() / 8 >= longRow;
}

/// The right operand, up to `columns`, in the order in which blocks read it;
/// null if it lies so.
Value Contraction::packRight(Value columns) {
  if (!isPacked(c.unit, op, shape))
    return {};
  if (isPaired) {
    Type narrow = tileType(shape.right).getElementType();
    Value pairs =
        c.buffers.allocate(MemRefType::get({shape.k / 2, 2 * shape.n}, narrow));
    emitPackPairs(b, right.memory, shape.rightByN, pairs, columns, depth,
                  lanes);
    right.memory = {pairs, {}, {Value(), Value()}};
    return pairs;
  }
  panels = c.buffers.allocate(
      MemRefType::get({shape.n / lanes, shape.k, lanes}, element));
  if (shape.rightByN)
    emitPack(b, right.memory, panels, columns, lanes);
  else
    emitCopy(b, right.memory, panels, columns, depth, lanes);
  return panels;
}

/// The vector of the right operand at `k`, which is within the depth.
Value Contraction::loadRight(Value k, Value column) {
  if (panels)
    return loadFromPanel(b, panels, column, k, lanes);
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(element));
  TileMemory present = right.memory;
  present.limits[0] = {};
  return present.load(b, {Bind::element(k), Bind::vector(column, lanes)},
                      element, zero);
}

} // namespace attention
