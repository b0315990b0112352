#include "lowering/cpu/Contraction.h"

#include "lowering/cpu/Packing.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attention {

Contraction::Contraction(Context &context, vector::ContractionOp op,
                         ContractionShape shape)
    : c(context), b(context.b), op(op), shape(shape),
      element(cast<VectorType>(op.getResultType()).getElementType()),
      lanes(std::gcd(c.unit.lanes(element), shape.n)),
      blockRows(std::gcd(c.unit.blockRows(), shape.m)),
      startsAtZero(matchPattern(op.getAcc(), m_AnyZeroFloat())) {}

bool Contraction::canReadInPlace(const ContractionShape &shape, Value operand,
                                 Type accumulator) {
  auto read = operand.getDefiningOp<vector::TransferReadOp>();
  if (!read)
    return false;
  // Elements outside are left out of the sums, as zeros would be.
  if (read.hasOutOfBoundsDim() &&
      !matchPattern(read.getPadding(), m_AnyZeroFloat()))
    return false;
  if (operand == shape.left && !read.isDimInBounds(shape.leftByK ? 1 : 0))
    return false;
  // Packing converts on the way.
  bool isPacked = operand == shape.right && shape.rightByN;
  return isPacked || read.getVectorType().getElementType() == accumulator;
}

Contraction::Operand Contraction::operandOf(Value tile) {
  Operand operand;
  int64_t rank = tileType(tile).getRank();
  if (Value scratch = c.buffers.lookup(tile)) {
    operand.memory = TileMemory::scratch(scratch, rank);
    operand.present.resize(rank);
    return operand;
  }
  operand.memory =
      TileMemory::of(b, tile.getDefiningOp<vector::TransferReadOp>());
  for (auto [limit, size] :
       llvm::zip_equal(operand.memory.limits, tileType(tile).getShape())) {
    Value present;
    if (limit)
      present = arith::MinSIOp::create(b, limit, indexConstant(b, size));
    operand.present.push_back(present);
  }
  return operand;
}

/// `extent` rounded up to whole blocks, at most `size`; `size` for null.
Value Contraction::roundUp(Value extent, int64_t block, int64_t size) {
  Value whole = indexConstant(b, size);
  if (!extent)
    return whole;
  Value width = indexConstant(b, block);
  extent = arith::MaxSIOp::create(b, extent, indexConstant(b, 0));
  Value blocks = arith::DivUIOp::create(
      b, arith::AddIOp::create(b, extent, indexConstant(b, block - 1)), width);
  return arith::MinSIOp::create(b, arith::MulIOp::create(b, blocks, width),
                                whole);
}

void Contraction::emit(Value result) {
  left = operandOf(shape.left);
  right = operandOf(shape.right);
  rows = c.demand.rowsOf(b, op.getResult());
  if (!rows)
    rows = indexConstant(b, shape.m);
  depth = indexConstant(b, shape.k);
  for (Value present : {left.present[shape.leftByK ? 0 : 1],
                        right.present[shape.rightByN ? 1 : 0]})
    if (present)
      depth = arith::MinSIOp::create(b, depth, present);

  int64_t vectors = shape.n / lanes, widest = c.unit.blockVectors();
  int64_t width = widest;
  while (width > 1 && vectors % width != 0)
    --width;
  // A few odd columns cost less in a loop of their own than narrow blocks.
  int64_t odd = width == 1 && vectors > widest ? vectors % widest : 0;
  if (odd)
    width = widest;
  Value presentColumns = right.present[shape.rightByN ? 0 : 1];
  Value end = roundUp(presentColumns, width * lanes, shape.n);
  Value scratch;
  if (shape.rightByN) {
    scratch = c.buffers.allocate(MemRefType::get({shape.k, shape.n}, element));
    emitPack(b, right.memory, scratch, end, lanes);
    right.memory = TileMemory::scratch(scratch, 2);
  }
  Value wide = indexConstant(b, shape.n - odd * lanes);
  emitColumns(result, indexConstant(b, 0),
              presentColumns ? Value(arith::MinSIOp::create(b, end, wide))
                             : wide,
              width);
  if (odd)
    emitColumns(result, wide, end, odd);
  if (presentColumns)
    emitUntouched(result, end);
  if (scratch)
    c.buffers.release(scratch);
}

