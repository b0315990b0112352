#include "lowering/cpu/ForwardSolve.h"

#include "lowering/Tiles.h"
#include "lowering/cpu/Points.h"

using namespace mlir;

namespace attention {

namespace {
/// A block of rows and of registers of columns: first what the rows before it
/// add, in a loop; then its own triangle.
class ForwardSolve {
public:
  ForwardSolve(Context &context, SolveForwardOp op, Value result)
      : c(context), b(context.b), op(op), type(tileType(op.getRight())),
        height(std::gcd(c.unit.blockRows(), type.getDimSize(0))),
        lanes(
            std::gcd(c.unit.lanes(type.getElementType()), type.getDimSize(1))),
        width(std::gcd<int64_t>(2, type.getDimSize(1) / lanes)),
        pairs(TileMemory::scratch(c.buffers.lookup(op.getPairs()),
                                  tileType(op.getPairs()))),
        right(TileMemory::scratch(c.buffers.lookup(op.getRight()), type)),
        result(TileMemory::scratch(result, type)) {}

  void emit();

private:
  using Block = SmallVector<SmallVector<Value>>; // by row and register

  Bind columnsOf(int64_t vector) {
    return Bind::vector(addIndex(b, column, indexConstant(b, vector * lanes)),
                        lanes);
  }
  Value factor(Value row, Value token) {
    return splat(b,
                 pairs.load(b, {Bind::element(row), Bind::element(token)},
                            type.getElementType(), /*padding=*/{}),
                 lanes);
  }
  SmallVector<Value> rowOf(const TileMemory &memory, Value row);
  void add(Block &sums, unsigned row, Value factor, ArrayRef<Value> solved);
  Block addEarlier(ArrayRef<Value> rows, Value first);
  void emitBlock(Value first);

  Context &c;
  ImplicitLocOpBuilder &b;
  SolveForwardOp op;
  VectorType type;
  int64_t height, lanes, width;
  TileMemory pairs, right, result;
  Value column;
};
} // namespace

SmallVector<Value> ForwardSolve::rowOf(const TileMemory &memory, Value row) {
  SmallVector<Value> vectors;
  for (int64_t j = 0; j < width; ++j)
    vectors.push_back(memory.load(b, {Bind::element(row), columnsOf(j)},
                                  type.getElementType(), /*padding=*/{}));
  return vectors;
}

void ForwardSolve::add(Block &sums, unsigned row, Value factor,
                       ArrayRef<Value> solved) {
  for (auto [sum, vector] : llvm::zip_equal(sums[row], solved))
    sum = vector::FMAOp::create(b, factor, vector, sum);
}

/// The right side and what the tokens before row `first` add to it.
ForwardSolve::Block ForwardSolve::addEarlier(ArrayRef<Value> rows,
                                             Value first) {
  SmallVector<Value> start;
  for (Value row : rows)
    llvm::append_range(start, rowOf(right, row));
  Block sums(rows.size());
  auto loop = scf::ForOp::create(b, indexConstant(b, 0), first,
                                 indexConstant(b, 1), start);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  for (auto [i, value] : llvm::enumerate(loop.getRegionIterArgs()))
    sums[i / width].push_back(value);
  Value token = loop.getInductionVar();
  SmallVector<Value> solved = rowOf(result, token), next;
  for (auto [i, row] : llvm::enumerate(rows)) {
    add(sums, i, factor(row, token), solved);
    llvm::append_range(next, sums[i]);
  }
  scf::YieldOp::create(b, next);
  for (auto [i, value] : llvm::enumerate(loop.getResults()))
    sums[i / width][i % width] = value;
  return sums;
}

void ForwardSolve::emitBlock(Value first) {
  SmallVector<Value> rows;
  for (int64_t i = 0; i < height; ++i)
    rows.push_back(addIndex(b, first, indexConstant(b, i)));
  Block solved = addEarlier(rows, first);
  for (int64_t j = 0; j < height; ++j)
    for (int64_t i = j + 1; i < height; ++i)
      add(solved, i, factor(rows[i], rows[j]), solved[j]);
  for (int64_t i = 0; i < height; ++i)
    for (int64_t j = 0; j < width; ++j)
      result.store(b, {Bind::element(rows[i]), columnsOf(j)}, solved[i][j]);
}

void ForwardSolve::emit() {
  Points points(b, c.buffers);
  Points::Loop columns(points, 0, indexConstant(b, type.getDimSize(1)),
                       width * lanes);
  column = columns.index();
  Points::Loop blocks(points, 0, indexConstant(b, type.getDimSize(0)), height);
  emitBlock(blocks.index());
}

void emitForwardSolve(Context &context, SolveForwardOp op, Value result) {
  ForwardSolve(context, op, result).emit();
}

} // namespace attention
