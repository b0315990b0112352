/// Contractions of few rows with the rows of the right operand: packing would
/// cost more than it saves, so both are read along k, and the lanes of a sum
/// are added at the end.
#include "lowering/cpu/Contraction.h"
#include "lowering/cpu/Pairs.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace attention {

/// The sums of the lanes of as many vectors as each has lanes, in the order of
/// the vectors: pairs of vectors become one that holds halves of both, until
/// one is left. Of a pair one half stays in its lanes, which a blend does, and
/// the other comes to them.
static Value sumLanes(ImplicitLocOpBuilder &b, SmallVector<Value> vectors) {
  int64_t lanes = vectors.size();
  for (int64_t half = lanes / 2; half >= 1; half /= 2) {
    // Vector i holds `lanes / half / 2` sums of 2 x half lanes each.
    SmallVector<int64_t> staying, coming;
    for (int64_t lane = 0; lane < lanes; ++lane) {
      int64_t vector = lane / half % 2 * lanes;
      staying.push_back(vector + lane);
      coming.push_back(vector + (lane ^ half));
    }
    SmallVector<Value> next;
    int64_t pairs = vectors.size() / 2;
    for (int64_t i = 0; i < pairs; ++i) {
      Value a = vectors[i], c = vectors[i + pairs];
      next.push_back(
          arith::AddFOp::create(b, vector::ShuffleOp::create(b, a, c, staying),
                                vector::ShuffleOp::create(b, a, c, coming)));
    }
    vectors = next;
  }
  return vectors.front();
}

/// Elements that one instruction multiplies: pairs, where there are enough.
int64_t Contraction::stepOfDots(const VectorUnit &unit,
                                vector::ContractionOp op,
                                const ContractionShape &shape) {
  int64_t lanes = lanesOf(unit, op, shape);
  bool byPairs = multipliesPairs(unit, op, shape) && shape.k % (2 * lanes) == 0;
  return byPairs ? 2 * lanes : lanes;
}

/// The same, if the left operand is kept in pairs.
int64_t Contraction::stepOfDots() {
  Type narrow = tileType(shape.left).getElementType();
  Type kept = cast<MemRefType>(left.memory.memory.getType()).getElementType();
  return kept == narrow ? stepOfDots(c.unit, op, shape) : lanes;
}

Value Contraction::loadForDots(const TileMemory &memory, Value row, Value k) {
  int64_t step = stepOfDots();
  Type read = step == lanes ? element : tileType(shape.left).getElementType();
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(read));
  return memory.load(b, {Bind::element(row), Bind::vector(k, step)}, read,
                     zero);
}

/// One register of each of `rows` of the left operand.
SmallVector<Value> Contraction::loadLeft(ArrayRef<Value> rows, Value k) {
  // Rows of the left operand that are asked for are there.
  TileMemory memory = left.memory;
  memory.limits[0] = {};
  return llvm::map_to_vector(
      rows, [&](Value row) { return loadForDots(memory, row, k); });
}

/// A few rows times rows of the right operand: the lanes of their sums, for one
/// of the latter after the other. `kept` are the registers of the former, or
/// empty.
SmallVector<Value> Contraction::dots(Points &points, ArrayRef<Value> rows,
                                     ArrayRef<Value> kept,
                                     ArrayRef<Value> columns) {
  int64_t step = stepOfDots(), stretch = kept.empty() ? step : shape.k;
  auto type = VectorType::get({lanes}, element);
  SmallVector<Value> sums(rows.size() * columns.size(),
                          arith::ConstantOp::create(b, b.getZeroAttr(type)));
  Points::Loop loop(points, 0, indexConstant(b, shape.k), stretch, sums);
  sums = SmallVector<Value>(loop.op.getRegionIterArgs());
  for (int64_t at = 0; at < stretch; at += step) {
    Value k = addIndex(b, loop.index(), indexConstant(b, at));
    SmallVector<Value> others;
    for (Value column : columns) {
      others.push_back(loadForDots(right.memory, column, k));
      fetchNext(column, k, step);
    }
    SmallVector<Value> factors =
        kept.empty() ? loadLeft(rows, k)
                     : SmallVector<Value>(
                           kept.slice(at / step * rows.size(), rows.size()));
    for (auto [i, sum] : llvm::enumerate(sums)) {
      Value factor = factors[i % rows.size()], other = others[i / rows.size()];
      sum = step > lanes ? addPairProducts(b, sum, factor, other)
                         : Value(vector::FMAOp::create(b, factor, other, sum));
    }
  }
  scf::YieldOp::create(b, sums);
  return SmallVector<Value>(loop.op.getResults());
}

/// The same vectors, known before anything that comes later is read.
static SmallVector<Value> inOrder(ImplicitLocOpBuilder &b,
                                  ArrayRef<Value> vectors) {
  std::string constraints;
  for (size_t i = 0; i < vectors.size(); ++i)
    constraints += "=v,";
  for (size_t i = 0; i < vectors.size(); ++i)
    constraints += std::to_string(i) + ",";
  constraints += "~{memory}";
  SmallVector<Type> types(ValueRange(vectors).getTypes());
  Type type = types.size() == 1
                  ? types.front()
                  : LLVM::LLVMStructType::getLiteral(b.getContext(), types);
  Value same = LLVM::InlineAsmOp::create(
                   b, type, vectors, /*asm_string=*/"", constraints,
                   /*has_side_effects=*/true, /*is_align_stack=*/false,
                   LLVM::TailCallKind::None, LLVM::AsmDialectAttr(),
                   /*operand_attrs=*/ArrayAttr())
                   .getResult(0);
  if (types.size() == 1)
    return {same};
  return llvm::map_to_vector(llvm::seq<int64_t>(types.size()), [&](int64_t i) {
    return Value(LLVM::ExtractValueOp::create(b, same, i));
  });
}

