#include "lowering/cpu/Packing.h"

#include "lowering/cpu/Points.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace attention {

/// By halves: log2(lanes) rounds, in each of which pairs of registers exchange
/// blocks of half the size before.
void transpose(ImplicitLocOpBuilder &b, SmallVectorImpl<Value> &rows) {
  int64_t lanes = rows.size();
  for (int64_t half = lanes / 2; half >= 1; half /= 2) {
    SmallVector<int64_t> upper, lower;
    for (int64_t lane = 0; lane < lanes; ++lane) {
      bool isSecond = lane & half;
      upper.push_back(isSecond ? lanes + lane - half : lane);
      lower.push_back(isSecond ? lanes + lane : lane + half);
    }
    for (int64_t row = 0; row < lanes; ++row) {
      if (row & half)
        continue;
      Value first = rows[row], second = rows[row + half];
      rows[row] = vector::ShuffleOp::create(b, first, second, upper);
      rows[row + half] = vector::ShuffleOp::create(b, first, second, lower);
    }
  }
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

void emitCopy(ImplicitLocOpBuilder &b, const TileMemory &source, Value panels,
              Value columns, Value depth, int64_t lanes) {
  Type element = cast<MemRefType>(panels.getType()).getElementType();
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
  vector::StoreOp::create(b, loaded, panels, placeInPanel(b, column, k, lanes));
}

} // namespace attention
