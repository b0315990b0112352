#include "lowering/cpu/Contraction.h"

#include "lowering/Unrolling.h"
#include "lowering/cpu/Pairs.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;

namespace attention {

Contraction::Contraction(Context &context, vector::ContractionOp op,
                         ContractionShape shape)
    : c(context), b(context.b), op(op), shape(shape),
      element(cast<VectorType>(op.getResultType()).getElementType()),
      lanes(lanesOf(c.unit, op, shape)),
      blockRows(blockHeight(c.unit, op, shape)),
      startsAtZero(matchPattern(op.getAcc(), m_AnyZeroFloat())),
      isPaired(multipliesPairs(c.unit, op, shape)) {}

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

/// How many vectors of columns are left for narrower blocks, and how wide those
/// are: rather two blocks of nearly the same width than one of a single vector.
static std::pair<int64_t, int64_t> oddBlocks(int64_t vectors, int64_t width) {
  int64_t odd = vectors % width;
  if (odd == 1 && vectors > width && width % 2 == 1)
    return {width + 1, (width + 1) / 2};
  return {odd, odd};
}

/// The columns that blocks of `width` vectors compute where `present` are
/// there.
Value Contraction::endOfBlocks(Value present, int64_t width) {
  Value end = roundUp(present, width * lanes, shape.n);
  int64_t vectors = shape.n / lanes;
  int64_t odd = oddBlocks(vectors, width).first;
  if (!present || odd <= width)
    return end;
  // Narrower blocks are computed all together.
  Value wide = indexConstant(b, (vectors - odd) * lanes);
  Value isPast = arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, end, wide);
  return arith::SelectOp::create(b, isPast, indexConstant(b, shape.n), end);
}

/// The extent of a loop along a dimension of which `present` (or all, for null)
/// elements are to be visited.
Value Contraction::atMost(Value extent, Value present) {
  if (!present)
    return extent;
  Value some = arith::MinSIOp::create(b, extent, present);
  return arith::MaxSIOp::create(b, some, indexConstant(b, 0));
}

void Contraction::emit(Value result) {
  left = operandOf(shape.left);
  right = operandOf(shape.right);
  Value demanded = c.demand.rowsOf(b, op.getResult());
  Value leftRows = left.present[shape.leftByK ? 1 : 0];
  rows = atMost(indexConstant(b, shape.m), demanded);
  sumRows = atMost(rows, leftRows);
  hasOddRows = demanded || leftRows;
  depth = atMost(
      atMost(indexConstant(b, shape.k), left.present[shape.leftByK ? 0 : 1]),
      right.present[shape.rightByN ? 1 : 0]);

  if (takesRows(c.unit, op, shape))
    return emitDots(result);
  findMasks();
  if (multipliesTiles(c.unit, op, shape))
    return emitTiles(result);
  int64_t width = blockWidth(c.unit, op, shape);
  Value end = endOfBlocks(right.present[shape.rightByN ? 0 : 1], width);
  oddRowsInPlace = leavesOddRows();
  Value laidOut = oddRowsInPlace ? columnsOfBlocks(end) : end;
  Value scratch = prepareRight(laidOut);
  if (seenColumns)
    forRows(blockRows, [&](Value from, Value to, int64_t height) {
      emitSeenBlocks(result, end, width, from, to, height);
    });
  else
    emitAllColumns(result, end, width);
  if (leftRows)
    emitUntouched(result, sumRows, rows, indexConstant(b, 0), end);
  if (scratch)
    releaseRight(laidOut, scratch);
}

/// `end`, or 0 where no whole block of rows asks for columns.
Value Contraction::columnsOfBlocks(Value end) {
  Value hasBlocks = arith::CmpIOp::create(b, arith::CmpIPredicate::sge, sumRows,
                                          indexConstant(b, blockRows));
  return arith::SelectOp::create(b, hasBlocks, end, indexConstant(b, 0));
}

/// The columns up to `end`, in blocks as wide as they may be, and narrower ones
/// behind; what follows is left alone.
void Contraction::emitAllColumns(Value result, Value end, int64_t width) {
  int64_t vectors = shape.n / lanes;
  auto [odd, oddWidth] = oddBlocks(vectors, width);
  bool isShort = !matchPattern(end, m_Constant());
  Value first = indexConstant(b, 0), all = indexConstant(b, shape.n);
  Value wide = indexConstant(b, shape.n - odd * lanes);
  // A row alone has registers for more columns: it reads long stretches, of
  // memory whole rows.
  int64_t most =
      oddRowsInPlace ? vectorsBeside(c.unit, /*rows=*/1) : c.unit.blockRows();
  int64_t stretch = isShort ? width : largestDivisor(vectors - odd, most);
  emitColumns(result, first, atMost(wide, isShort ? end : Value()), width,
              std::max(width, stretch));
  if (odd)
    emitColumns(result, wide, end, oddWidth, odd);
  if (isShort)
    emitUntouched(result, first, rows, end, all);
}

