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

/// One row times as many rows of the right operand as a register has lanes.
SmallVector<Value> Contraction::dots(Points &points, Value row,
                                     ArrayRef<Value> columns) {
  auto type = VectorType::get({lanes}, element);
  // Pairs in one instruction, where the left operand is kept in pairs.
  Type narrow = tileType(shape.left).getElementType();
  bool byPairs =
      isPaired && shape.k % (2 * lanes) == 0 &&
      cast<MemRefType>(left.memory.memory.getType()).getElementType() == narrow;
  int64_t step = byPairs ? 2 * lanes : lanes;
  Type read = byPairs ? narrow : element;
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(read));
  SmallVector<Value> zeros(columns.size(),
                           arith::ConstantOp::create(b, b.getZeroAttr(type)));
  Points::Loop loop(points, 0, indexConstant(b, shape.k), step, zeros);
  Bind k = Bind::vector(loop.index(), step);
  // Rows of the left operand that are asked for are there.
  TileMemory leftMemory = left.memory;
  leftMemory.limits[0] = {};
  Value factor = leftMemory.load(b, {Bind::element(row), k}, read, zero);
  SmallVector<Value> sums;
  for (auto [column, sum] :
       llvm::zip_equal(columns, loop.op.getRegionIterArgs())) {
    Value other = right.memory.load(b, {Bind::element(column), k}, read, zero);
    sums.push_back(byPairs
                       ? addPairProducts(b, sum, factor, other)
                       : Value(vector::FMAOp::create(b, factor, other, sum)));
  }
  scf::YieldOp::create(b, sums);
  return SmallVector<Value>(loop.op.getResults());
}

void Contraction::emitDots(Value result) {
  TileMemory memory = TileMemory::scratch(result, tileType(op.getResult()));
  Value presentColumns = right.present[0];
  Value end = roundUp(presentColumns, lanes, shape.n);
  {
    Points points(b, c.buffers);
    Points::Loop columns(points, 0, end, lanes);
    Points::Loop rowLoop(points, 0, sumRows, 1);
    SmallVector<Value> block;
    for (int64_t j = 0; j < lanes; ++j)
      block.push_back(addIndex(b, columns.index(), indexConstant(b, j)));
    emitPrefetches(blockNumber(columns.index(), rowLoop.index()));
    Value sums = sumLanes(b, dots(points, rowLoop.index(), block));
    if (!startsAtZero)
      sums = arith::AddFOp::create(
          b, start(points, rowLoop.index(), columns.index()), sums);
    memory.store(
        b,
        {Bind::element(rowLoop.index()), Bind::vector(columns.index(), lanes)},
        sums);
  }
  Value first = indexConstant(b, 0), all = indexConstant(b, shape.n);
  if (presentColumns)
    emitUntouched(result, first, rows, end, all);
  if (left.present[0])
    emitUntouched(result, sumRows, rows, first, end);
}

} // namespace attention
