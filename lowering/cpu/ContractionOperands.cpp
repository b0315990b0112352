/// Where the operands of a contraction lie, and of what type they are there.
#include "lowering/cpu/Contraction.h"

#include "dialect/Attention.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attention {

bool Contraction::multipliesPairs(const VectorUnit &unit,
                                  vector::ContractionOp op,
                                  const ContractionShape &shape) {
  Type sums = cast<VectorType>(op.getResultType()).getElementType();
  // Tiles are of 16 rows and columns, but for a token alone and few rows.
  return unit.multipliesPairs(tileType(shape.left).getElementType(), sums) &&
         !shape.leftByK &&
         (shape.n % unit.lanes(sums) == 0 || takesRows(unit, op, shape)) &&
         shape.k % (shape.rightByN ? 16 : 2) == 0;
}

Type Contraction::operandType(const VectorUnit &unit, vector::ContractionOp op,
                              const ContractionShape &shape) {
  if (multipliesNarrow(unit, op, shape))
    return tileType(shape.left).getElementType();
  return cast<VectorType>(op.getResultType()).getElementType();
}

bool Contraction::isConverted(const VectorUnit &unit, vector::ContractionOp op,
                              const ContractionShape &shape, Value operand) {
  return operand == shape.right && operand != shape.left &&
         (shape.rightByN || isWidened(unit, op, shape) ||
          multipliesNarrow(unit, op, shape));
}

/// Whether few rows widen those of the right operand where they lie, which no
/// more than two blocks of them do: then it costs less than to store them.
bool Contraction::isWidened(const VectorUnit &unit, vector::ContractionOp op,
                            const ContractionShape &shape) {
  return streamsRows(shape) && shape.m <= 2 * blockHeight(unit, op, shape);
}

/// The read that an operand is, or that it is rounded from where it becomes
/// pairs of the rounded type, or widened from.
vector::TransferReadOp Contraction::readOf(const VectorUnit &unit,
                                           vector::ContractionOp op,
                                           const ContractionShape &shape,
                                           Value operand) {
  auto rounded = operand.getDefiningOp<arith::TruncFOp>();
  if (rounded && isConverted(unit, op, shape, operand) &&
      multipliesNarrow(unit, op, shape))
    operand = rounded.getIn();
  auto widened = operand.getDefiningOp<arith::ExtFOp>();
  if (widened && operand == shape.right && isWidened(unit, op, shape))
    operand = widened.getIn();
  return operand.getDefiningOp<vector::TransferReadOp>();
}

vector::TransferReadOp Contraction::pairsOf(const VectorUnit &unit,
                                            vector::ContractionOp op,
                                            const ContractionShape &shape) {
  auto split = shape.right.getDefiningOp<SplitPairsOp>();
  bool isMultiplied = multipliesTiles(unit, op, shape)
                          ? shape.k % kTileDepth == 0
                          : multipliesPairs(unit, op, shape);
  if (!split || shape.rightByN || !isMultiplied)
    return {};
  auto read = split.getPairs().getDefiningOp<vector::TransferReadOp>();
  bool canStay = read && !read.hasOutOfBoundsDim() && readsConstantMemory(read);
  return canStay ? read : vector::TransferReadOp();
}

bool Contraction::canReadInPlace(const VectorUnit &unit,
                                 vector::ContractionOp op,
                                 const ContractionShape &shape, Value operand) {
  if (operand == shape.right && operand != shape.left &&
      pairsOf(unit, op, shape))
    return true;
  vector::TransferReadOp read = readOf(unit, op, shape, operand);
  if (!read)
    return false;
  // Elements outside are left out of the sums, as zeros would be.
  if (read.hasOutOfBoundsDim() &&
      !matchPattern(read.getPadding(), m_AnyZeroFloat()))
    return false;
  // Packing converts on the way.
  return isConverted(unit, op, shape, operand) ||
         read.getVectorType().getElementType() == operandType(unit, op, shape);
}

Contraction::Operand Contraction::operandOf(Value tile) {
  Operand operand;
  if (Value scratch = c.buffers.lookup(tile)) {
    operand.memory = TileMemory::scratch(scratch, tileType(tile));
    operand.present.resize(tileType(tile).getRank());
    return operand;
  }
  if (vector::TransferReadOp pairs = pairsOf(c.unit, op, shape);
      pairs && tile == shape.right) {
    operand.memory = TileMemory::of(b, pairs);
    operand.present.resize(tileType(tile).getRank());
    return operand;
  }
  operand.memory = TileMemory::of(b, readOf(c.unit, op, shape, tile));
  for (auto [limit, size] :
       llvm::zip_equal(operand.memory.limits, tileType(tile).getShape())) {
    Value present;
    if (limit)
      present = arith::MinSIOp::create(b, limit, indexConstant(b, size));
    operand.present.push_back(present);
  }
  return operand;
}

} // namespace attention
