/// Contractions by a matrix unit: blocks of two by two registers of sums, along
/// which the summed dimension is the innermost loop. Left operands are read as
/// they lie; what does not fill registers is copied first, with zeros behind.
#include "lowering/cpu/Contraction.h"
#include "lowering/cpu/MatrixUnit.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attention {

/// Numbers of the registers of a block.
static int64_t sumsAt(int64_t row, int64_t column) {
  return row * kTilesOfBlock + column;
}
static int64_t leftAt(int64_t row) {
  return kTilesOfBlock * kTilesOfBlock + row;
}
static int64_t rightAt(int64_t column) {
  return kTilesOfBlock * kTilesOfBlock + kTilesOfBlock + column;
}

bool Contraction::multipliesTiles(const VectorUnit &unit,
                                  vector::ContractionOp op) {
  FailureOr<ContractionShape> shape = ContractionShape::of(op);
  return succeeded(shape) && multipliesTiles(unit, op, *shape);
}

bool Contraction::multipliesTiles(const VectorUnit &unit,
                                  vector::ContractionOp op,
                                  const ContractionShape &shape) {
  Type sums = cast<VectorType>(op.getResultType()).getElementType();
  return unit.multipliesTiles(tileType(shape.left).getElementType(), sums) &&
         !shape.leftByK && shape.m % kTileRows == 0 &&
         shape.n % kTileColumns == 0 && shape.k % kTileRows == 0;
}

/// The summed dimension in whole registers.
static int64_t wholeDepth(const ContractionShape &shape) {
  return llvm::alignTo(shape.k, kTileDepth);
}

/// Whether rows of registers reach past what the left operand has, or what it
/// is summed over; null where they never do.
Value Contraction::reachesPastLeft(Value tileRows) {
  if (shape.k % kTileDepth != 0)
    return arith::ConstantIntOp::create(b, true, 1);
  auto differs = [&](Value one, Value other) -> Value {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, one, other);
  };
  Value reaches;
  if (left.present[0])
    reaches = differs(tileRows, sumRows);
  if (!matchPattern(depth, m_Constant())) {
    Value odd =
        differs(arith::RemUIOp::create(b, depth, indexConstant(b, kTileDepth)),
                indexConstant(b, 0));
    reaches = reaches ? arith::OrIOp::create(b, reaches, odd).getResult() : odd;
  }
  return reaches;
}

/// Copies the rows of the left operand up to `tileRows` to `padded`, with zeros
/// where it is not present or not summed over.
void Contraction::padLeft(Value padded, Value tileRows) {
  Type narrow = tileType(shape.left).getElementType();
  int64_t width = c.unit.lanes(element);
  auto type = VectorType::get({width}, narrow);
  Value zeros = arith::ConstantOp::create(b, b.getZeroAttr(type));
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(narrow));
  Points points(b, c.buffers);
  Points::Loop rowLoop(points, 0, tileRows, 1);
  Value row = rowLoop.index();
  {
    Points::Loop columns(points, 0, indexConstant(b, wholeDepth(shape)), width);
    vector::StoreOp::create(b, zeros, padded, ValueRange{row, columns.index()});
  }
  auto [from, to] = depthAt(row);
  // Of what is behind the last row, nothing is.
  Value isPresent =
      arith::CmpIOp::create(b, arith::CmpIPredicate::slt, row, sumRows);
  to = arith::SelectOp::create(b, isPresent, to, from);
  Points::Loop columns(
      points, scf::ForOp::create(b, from, to, indexConstant(b, width)));
  TileMemory source = left.memory;
  source.limits = {Value(), to};
  Value part =
      source.load(b, {Bind::element(row), Bind::vector(columns.index(), width)},
                  narrow, zero);
  vector::StoreOp::create(b, part, padded, ValueRange{row, columns.index()});
}