Value Contraction::start(Points &points, Value row, Value column) {
  if (!startsAtZero) {
    Value value = points.at(op.getAcc(),
                            {Bind::element(row), Bind::vector(column, lanes)});
    // A lone column is no vector.
    return isa<VectorType>(value.getType()) ? value : splat(b, value, lanes);
  }
  auto type = VectorType::get({lanes}, element);
  return arith::ConstantOp::create(b, b.getZeroAttr(type));
}

void Contraction::forRows(int64_t height,
                          function_ref<void(Value, Value, int64_t)> emit) {
  Value first = indexConstant(b, 0), whole = sumRows;
  int64_t rest = hasOddRows && height > 1 ? 1 : shape.m % height;
  if (rest)
    whole = arith::SubIOp::create(
        b, sumRows,
        arith::RemUIOp::create(b, sumRows, indexConstant(b, height)));
  emit(first, whole, height);
  if (rest)
    emit(whole, sumRows, rest);
}

void Contraction::emitColumns(Value result, Value from, Value to,
                              int64_t vectors, int64_t vectorsOfOddRow) {
  forRows(blockRows, [&](Value fromRow, Value toRow, int64_t height) {
    llvm::SaveAndRestore laidOut(panels);
    if (isOdd(height) && oddRowsInPlace)
      panels = {};
    emitBlocks(result, from, to, isOdd(height) ? vectorsOfOddRow : vectors,
               fromRow, toRow, height);
  });
}

/// Blocks of `height` rows: for each block of columns all of them.
void Contraction::emitBlocks(Value result, Value from, Value to,
                             int64_t vectors, Value fromRow, Value toRow,
                             int64_t height) {
  Points points(b, c.buffers);
  Points::Loop columns(
      points,
      scf::ForOp::create(b, from, to, indexConstant(b, vectors * lanes)));
  Points::Loop rowBlocks(
      points, scf::ForOp::create(b, fromRow, toRow, indexConstant(b, height)));
  emitBlock(points, result, rowBlocks.index(), columns.index(), height,
            vectors);
}

void Contraction::emitBlock(Points &points, Value result, Value row,
                            Value column, int64_t height, int64_t vectors) {
  SmallVector<Value> blockOfRows, blockOfColumns, accumulators;
  for (int64_t i = 0; i < height; ++i)
    blockOfRows.push_back(addIndex(b, row, indexConstant(b, i)));
  for (int64_t j = 0; j < vectors; ++j)
    blockOfColumns.push_back(addIndex(b, column, indexConstant(b, j * lanes)));
  for (Value row : blockOfRows)
    for (Value each : blockOfColumns)
      accumulators.push_back(start(points, row, each));
  if (!isOdd(height))
    emitPrefetches(blockNumber(column, row));
  fetchLeft(blockOfRows);
  SmallVector<Value> sums =
      multiply(points, blockOfRows, blockOfColumns, accumulators);
  TileMemory memory = TileMemory::scratch(result, tileType(op.getResult()));
  for (auto [i, row] : llvm::enumerate(blockOfRows))
    for (auto [j, each] : llvm::enumerate(blockOfColumns))
      memory.store(b, {Bind::element(row), Bind::vector(each, lanes)},
                   sums[i * vectors + j]);
}

