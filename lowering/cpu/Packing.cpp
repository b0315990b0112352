#include "lowering/cpu/Packing.h"

#include "lowering/cpu/Points.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace attention {

/// Lanes that instructions exchange without crossing over: 128 bits.
static int64_t lanesOfBlock(Value row) {
  auto type = cast<VectorType>(row.getType());
  return std::min<int64_t>(type.getNumElements(),
                           128 / type.getElementTypeBitWidth());
}

/// Two registers of the lanes that `lower` and `upper` name, of those of
/// `first` and then those of `second`.
static std::pair<Value, Value>
exchange(ImplicitLocOpBuilder &b, Value first, Value second,
         llvm::function_ref<std::pair<int64_t, int64_t>(int64_t)> lanesAt) {
  SmallVector<int64_t> one, other;
  int64_t lanes = cast<VectorType>(first.getType()).getNumElements();
  for (int64_t lane = 0; lane < lanes; ++lane) {
    auto [of, from] = lanesAt(lane);
    one.push_back(of);
    other.push_back(from);
  }
  return {vector::ShuffleOp::create(b, first, second, one),
          vector::ShuffleOp::create(b, first, second, other)};
}

/// Interleaves the lanes, `size` at a time, of pairs of rows within blocks:
/// their lower halves, and their upper ones.
static void interleave(ImplicitLocOpBuilder &b, SmallVectorImpl<Value> &rows,
                       int64_t size, int64_t block) {
  int64_t lanes = rows.size();
  SmallVector<Value> old(rows.begin(), rows.end());
  for (int64_t group = 0; group < lanes; group += 2 * size)
    for (int64_t i = 0; i < size; ++i)
      std::tie(rows[group + 2 * i], rows[group + 2 * i + 1]) =
          exchange(b, old[group + i], old[group + i + size], [&](int64_t lane) {
            int64_t within = lane % block, part = within / size;
            int64_t from = (part % 2) * lanes + lane - within +
                           part / 2 * size + within % size;
            return std::pair(from, from + block / 2);
          });
}

/// Of pairs of rows, the even blocks and the odd ones.
static void separate(ImplicitLocOpBuilder &b, SmallVectorImpl<Value> &rows,
                     int64_t distance, int64_t block) {
  int64_t lanes = rows.size();
  for (int64_t row = 0; row < lanes; ++row)
    if (!(row & distance))
      std::tie(rows[row], rows[row + distance]) =
          exchange(b, rows[row], rows[row + distance], [&](int64_t lane) {
            int64_t from = lane / block * 2 * block + lane % block;
            return std::pair(from, from + block);
          });
}

/// The same value, behind which LLVM does not look.
static Value fence(ImplicitLocOpBuilder &b, Value value) {
  auto type = cast<VectorType>(value.getType());
  if (isa<IntegerType>(type.getElementType())) {
    Type floats = type.clone(b.getF32Type());
    return vector::BitCastOp::create(
        b, type, fence(b, vector::BitCastOp::create(b, floats, value)));
  }
  return LLVM::CallIntrinsicOp::create(b, type,
                                       b.getStringAttr("llvm.arithmetic.fence"),
                                       ValueRange{value})
      .getResults();
}

/// Rounds within blocks of 128 bits, then of whole blocks: each exchange is one
/// instruction. In between, LLVM does not look for better ones, which takes
/// time that grows with the power of the rounds.
void transpose(ImplicitLocOpBuilder &b, SmallVectorImpl<Value> &rows) {
  int64_t lanes = rows.size(), block = lanesOfBlock(rows.front());
  for (int64_t size = 1; size < block; size *= 2)
    interleave(b, rows, size, block);
  if (block < lanes)
    for (Value &row : rows)
      row = fence(b, row);
  for (int64_t distance = block; distance < lanes; distance *= 2)
    separate(b, rows, distance, block);
}

static SmallVector<Value> placeInPanel(ImplicitLocOpBuilder &b, Value column,
                                       Value k, int64_t lanes) {
  Value panel = b.createOrFold<arith::DivUIOp>(column, indexConstant(b, lanes));
  return {panel, k, indexConstant(b, 0)};
}