/// Makes sure that registers can be filled with rows of the left operand.
void Contraction::prepareLeft(Value tileRows) {
  isLeftPadded = reachesPastLeft(tileRows);
  if (!isLeftPadded)
    return;
  paddedLeft = c.buffers.allocate(MemRefType::get(
      {shape.m, wholeDepth(shape)}, tileType(shape.left).getElementType()));
  if (matchPattern(isLeftPadded, m_One()))
    return padLeft(paddedLeft, tileRows);
  auto branch = scf::IfOp::create(b, isLeftPadded, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  padLeft(paddedLeft, tileRows);
}

TilePlace Contraction::leftPlace(Value row, Value k) {
  if (!isLeftPadded)
    return tilePlace(b, left.memory.memory, {row, k});
  TilePlace padded = tilePlace(b, paddedLeft, {row, k});
  if (matchPattern(isLeftPadded, m_One()))
    return padded;
  TilePlace own = tilePlace(b, left.memory.memory, {row, k});
  auto choose = [&](Value one, Value other) -> Value {
    return arith::SelectOp::create(b, isLeftPadded, one, other);
  };
  return {choose(padded.address, own.address),
          choose(padded.stride, own.stride)};
}

/// One block, of `height` by `width` registers of sums.
void Contraction::emitTileBlock(Points &points, Value result, Value row,
                                Value column, int64_t height, int64_t width) {
  MatrixUnit unit(b);
  auto rowAt = [&](int64_t i) {
    return addIndex(b, row, indexConstant(b, i * kTileRows));
  };
  auto columnAt = [&](int64_t j) {
    return addIndex(b, column, indexConstant(b, j * kTileColumns));
  };
  auto forSums = [&](function_ref<void(int64_t, TilePlace)> visit) {
    for (int64_t i = 0; i < height; ++i)
      for (int64_t j = 0; j < width; ++j)
        visit(sumsAt(i, j), tilePlace(b, result, {rowAt(i), columnAt(j)}));
  };
  if (height == kTilesOfBlock && width == kTilesOfBlock)
    emitPrefetches(blockNumber(column, row));
  forSums([&](int64_t tile, TilePlace place) {
    startsAtZero ? unit.clear(tile) : unit.load(tile, place);
  });
  auto [from, to] = depthAt(row);
  {
    Points::Loop depths(
        points, scf::ForOp::create(b, from, to, indexConstant(b, kTileDepth)));
    Value k = depths.index();
    Value pair = arith::DivUIOp::create(b, k, indexConstant(b, 2));
    for (int64_t i = 0; i < height; ++i)
      unit.load(leftAt(i), leftPlace(rowAt(i), k));
    for (int64_t j = 0; j < width; ++j) {
      unit.load(rightAt(j), rightPlace(columnAt(j), pair));
      for (int64_t i = 0; i < height; ++i)
        unit.multiply(sumsAt(i, j), leftAt(i), rightAt(j));
    }
  }
  forSums([&](int64_t tile, TilePlace place) { unit.store(tile, place); });
}

/// A register of the right operand: out of tiles, or of rows of pairs.
TilePlace Contraction::rightPlace(Value column, Value pair) {
  Value memory = right.memory.memory;
  if (cast<MemRefType>(memory.getType()).getRank() == 2) {
    Value twice = arith::MulIOp::create(b, column, indexConstant(b, 2));
    return tilePlace(b, memory, {pair, twice});
  }
  Value block =
      arith::DivUIOp::create(b, column, indexConstant(b, kTileColumns));
  return tilePlace(b, memory, {block, pair, indexConstant(b, 0)});
}

/// A loop over blocks of `most` registers, and one over single ones behind them
/// if there may be any: `emit` gets the place, and how many there are.
void Contraction::forTiles(Points &points, Value from, Value to, int64_t most,
                           bool mayBeOdd,
                           function_ref<void(Value, int64_t)> emit) {
  Value odd =
      b.createOrFold<arith::RemUIOp>(b.createOrFold<arith::SubIOp>(to, from),
                                     indexConstant(b, most * kTileRows));
  Value whole = b.createOrFold<arith::SubIOp>(to, odd);
  auto loop = [&](Value from, Value to, int64_t tiles) {
    Points::Loop blocks(
        points,
        scf::ForOp::create(b, from, to, indexConstant(b, tiles * kTileRows)));
    emit(blocks.index(), tiles);
  };
  loop(from, whole, most);
  if (mayBeOdd && most > 1)
    loop(whole, to, 1);
}

/// Whether blocks of `tiles` registers may leave some before `end` of `size`.
static bool mayBeOdd(Value end, int64_t size, int64_t tiles) {
  return !matchPattern(end, m_Constant()) || size % (tiles * kTileRows) != 0;
}

/// Blocks of `tiles` registers of the rows up to `tileRows`.
void Contraction::forTileRows(Points &points, Value tileRows, int64_t tiles,
                              function_ref<void(Value, int64_t)> emit) {
  forTiles(points, indexConstant(b, 0), tileRows, tiles,
           mayBeOdd(tileRows, shape.m, tiles), emit);
}

/// All blocks that are seen of the rows up to `tileRows` and columns up to
/// `end`.
void Contraction::emitTileBlocks(Value result, Value tileRows, Value end) {
  Points points(b, c.buffers);
  // Tables may tell rows apart that one block would hold.
  int64_t blockTiles = kTilesOfBlock;
  for (const SeenColumns::Table &table : {seenDepth, seenColumns})
    if (table && table.rows < kTilesOfBlock * kTileRows)
      blockTiles = 1;
  auto forRows = [&](function_ref<void(Value, int64_t)> emit) {
    forTileRows(points, tileRows, blockTiles, emit);
  };
  auto forColumns = [&](Value from, Value to,
                        function_ref<void(Value, int64_t)> emit) {
    forTiles(points, from, to, kTilesOfBlock,
             mayBeOdd(end, shape.n, kTilesOfBlock), emit);
  };
  if (seenColumns)
    forRows([&](Value row, int64_t height) {
      auto [from, to] = c.seen.rangeOf(seenColumns, row, end);
      forColumns(from, to, [&](Value column, int64_t width) {
        emitTileBlock(points, result, row, column, height, width);
      });
    });
  else
    forColumns(indexConstant(b, 0), end, [&](Value column, int64_t width) {
      forRows([&](Value row, int64_t height) {
        emitTileBlock(points, result, row, column, height, width);
      });
    });
}

/// What `tile` is multiplied by row by row, if nothing else is done to what
/// lies in `memory`; else null.
Value Contraction::rowFactorOf(Value tile, Value memory) {
  auto product = tile.getDefiningOp<arith::MulFOp>();
  if (!product || c.buffers.lookup(tile))
    return {};
  for (auto [scaled, factor] :
       {std::pair(product.getLhs(), product.getRhs()),
        std::pair(product.getRhs(), product.getLhs())}) {
    auto broadcast = factor.getDefiningOp<vector::BroadcastOp>();
    if (c.buffers.lookup(scaled) != memory || !broadcast ||
        !isTile(broadcast.getSource()))
      continue;
    auto source = cast<VectorType>(broadcast.getSource().getType());
    if (source.getRank() == 2 && source.getDimSize(1) == 1)
      return factor;
  }
  return {};
}

/// Stores the accumulator in the result. Rows that lie there already and are
/// multiplied by 1 stay as they are.
void Contraction::emitStart(Value result) {
  Value first = indexConstant(b, 0), all = indexConstant(b, shape.n);
  Value factor = rowFactorOf(op.getAcc(), result);
  if (!factor)
    return emitUntouched(result, first, rows, first, all);
  Points points(b, c.buffers);
  Points::Loop rowLoop(points,
                       scf::ForOp::create(b, first, rows, indexConstant(b, 1)));
  Value row = rowLoop.index();
  Value number = points.at(factor, {Bind::element(row), Bind::element(first)});
  Value one = arith::ConstantOp::create(b, b.getFloatAttr(element, 1));
  Value changes =
      arith::CmpFOp::create(b, arith::CmpFPredicate::UNE, number, one);
  auto branch = scf::IfOp::create(b, changes, /*withElseRegion=*/false);
  b.setInsertionPointToStart(branch.thenBlock());
  emitUntouched(result, row, addIndex(b, row, indexConstant(b, 1)), first, all);
}

void Contraction::emitTiles(Value result) {
  Value first = indexConstant(b, 0), all = indexConstant(b, shape.n);
  Value presentColumns = right.present[shape.rightByN ? 0 : 1];
  Value end = roundUp(presentColumns, kTileColumns, shape.n);
  Value tileRows = roundUp(hasOddRows ? sumRows : Value(), kTileRows, shape.m);
  // Registers start from what lies in the result.
  if (!startsAtZero)
    emitStart(result);
  Value packed = prepareRight(end);
  prepareLeft(tileRows);
  // A task has configured the unit when it started.
  bool isInTask = bool(op->getParentOfType<scf::ForallOp>());
  Value sizes;
  if (!isInTask) {
    sizes = c.buffers.allocate(MatrixUnit::configurationType(b.getContext()));
    MatrixUnit(b).configure(sizes);
  }
  if (int64_t height = rowsKept())
    emitKeptRows(result, tileRows, end, height);
  else
    emitTileBlocks(result, tileRows, end);
  if (!isInTask)
    MatrixUnit(b).release();
  // Where columns are masked, nobody looks at those that are not there.
  if (startsAtZero && presentColumns && !seenColumns)
    emitUntouched(result, first, rows, end, all);
  if (startsAtZero && left.present[0])
    emitUntouched(result, sumRows, rows, first, end);
  for (Value scratch : {packed, paddedLeft, sizes})
    if (scratch)
      c.buffers.release(scratch);
}

} // namespace attention