Value Contraction::start(Points &points, Value row, Value column) {
  if (!startsAtZero)
    return points.at(op.getAcc(),
                     {Bind::element(row), Bind::vector(column, lanes)});
  auto type = VectorType::get({lanes}, element);
  return arith::ConstantOp::create(b, b.getZeroAttr(type));
}

void Contraction::emitColumns(Value result, Value from, Value to,
                              int64_t vectors) {
  Points points(b, c.buffers);
  Points::Loop columnBlocks(
      points,
      scf::ForOp::create(b, from, to, indexConstant(b, vectors * lanes)));
  Points::Loop rowBlocks(points, 0, rows, blockRows);
  SmallVector<Value> blockOfRows, blockOfColumns, accumulators;
  for (int64_t i = 0; i < blockRows; ++i)
    blockOfRows.push_back(addIndex(b, rowBlocks.index(), indexConstant(b, i)));
  for (int64_t j = 0; j < vectors; ++j)
    blockOfColumns.push_back(
        addIndex(b, columnBlocks.index(), indexConstant(b, j * lanes)));
  for (Value row : blockOfRows)
    for (Value column : blockOfColumns)
      accumulators.push_back(start(points, row, column));
  SmallVector<Value> sums =
      multiply(points, blockOfRows, blockOfColumns, accumulators);
  TileMemory memory = TileMemory::scratch(result, 2);
  for (auto [i, row] : llvm::enumerate(blockOfRows))
    for (auto [j, column] : llvm::enumerate(blockOfColumns))
      memory.store(b, {Bind::element(row), Bind::vector(column, lanes)},
                   sums[i * vectors + j]);
}

/// The loop over k of one block: an outer product of a column of the left
/// operand and a row of the right one is added each time.
SmallVector<Value> Contraction::multiply(Points &points, ArrayRef<Value> rows,
                                         ArrayRef<Value> columns,
                                         ArrayRef<Value> accumulators) {
  Points::Loop loop(points, 0, depth, 1, accumulators);
  Value k = loop.index();
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(element));
  // Within the depth both operands are present along k.
  TileMemory rightMemory = right.memory;
  rightMemory.limits[0] = {};
  SmallVector<Value> rightRow, sums(loop.op.getRegionIterArgs());
  for (Value column : columns)
    rightRow.push_back(rightMemory.load(
        b, {Bind::element(k), Bind::vector(column, lanes)}, element, zero));
  TileMemory leftMemory = TileMemory::scratch(left.memory.memory, 2);
  for (auto [i, row] : llvm::enumerate(rows)) {
    Point point{Bind::element(row), Bind::element(k)};
    if (shape.leftByK)
      std::swap(point[0], point[1]);
    Value factor =
        splat(b, leftMemory.load(b, point, element, /*padding=*/{}), lanes);
    for (auto [j, vector] : llvm::enumerate(rightRow)) {
      Value &sum = sums[i * columns.size() + j];
      sum = vector::FMAOp::create(b, factor, vector, sum);
    }
  }
  scf::YieldOp::create(b, sums);
  return SmallVector<Value>(loop.op.getResults());
}

/// Columns from `from` on, in which the right operand holds padding only.
void Contraction::emitUntouched(Value result, Value from) {
  if (c.buffers.lookup(op.getAcc()) == result)
    return;
  Points points(b, c.buffers);
  Points::Loop columns(points,
                       scf::ForOp::create(b, from, indexConstant(b, shape.n),
                                          indexConstant(b, lanes)));
  Points::Loop rowLoop(points, 0, rows, 1);
  TileMemory::scratch(result, 2).store(
      b, {Bind::element(rowLoop.index()), Bind::vector(columns.index(), lanes)},
      start(points, rowLoop.index(), columns.index()));
}

} // namespace attention
