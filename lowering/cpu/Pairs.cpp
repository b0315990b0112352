#include "lowering/cpu/Pairs.h"

#include "lowering/cpu/Packing.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace attention {

namespace {

/// Emits the loops of one packing.
class PairPacking {
public:
  /// Without a source, for zeros.
  PairPacking(ImplicitLocOpBuilder &b, Value packed, int64_t lanes)
      : PairPacking(b, TileMemory(), packed, lanes) {}
  PairPacking(ImplicitLocOpBuilder &b, TileMemory source, Value packed,
              int64_t lanes)
      : b(b), source(source), packed(packed), lanes(lanes),
        element(cast<MemRefType>(packed.getType()).getElementType()),
        zero(arith::ConstantOp::create(b, b.getZeroAttr(element))) {}

  void transposeRows(Value columns);
  void clear(Value from, Value to, Value columns);
  void interleaveRows(Value columns, Value depth);

private:
  template <typename Body>
  void loop(Value from, Value to, int64_t step, Body body) {
    auto op = scf::ForOp::create(b, from, to, indexConstant(b, step));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(op.getBody()->getTerminator());
    body(op.getInductionVar());
  }
  Value load(const TileMemory &from, Value row, Value column, int64_t count) {
    return from.load(b, {Bind::element(row), Bind::vector(column, count)},
                     element, zero);
  }
  void store(Value pairs, Value pair, Value column) {
    auto type = cast<MemRefType>(packed.getType());
    Value two = indexConstant(b, 2);
    if (type.getRank() == 2) {
      Value twice = arith::MulIOp::create(b, column, two);
      vector::StoreOp::create(b, pairs, packed, ValueRange{pair, twice});
      return;
    }
    Value width = indexConstant(b, type.getDimSize(2) / 2);
    Value tile = arith::DivUIOp::create(b, column, width),
          place = arith::RemUIOp::create(b, column, width);
    vector::StoreOp::create(
        b, pairs, packed,
        ValueRange{tile, pair, arith::MulIOp::create(b, place, two)});
  }
  void transposeBlocks(Value from, Value to, bool isChecked);
  void transposeBlock(const TileMemory &from, Value row, Value k,
                      int64_t pairs);
  void interleave(const TileMemory &from, Value pair, Value columns);

  ImplicitLocOpBuilder &b;
  TileMemory source;
  Value packed;
  int64_t lanes;
  Type element;
  Value zero;
};

/// `pairs` (at most `lanes`) pairs of each of `lanes` rows.
void PairPacking::transposeBlock(const TileMemory &from, Value row, Value k,
                                 int64_t pairs) {
  SmallVector<Value> registers;
  SmallVector<int64_t> wide;
  for (int64_t lane = 0; lane < lanes; ++lane)
    wide.push_back(std::min(lane, pairs - 1));
  auto narrow = VectorType::get({pairs}, b.getI32Type());
  for (int64_t i = 0; i < lanes; ++i) {
    Value loaded =
        load(from, addIndex(b, row, indexConstant(b, i)), k, 2 * pairs);
    Value units = vector::BitCastOp::create(b, narrow, loaded);
    if (pairs < lanes)
      units = vector::ShuffleOp::create(b, units, units, wide);
    registers.push_back(units);
  }
  transpose(b, registers);
  auto type = VectorType::get({2 * lanes}, element);
  Value pair = arith::DivUIOp::create(b, k, indexConstant(b, 2));
  for (int64_t i = 0; i < pairs; ++i)
    store(vector::BitCastOp::create(b, type, registers[i]),
          addIndex(b, pair, indexConstant(b, i)), row);
}

void PairPacking::transposeBlocks(Value from, Value to, bool isChecked) {
  TileMemory memory = source;
  if (!isChecked)
    memory.limits[0] = {};
  int64_t pairs = cast<MemRefType>(source.memory.getType()).getDimSize(1) / 2;
  int64_t odd = pairs % lanes;
  loop(from, to, lanes, [&](Value row) {
    loop(indexConstant(b, 0), indexConstant(b, 2 * (pairs - odd)), 2 * lanes,
         [&](Value k) { transposeBlock(memory, row, k, lanes); });
    if (odd)
      transposeBlock(memory, row, indexConstant(b, 2 * (pairs - odd)), odd);
  });
}

void PairPacking::transposeRows(Value columns) {
  forWholeBlocksThenBorder(b, source.limits[0], columns, lanes,
                           [&](Value from, Value to, bool isChecked) {
                             transposeBlocks(from, to, isChecked);
                           });
}

/// The two rows of a pair, element by element in turns.
void PairPacking::interleave(const TileMemory &from, Value pair,
                             Value columns) {
  Value row = arith::MulIOp::create(b, pair, indexConstant(b, 2));
  Value next = addIndex(b, row, indexConstant(b, 1));
  loop(indexConstant(b, 0), columns, lanes, [&](Value column) {
    // As integers: not every processor can move vectors of bf16 as such.
    auto bits = [&](Value numbers) -> Value {
      return vector::BitCastOp::create(
          b, VectorType::get({lanes}, b.getI16Type()), numbers);
    };
    Value pairs =
        vector::InterleaveOp::create(b, bits(load(from, row, column, lanes)),
                                     bits(load(from, next, column, lanes)));
    auto type = VectorType::get({2 * lanes}, element);
    store(vector::BitCastOp::create(b, type, pairs), pair, column);
  });
}

void PairPacking::interleaveRows(Value columns, Value depth) {
  TileMemory inside = source;
  inside.limits[0] = {};
  Value first = indexConstant(b, 0), two = indexConstant(b, 2);
  Value whole = arith::DivUIOp::create(b, depth, two);
  loop(first, whole, 1, [&](Value pair) { interleave(inside, pair, columns); });
  if (!source.limits[0])
    return;
  // Of an odd depth, the row behind it may not exist.
  Value end = arith::CeilDivUIOp::create(b, depth, two);
  loop(whole, end, 1, [&](Value pair) { interleave(source, pair, columns); });
}

void PairPacking::clear(Value from, Value to, Value columns) {
  auto type = VectorType::get({2 * lanes}, element);
  Value zeros = arith::ConstantOp::create(b, b.getZeroAttr(type));
  loop(indexConstant(b, 0), columns, lanes, [&](Value column) {
    loop(from, to, 1, [&](Value pair) { store(zeros, pair, column); });
  });
}

} // namespace