Value loadFromPanel(ImplicitLocOpBuilder &b, Value panels, Value column,
                    Value k, int64_t lanes) {
  Type element = cast<MemRefType>(panels.getType()).getElementType();
  return vector::LoadOp::create(b, VectorType::get({lanes}, element), panels,
                                placeInPanel(b, column, k, lanes));
}

/// Transposes the blocks of rows [from, to). `isChecked`: rows may be outside.
static void emitBlocks(ImplicitLocOpBuilder &b, const TileMemory &source,
                       Value panels, Value from, Value to, int64_t lanes,
                       bool isChecked) {
  auto type = cast<MemRefType>(panels.getType());
  Type element = type.getElementType();
  TileMemory checked = source;
  if (!isChecked)
    checked.limits[0] = {};
  OpBuilder::InsertionGuard guard(b);
  auto rowLoop = scf::ForOp::create(b, from, to, indexConstant(b, lanes));
  b.setInsertionPoint(rowLoop.getBody()->getTerminator());
  auto columnLoop = scf::ForOp::create(b, indexConstant(b, 0),
                                       indexConstant(b, type.getDimSize(1)),
                                       indexConstant(b, lanes));
  b.setInsertionPoint(columnLoop.getBody()->getTerminator());
  Value row = rowLoop.getInductionVar(), column = columnLoop.getInductionVar();
  Value zero = arith::ConstantOp::create(
      b, b.getZeroAttr(
             cast<MemRefType>(source.memory.getType()).getElementType()));
  SmallVector<Value> registers;
  for (int64_t i = 0; i < lanes; ++i) {
    Value loaded =
        checked.load(b,
                     {Bind::element(addIndex(b, row, indexConstant(b, i))),
                      Bind::vector(column, lanes)},
                     zero.getType(), zero);
    registers.push_back(convertElement(b, loaded, element));
  }
  transpose(b, registers);
  for (int64_t i = 0; i < lanes; ++i)
    vector::StoreOp::create(
        b, registers[i], panels,
        placeInPanel(b, row, addIndex(b, column, indexConstant(b, i)), lanes));
}

void forWholeBlocksThenBorder(
    ImplicitLocOpBuilder &b, Value limit, Value rows, int64_t lanes,
    llvm::function_ref<void(Value, Value, bool)> emit) {
  Value first = indexConstant(b, 0);
  if (!limit)
    return emit(first, rows, /*isChecked=*/false);
  Value present =
      arith::MaxSIOp::create(b, first, arith::MinSIOp::create(b, limit, rows));
  Value width = indexConstant(b, lanes);
  Value whole = arith::MulIOp::create(
      b, arith::DivUIOp::create(b, present, width), width);
  emit(first, whole, /*isChecked=*/false);
  emit(whole, rows, /*isChecked=*/true);
}

void emitPack(ImplicitLocOpBuilder &b, const TileMemory &source, Value panels,
              Value rows, int64_t lanes) {
  forWholeBlocksThenBorder(b, source.limits[0], rows, lanes,
                           [&](Value from, Value to, bool isChecked) {
                             emitBlocks(b, source, panels, from, to, lanes,
                                        isChecked);
                           });
}

void emitCopy(ImplicitLocOpBuilder &b, const TileMemory &source, Value copy,
              Value columns, Value depth, int64_t lanes) {
  auto type = cast<MemRefType>(copy.getType());
  Type element = type.getElementType();
  TileMemory present = source;
  present.limits[0] = {};
  OpBuilder::InsertionGuard guard(b);
  Value first = indexConstant(b, 0);
  auto vectors = scf::ForOp::create(b, first, columns, indexConstant(b, lanes));
  b.setInsertionPoint(vectors.getBody()->getTerminator());
  auto rows = scf::ForOp::create(b, first, depth, indexConstant(b, 1));
  b.setInsertionPoint(rows.getBody()->getTerminator());
  Value column = vectors.getInductionVar(), k = rows.getInductionVar();
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(element));
  Value loaded = present.load(
      b, {Bind::element(k), Bind::vector(column, lanes)}, element, zero);
  SmallVector<Value> place{k, column};
  if (type.getRank() == 3)
    place = placeInPanel(b, column, k, lanes);
  vector::StoreOp::create(b, loaded, copy, place);
}

} // namespace attention
