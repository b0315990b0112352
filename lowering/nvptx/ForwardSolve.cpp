#include "lowering/nvptx/ForwardSolve.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace attention::nvptx {

/// Rows whose values a thread holds at a time.
static constexpr int64_t kBlock = 16;

std::string whyUnsupported(SolveForwardOp solve) {
  VectorType pairs = solve.getPairs().getType();
  Type element = pairs.getElementType();
  if ((element.isF32() || element.isF64()) && pairs.getDimSize(0) % kBlock == 0)
    return "";
  std::string text;
  llvm::raw_string_ostream(text)
      << "expects systems of f32 or f64 with rows in multiples of " << kBlock
      << ", but got " << pairs;
  return text;
}

namespace {
/// The code of one thread.
class Solver {
public:
  Solver(WarpBuilder &b, const SharedTile &pairs, const SharedTile &right,
         const SharedTile &solution)
      : b(b), pairs(pairs), right(right), solution(solution),
        element(pairs.type.getElementType()), bytes(storageBytes(element)) {}

  void emit();

private:
  void solveBlock(Value column, Value firstRow);
  SmallVector<Value> addRowsBefore(Value column, Value firstRow,
                                   SmallVector<Value> sums);
  /// Neighbours in a row that one load takes.
  int64_t run() const { return 16 / bytes; }
  SmallVector<Value> pairsAt(const LaneAddress &corner, int64_t row,
                             int64_t column) {
    Value loaded = b.load(VectorType::get({run()}, element),
                          corner.at(row, column * bytes), 16);
    return b.elements(loaded, 0, run());
  }

  WarpBuilder &b;
  SharedTile pairs, right, solution;
  Type element;
  int64_t bytes;
};
} // namespace

/// `sums` (of rows from `firstRow` on) and what all rows before it give them.
SmallVector<Value> Solver::addRowsBefore(Value column, Value firstRow,
                                         SmallVector<Value> sums) {
  auto loop = scf::ForOp::create(b, b.i32(0), firstRow, b.i32(run()), sums);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value before = loop.getInductionVar();
  sums.assign(loop.getRegionIterArgs().begin(), loop.getRegionIterArgs().end());
  LaneAddress corner(b, pairs, firstRow, b.mul(before, b.i32(bytes)));
  LaneAddress known(b, solution, before, b.mul(column, b.i32(bytes)));
  SmallVector<Value> values;
  for (int64_t i = 0; i < run(); ++i)
    values.push_back(b.load(element, known.at(i, 0), bytes));
  for (int64_t row = 0; row < kBlock; ++row)
    for (auto [factor, value] : llvm::zip(pairsAt(corner, row, 0), values))
      sums[row] = math::FmaOp::create(b, factor, value, sums[row]);
  scf::YieldOp::create(b, sums);
  return SmallVector<Value>(loop.getResults());
}

void Solver::solveBlock(Value column, Value firstRow) {
  LaneAddress given(b, right, firstRow, b.mul(column, b.i32(bytes)));
  SmallVector<Value> values;
  for (int64_t row = 0; row < kBlock; ++row)
    values.push_back(b.load(element, given.at(row, 0), bytes));
  values = addRowsBefore(column, firstRow, values);
  LaneAddress corner(b, pairs, firstRow, b.mul(firstRow, b.i32(bytes)));
  LaneAddress solved(b, solution, firstRow, b.mul(column, b.i32(bytes)));
  for (int64_t row = 0; row < kBlock; ++row) {
    for (int64_t first = 0; first < row; first += run())
      for (auto [i, factor] : llvm::enumerate(pairsAt(corner, row, first)))
        if (first + int64_t(i) < row)
          values[row] =
              math::FmaOp::create(b, factor, values[first + i], values[row]);
    b.store(values[row], solved.at(row, 0), bytes);
  }
}

void Solver::emit() {
  b.barrier();
  OpBuilder::InsertionGuard guard(b);
  auto columns = scf::ForOp::create(
      b, b.thread, b.i32(right.type.getDimSize(1)), b.i32(32 * b.warps));
  b.setInsertionPointToStart(columns.getBody());
  auto blocks = scf::ForOp::create(b, b.i32(0), b.i32(right.type.getDimSize(0)),
                                   b.i32(kBlock));
  b.setInsertionPointToStart(blocks.getBody());
  solveBlock(columns.getInductionVar(), blocks.getInductionVar());
  b.setInsertionPointAfter(columns);
  b.barrier();
}

void solveForward(WarpBuilder &b, const SharedTile &pairs,
                  const SharedTile &right, const SharedTile &solution) {
  Solver(b, pairs, right, solution).emit();
}

} // namespace attention::nvptx