/// Rows of the right operand whose sums with so many of the left one fill a
/// register, as far as whole shares of it do.
int64_t Contraction::shareOfDots(int64_t lanes, int64_t rows) {
  return lanes / llvm::PowerOf2Ceil(rows);
}

/// `rows` by as many rows of the right operand as give one register of sums.
/// Each of the latter is read to its end before the next: where they come out
/// of memory, a processor foresees nothing as well as that. In straight code
/// LLVM would read all rows at once, so what was read is multiplied before it
/// reads on. Lanes are added behind all rows: what waits for a row keeps the
/// processor from reading ahead. Where a tile was asked for before, two of its
/// rows share each register of the left operand.
void Contraction::emitDotBlock(Points &points, Value result,
                               ArrayRef<Value> rows, ArrayRef<Value> kept,
                               Value column) {
  int64_t share = shareOfDots(lanes, rows.size()),
          columns = columnsOfDots(lanes, rows.size(), shape);
  auto type = VectorType::get({lanes}, element);
  SmallVector<Value> vectors(lanes,
                             arith::ConstantOp::create(b, b.getZeroAttr(type)));
  // A lower block behind the others is wider, and asks for the shares of some.
  int64_t width = hasOddRows ? columns : blockOf(c.unit, op).second;
  int64_t together = c.unit.asksByBlocks() ? std::gcd(columns, 2) : 1;
  for (int64_t j = 0; j < columns; j += together) {
    SmallVector<Value> beside;
    for (int64_t i = 0; i < together; ++i)
      beside.push_back(addIndex(b, column, indexConstant(b, j + i)));
    if (j % width == 0)
      emitPrefetches(blockNumber(beside.front(), rows.front()));
    SmallVector<Value> parts = dots(points, rows, kept, beside);
    if (!kept.empty())
      parts = inOrder(b, parts);
    for (auto [i, part] : llvm::enumerate(parts))
      vectors[i % rows.size() * share + j + i / rows.size()] = part;
  }
  Value sums = sumLanes(b, vectors);
  TileMemory memory = TileMemory::scratch(result, tileType(op.getResult()));
  for (auto [i, row] : llvm::enumerate(rows)) {
    Value part = vector::ExtractStridedSliceOp::create(
        b, sums, ArrayRef<int64_t>(i * share), columns, 1);
    Point place{Bind::element(row), Bind::vector(column, columns)};
    if (!startsAtZero)
      part = arith::AddFOp::create(b, points.at(op.getAcc(), place), part);
    memory.store(b, place, part);
  }
}

/// So many registers hold rows of the left operand while those of the right one
/// come: half of AVX-512's. A processor has only so many loads under way, and
/// those of rows that it knows are in the way of those that it waits for.
static int64_t registersOfLeft(const VectorUnit &unit) {
  return unit.vectorBits >= 512 ? unit.registers / 2 : 0;
}

/// So many rows take each row of the right operand at a time: as many as stay
/// in registers, if one does.
int64_t Contraction::rowsOfDots(const VectorUnit &unit,
                                vector::ContractionOp op,
                                const ContractionShape &shape,
                                bool hasOddRows) {
  if (hasOddRows)
    return 1;
  int64_t vectors = shape.k / stepOfDots(unit, op, shape);
  int64_t most = std::min<int64_t>({lanesOf(unit, op, shape) / 2, 4, shape.m});
  int64_t kept = registersOfLeft(unit) / vectors;
  return kept ? std::min(most, kept) : most;
}

/// The registers of `rows` from end to end, if there are enough.
SmallVector<Value> Contraction::keepLeft(ArrayRef<Value> rows) {
  int64_t step = stepOfDots();
  SmallVector<Value> kept;
  if (int64_t(rows.size()) * shape.k / step <= registersOfLeft(c.unit))
    for (int64_t k = 0; k < shape.k; k += step)
      llvm::append_range(kept, loadLeft(rows, indexConstant(b, k)));
  return kept;
}

/// Blocks of `height` rows: for each of them the columns up to `end`.
void Contraction::emitDotRows(Value result, Value from, Value to,
                              int64_t height, Value end) {
  Points points(b, c.buffers);
  Points::Loop rowLoop(
      points, scf::ForOp::create(b, from, to, indexConstant(b, height)));
  SmallVector<Value> block;
  for (int64_t i = 0; i < height; ++i)
    block.push_back(addIndex(b, rowLoop.index(), indexConstant(b, i)));
  SmallVector<Value> kept = keepLeft(block);
  Points::Loop columns(points, 0, end, columnsOfDots(lanes, height, shape));
  emitDotBlock(points, result, block, kept, columns.index());
}

void Contraction::emitDots(Value result) {
  Value presentColumns = right.present[0];
  Value end = roundUp(presentColumns, std::min(lanes, shape.n), shape.n);
  forRows(rowsOfDots(c.unit, op, shape, hasOddRows),
          [&](Value from, Value to, int64_t height) {
            emitDotRows(result, from, to, height, end);
          });
  Value first = indexConstant(b, 0), all = indexConstant(b, shape.n);
  if (presentColumns)
    emitUntouched(result, first, rows, end, all);
  if (left.present[0])
    emitUntouched(result, sumRows, rows, first, end);
}

} // namespace attention
