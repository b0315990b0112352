/// Contractions of few rows with the rows of the right operand: packing would
/// cost more than it saves, so both are read along k, and the lanes of a sum
/// are added at the end.
#include "lowering/cpu/Contraction.h"
#include "lowering/cpu/Pairs.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace attention {

/// The sums of the lanes of as many vectors as each has lanes, in the order of
/// the vectors: pairs of vectors become one that holds halves of both, until
/// one is left.
static Value sumLanes(ImplicitLocOpBuilder &b, SmallVector<Value> vectors) {
  int64_t lanes = vectors.size();
  for (int64_t half = lanes / 2; half >= 1; half /= 2) {
    // Vector i holds `lanes / half / 2` sums of 2 x half lanes each.
    SmallVector<int64_t> lower, upper;
    for (int64_t lane = 0; lane < lanes; ++lane) {
      int64_t source = lane / half, at = lane % half;
      int64_t from = source % 2 * lanes + source / 2 * 2 * half + at;
      lower.push_back(from);
      upper.push_back(from + half);
    }
    SmallVector<Value> next;
    int64_t pairs = vectors.size() / 2;
    for (int64_t i = 0; i < pairs; ++i) {
      Value a = vectors[i], c = vectors[i + pairs];
      next.push_back(
          arith::AddFOp::create(b, vector::ShuffleOp::create(b, a, c, lower),
                                vector::ShuffleOp::create(b, a, c, upper)));
    }
    vectors = next;
  }
  return vectors.front();
}

/// A few rows times one row of the right operand: the lanes of their sums.
SmallVector<Value> Contraction::dots(Points &points, ArrayRef<Value> rows,
                                     Value column) {
  auto type = VectorType::get({lanes}, element);
  // Pairs in one instruction, where the left operand is kept in pairs.
  Type narrow = tileType(shape.left).getElementType();
  bool byPairs =
      isPaired && shape.k % (2 * lanes) == 0 &&
      cast<MemRefType>(left.memory.memory.getType()).getElementType() == narrow;
  int64_t step = byPairs ? 2 * lanes : lanes;
  Type read = byPairs ? narrow : element;
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(read));
  SmallVector<Value> zeros(rows.size(),
                           arith::ConstantOp::create(b, b.getZeroAttr(type)));
  Points::Loop loop(points, 0, indexConstant(b, shape.k), step, zeros);
  Bind k = Bind::vector(loop.index(), step);
  Value factor = right.memory.load(b, {Bind::element(column), k}, read, zero);
  fetchNext(column, loop.index(), step);
  // Rows of the left operand that are asked for are there.
  TileMemory leftMemory = left.memory;
  leftMemory.limits[0] = {};
  SmallVector<Value> sums;
  for (auto [row, sum] : llvm::zip_equal(rows, loop.op.getRegionIterArgs())) {
    Value other = leftMemory.load(b, {Bind::element(row), k}, read, zero);
    sums.push_back(byPairs
                       ? addPairProducts(b, sum, other, factor)
                       : Value(vector::FMAOp::create(b, other, factor, sum)));
  }
  scf::YieldOp::create(b, sums);
  return SmallVector<Value>(loop.op.getResults());
}

/// `rows` by as many rows of the right operand as give one register of sums.
/// Each of the latter is read to its end before the next: where they come out
/// of memory, a processor foresees nothing as well as that.
void Contraction::emitDotBlock(Points &points, Value result,
                               ArrayRef<Value> rows, Value column) {
  int64_t columns = lanes / rows.size();
  SmallVector<Value> vectors(lanes);
  for (int64_t j = 0; j < columns; ++j)
    for (auto [i, sum] : llvm::enumerate(
             dots(points, rows, addIndex(b, column, indexConstant(b, j)))))
      vectors[i * columns + j] = sum;
  Value sums = sumLanes(b, vectors);
  TileMemory memory = TileMemory::scratch(result, tileType(op.getResult()));
  for (auto [i, row] : llvm::enumerate(rows)) {
    Value part = vector::ExtractStridedSliceOp::create(
        b, sums, ArrayRef<int64_t>(i * columns), columns, 1);
    Point place{Bind::element(row), Bind::vector(column, columns)};
    if (!startsAtZero)
      part = arith::AddFOp::create(b, points.at(op.getAcc(), place), part);
    memory.store(b, place, part);
  }
}

/// So many rows take each row of the right operand at a time.
int64_t Contraction::rowsOfDots(const ContractionShape &shape, int64_t lanes,
                                bool hasOddRows) {
  return hasOddRows ? 1 : std::gcd(std::min<int64_t>(lanes / 2, 4), shape.m);
}

void Contraction::emitDots(Value result) {
  Value presentColumns = right.present[0];
  Value end = roundUp(presentColumns, lanes, shape.n);
  {
    int64_t height = rowsOfDots(shape, lanes, hasOddRows);
    Points points(b, c.buffers);
    Points::Loop columns(points, 0, end, lanes / height);
    Points::Loop rowLoop(points, 0, sumRows, height);
    SmallVector<Value> block;
    for (int64_t i = 0; i < height; ++i)
      block.push_back(addIndex(b, rowLoop.index(), indexConstant(b, i)));
    emitDotBlock(points, result, block, columns.index());
  }
  Value first = indexConstant(b, 0), all = indexConstant(b, shape.n);
  if (presentColumns)
    emitUntouched(result, first, rows, end, all);
  if (left.present[0])
    emitUntouched(result, sumRows, rows, first, end);
}

} // namespace attention