void emitZeroPairs(ImplicitLocOpBuilder &b, Value packed, Value from, Value to,
                   Value columns, int64_t lanes) {
  PairPacking(b, packed, lanes).clear(from, to, columns);
}

void emitPackPairs(ImplicitLocOpBuilder &b, const TileMemory &source, bool byN,
                   Value packed, Value columns, Value depth, int64_t lanes) {
  PairPacking packing(b, source, packed, lanes);
  if (byN)
    packing.transposeRows(columns);
  else
    packing.interleaveRows(columns, depth);
}

Value splatPair(ImplicitLocOpBuilder &b, const TileMemory &left, Value row,
                Value k, bool isHalf, int64_t lanes) {
  Type element = cast<MemRefType>(left.memory.getType()).getElementType();
  Value pair;
  if (isHalf) {
    Value zero = arith::ConstantOp::create(b, b.getZeroAttr(element));
    Value last = left.load(b, {Bind::element(row), Bind::element(k)}, element,
                           /*padding=*/{});
    pair = vector::FromElementsOp::create(b, VectorType::get({2}, element),
                                          ValueRange{last, zero});
  } else {
    pair = left.load(b, {Bind::element(row), Bind::vector(k, 2)}, element,
                     /*padding=*/{});
  }
  Value unit = vector::ExtractOp::create(
      b,
      vector::BitCastOp::create(b, VectorType::get({1}, b.getI32Type()), pair),
      ArrayRef<int64_t>{0});
  return vector::BitCastOp::create(b, VectorType::get({2 * lanes}, element),
                                   splat(b, unit, lanes));
}

Value addPairProducts(ImplicitLocOpBuilder &b, Value sums, Value left,
                      Value right) {
  int64_t bits = 32 * cast<VectorType>(sums.getType()).getDimSize(0);
  std::string name = "llvm.x86.avx512bf16.dpbf16ps." + std::to_string(bits);
  return LLVM::CallIntrinsicOp::create(b, sums.getType(), b.getStringAttr(name),
                                       ValueRange{sums, left, right})
      .getResults();
}

Value addPairs(ImplicitLocOpBuilder &b, Value sums, Value pairs) {
  auto type = cast<VectorType>(pairs.getType());
  Value ones = arith::ConstantOp::create(
      b, DenseElementsAttr::get(
             type, Attribute(b.getFloatAttr(type.getElementType(), 1))));
  return addPairProducts(b, sums, pairs, ones);
}

} // namespace attention