/// Rows of the block after the next, where a loop takes those of the left
/// operand from where callers have them (scratch begins where it was
/// allocated): that these follow each other side by side, processors do not
/// foresee. Rows that are read once are not fetched: projections lose by it.
void Contraction::fetchLeft(ArrayRef<Value> rows) {
  auto type = cast<MemRefType>(left.memory.memory.getType());
  bool isFar = c.buffers.lookup(shape.left) &&
               ShapedType::isDynamic(type.getStridesAndOffset().second);
  int64_t height = rows.size();
  if (!isFar || height == 1 || shape.m < kManyRows || shape.leftByK)
    return;
  for (Value row : rows) {
    Value next = arith::MinSIOp::create(
        b, addIndex(b, row, indexConstant(b, 2 * height)),
        indexConstant(b, shape.m - 1));
    for (int64_t k = 0; k < shape.k; k += 512 / type.getElementTypeBitWidth())
      memref::PrefetchOp::create(
          b, left.memory.memory, ValueRange{next, indexConstant(b, k)},
          /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
  }
}

/// What block number `number` fetches for the next iteration.
void Contraction::emitPrefetches(Value number) {
  if (c.prefetches)
    c.prefetches->shareOf(op).emit(b, number);
}

/// What the next iteration reads in place of these elements of the right
/// operand, where that is read as it lies.
void Contraction::fetchNext(Value row, Value column, int64_t elements) {
  if (!c.prefetches || panels || c.buffers.lookup(shape.right))
    return;
  if (vector::TransferReadOp read = readOf(c.unit, op, shape, shape.right))
    c.prefetches->emitAlong(b, read, row, column, elements);
}

/// The number of the block at this row and column. Wide blocks come first.
Value Contraction::blockNumber(Value column, Value row) {
  auto [height, width] = blockOf(c.unit, op);
  auto over = [&](Value index, int64_t step) -> Value {
    return arith::DivUIOp::create(b, index, indexConstant(b, step));
  };
  Value columnOfBlocks =
      over(addIndex(b, column, indexConstant(b, width - 1)), width);
  return addIndex(b,
                  arith::MulIOp::create(
                      b, columnOfBlocks,
                      indexConstant(b, llvm::divideCeil(shape.m, height))),
                  over(row, height));
}

/// The loop over k of one block: an outer product of a column of the left
/// operand and a row of the right one is added each time.
SmallVector<Value> Contraction::multiply(Points &points, ArrayRef<Value> rows,
                                         ArrayRef<Value> columns,
                                         ArrayRef<Value> accumulators) {
  auto [from, to] = depthAt(rows.front());
  if (isPaired) {
    // Whole pairs, and the rest within the depth.
    Value two = indexConstant(b, 2);
    Value pairs = b.createOrFold<arith::DivUIOp>(to, two),
          halves = b.createOrFold<arith::RemUIOp>(to, two);
    SmallVector<Value> sums =
        multiplyPairs(points, b.createOrFold<arith::DivUIOp>(from, two), pairs,
                      /*isHalf=*/false, rows, columns, accumulators);
    if (matchPattern(halves, m_Zero()))
      return sums;
    return multiplyPairs(points, pairs, addIndex(b, pairs, halves),
                         /*isHalf=*/true, rows, columns, sums);
  }
  Points::Loop loop(points, scf::ForOp::create(b, from, to, indexConstant(b, 1),
                                               accumulators));
  unroll(loop.op);
  Value k = loop.index();
  SmallVector<Value> rightRow, sums(loop.op.getRegionIterArgs());
  for (Value column : columns) {
    rightRow.push_back(loadRight(k, column));
    fetchNext(k, column, lanes);
  }
  TileMemory leftMemory = left.memory;
  leftMemory.limits.assign(2, {});
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

/// The same by pairs, from the one to before the other; of those that are
/// `isHalf` only the first element is within the depth.
SmallVector<Value> Contraction::multiplyPairs(Points &points, Value from,
                                              Value to, bool isHalf,
                                              ArrayRef<Value> rows,
                                              ArrayRef<Value> columns,
                                              ArrayRef<Value> accumulators) {
  Points::Loop loop(points, scf::ForOp::create(b, from, to, indexConstant(b, 1),
                                               accumulators));
  unroll(loop.op);
  Value pair = loop.index(), two = indexConstant(b, 2);
  Value k = arith::MulIOp::create(b, pair, two);
  Type narrow = tileType(shape.right).getElementType();
  SmallVector<Value> rightRow, sums(loop.op.getRegionIterArgs());
  for (Value column : columns)
    rightRow.push_back(vector::LoadOp::create(
        b, VectorType::get({2 * lanes}, narrow), right.memory.memory,
        ValueRange{pair, arith::MulIOp::create(b, column, two)}));
  TileMemory leftMemory = left.memory;
  leftMemory.limits.assign(2, {});
  for (auto [i, row] : llvm::enumerate(rows)) {
    Value factor = splatPair(b, leftMemory, row, k, isHalf, lanes);
    for (auto [j, vector] : llvm::enumerate(rightRow)) {
      Value &sum = sums[i * columns.size() + j];
      sum = addPairProducts(b, sum, factor, vector);
    }
  }
  scf::YieldOp::create(b, sums);
  return SmallVector<Value>(loop.op.getResults());
}

/// Where an operand holds padding only: the sums are what they start from.
void Contraction::emitUntouched(Value result, Value fromRow, Value toRow,
                                Value fromColumn, Value toColumn) {
  if (c.buffers.lookup(op.getAcc()) == result)
    return;
  Points points(b, c.buffers);
  Points::Loop columns(points, scf::ForOp::create(b, fromColumn, toColumn,
                                                  indexConstant(b, lanes)));
  Points::Loop rowLoop(
      points, scf::ForOp::create(b, fromRow, toRow, indexConstant(b, 1)));
  TileMemory::scratch(result, tileType(op.getResult()))
      .store(b,
             {Bind::element(rowLoop.index()),
              Bind::vector(columns.index(), lanes)},
             start(points, rowLoop.index(), columns.index()));
}

} // namespace attention
