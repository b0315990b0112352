#include "lowering/nvptx/Mma.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace attention::nvptx {

/// One `mma.sync` m x n x k; gives `sums.size()` new sums.
static SmallVector<Value> mma(WarpBuilder &b, std::array<int64_t, 3> shape,
                              NVVM::MMATypes type, ValueRange left,
                              ValueRange right, ValueRange sums) {
  SmallVector<Type> types(sums.size(), sums.front().getType());
  Type result = LLVM::LLVMStructType::getLiteral(b.getContext(), types);
  Value sum = NVVM::MmaOp::create(
      b, result, left, right, sums, shape, std::nullopt, std::nullopt,
      std::array<NVVM::MMATypes, 2>{type, type},
      std::array<NVVM::MMALayout, 2>{NVVM::MMALayout::row,
                                     NVVM::MMALayout::col});
  SmallVector<Value> parts;
  for (int64_t i = 0, e = sums.size(); i < e; ++i)
    parts.push_back(LLVM::ExtractValueOp::create(b, sum, i));
  return parts;
}

/// Four 8 x 8 matrices of 16 bits, the address of row r of matrix i in lane 8 i
/// + r.
static SmallVector<Value> loadMatrices(WarpBuilder &b, Value address,
                                       bool transposed) {
  SmallVector<Type> types(4, b.getI32Type());
  Type result = LLVM::LLVMStructType::getLiteral(b.getContext(), types);
  auto shape = NVVM::LdStMatrixShapeAttr::get(b.getContext(), 8, 8);
  Value loaded = NVVM::LdMatrixOp::create(b, result, address, 4,
                                          transposed ? NVVM::MMALayout::col
                                                     : NVVM::MMALayout::row,
                                          shape, NVVM::LdStMatrixEltType::B16);
  SmallVector<Value> parts;
  for (int64_t i = 0; i < 4; ++i)
    parts.push_back(LLVM::ExtractValueOp::create(b, loaded, i));
  return parts;
}

namespace {

/// Row `bits 0-2 of lane + rows * bit rowBit` and byte `bytes * bit byteBit` of
/// a lane, from a place on (null: the tile's corner).
LaneAddress matrixAddress(WarpBuilder &b, const SharedTile &tile, int rowBit,
                          int byteBit, int64_t rows = 8, int64_t bytes = 16,
                          Value firstRow = Value(), Value firstByte = Value()) {
  auto bit = [&](int number, int64_t scale, Value first) -> Value {
    Value shifted = arith::ShRUIOp::create(b, b.lane, b.i32(number));
    Value place =
        b.mul(arith::AndIOp::create(b, shifted, b.i32(1)), b.i32(scale));
    return first ? b.add(place, first) : place;
  };
  Value row = arith::AndIOp::create(b, b.lane, b.i32(7));
  return LaneAddress(b, tile, b.add(row, bit(rowBit, rows, firstRow)),
                     bit(byteBit, bytes, firstByte));
}

/// This warp's first column block of a right operand, null if all warps have
/// all of them.
Value firstBlock(WarpBuilder &b, const SharedTile &tile, bool transposed) {
  if (b.warps.columns == 1)
    return nullptr;
  return b.firstColumnBlock(tile.type.getDimSize(transposed ? 1 : 0));
}

/// f16 and bf16: m16n8k16, operands by `ldmatrix`.
class HalfFamily : public MmaFamily {
public:
  explicit HalfFamily(NVVM::MMATypes type) : type(type) {}

  int64_t step() const override { return 16; }

  LeftStep leftOfFragment(WarpBuilder &b, Value fragment, int64_t columns,
                          int64_t block, int64_t k) const override {
    Value step = b.slice(fragment, block * columns / 2 + 8 * k, 8);
    auto words = VectorType::get({4}, b.getI32Type());
    return LeftStep(b.elements(LLVM::BitcastOp::create(b, words, step), 0, 4));
  }

  SmallVector<LaneAddress> leftAddresses(WarpBuilder &b, const SharedTile &tile,
                                         bool transposed) const override {
    return {transposed ? matrixAddress(b, tile, 4, 3)
                       : matrixAddress(b, tile, 3, 4)};
  }

  LeftStep leftOfShared(WarpBuilder &b, ArrayRef<LaneAddress> tile,
                        bool transposed, Value row, Value k) const override {
    Value address = transposed
                        ? tile[0].at(b.mul(k, b.i32(16)), b.mul(row, b.i32(2)))
                        : tile[0].at(row, b.mul(k, b.i32(32)));
    return LeftStep(loadMatrices(b, address, transposed));
  }

  SmallVector<LaneAddress> rightAddresses(WarpBuilder &b,
                                          const SharedTile &tile,
                                          bool transposed) const override {
    Value first = firstBlock(b, tile, transposed);
    int64_t blocks = columnBlocks(tile.type.getDimSize(transposed ? 1 : 0));
    // A lone block is loaded twice, or the second would lie outside.
    int64_t next = blocks > b.warps.columns ? b.warps.columns : 0;
    if (transposed)
      return {matrixAddress(b, tile, 3, 4, 8, 16 * next, nullptr,
                            first ? b.mul(first, b.i32(16)) : first)};
    return {matrixAddress(b, tile, 4, 3, 8 * next, 16,
                          first ? b.mul(first, b.i32(8)) : first, nullptr)};
  }

  SmallVector<RightStep> right(WarpBuilder &b, ArrayRef<LaneAddress> tile,
                               bool transposed, Value k, int64_t n,
                               int64_t count) const override {
    Value along = b.mul(k, b.i32(transposed ? 16 : 32));
    int64_t distance = b.columnDistance(n);
    Value address = transposed ? tile[0].at(along, b.i32(2 * distance))
                               : tile[0].at(b.i32(distance), along);
    SmallVector<Value> words = loadMatrices(b, address, transposed);
    SmallVector<RightStep> steps = {{words[0], words[1]}, {words[2], words[3]}};
    steps.resize(count);
    return steps;
  }

  void multiply(WarpBuilder &b, const LeftStep &left, const RightStep &right,
                MutableArrayRef<Value> sums) const override {
    llvm::copy(mma(b, {16, 8, 16}, type, typed(b, left), typed(b, right), sums),
               sums.begin());
  }

private:
  /// The operation wants f16 as pairs, bf16 as words.
  SmallVector<Value> typed(WarpBuilder &b, ValueRange words) const {
    SmallVector<Value> values(words);
    if (type != NVVM::MMATypes::f16)
      return values;
    auto pair = VectorType::get({2}, b.getF16Type());
    for (Value &value : values)
      value = LLVM::BitcastOp::create(b, pair, value);
    return values;
  }

  NVVM::MMATypes type;
};

/// What f32 and f64 have in common: steps of 8, of which a thread holds columns
/// 2 quad and 2 quad + 1, loaded as they stand.
class WideFamily : public MmaFamily {
public:
  explicit WideFamily(Type element) : element(element) {}

  int64_t step() const override { return 8; }

  LeftStep leftOfFragment(WarpBuilder &b, Value fragment, int64_t columns,
                          int64_t block, int64_t k) const override {
    return prepareLeft(b, b.elements(fragment, block * columns / 2 + 4 * k, 4));
  }

  /// Of k 2 quad and 2 quad + 1 at `group`, along a row or in two rows.
  SmallVector<LaneAddress> leftAddresses(WarpBuilder &b, const SharedTile &tile,
                                         bool transposed) const override {
    return addresses(b, tile, transposed, b.group);
  }

  LeftStep leftOfShared(WarpBuilder &b, ArrayRef<LaneAddress> tile,
                        bool transposed, Value row, Value k) const override {
    SmallVector<Value> values;
    for (int64_t half = 0; half < 2; ++half) {
      Value place = b.add(row, b.i32(8 * half));
      if (!transposed) {
        llvm::append_range(
            values, pair(b, tile[0].at(place, b.mul(k, b.i32(8 * bytes())))));
        continue;
      }
      int64_t constant = WarpBuilder::splitConstants(place) * bytes();
      Value byte = b.add(b.mul(place, b.i32(bytes())), b.i32(constant));
      for (const LaneAddress &lane : tile)
        values.push_back(
            b.load(element, lane.at(b.mul(k, b.i32(8)), byte), bytes()));
    }
    return prepareLeft(b, values);
  }

  SmallVector<LaneAddress> rightAddresses(WarpBuilder &b,
                                          const SharedTile &tile,
                                          bool transposed) const override {
    Value first = firstBlock(b, tile, transposed);
    return addresses(b, tile, transposed,
                     first ? b.add(b.mul(first, b.i32(8)), b.group) : b.group);
  }

  SmallVector<RightStep> right(WarpBuilder &b, ArrayRef<LaneAddress> tile,
                               bool transposed, Value k, int64_t n,
                               int64_t count) const override {
    SmallVector<RightStep> steps;
    for (int64_t i = 0; i < count; ++i) {
      SmallVector<Value> values;
      int64_t distance = b.columnDistance(n + i);
      if (transposed) {
        Value row = b.mul(k, b.i32(8)), byte = b.i32(distance * bytes());
        for (const LaneAddress &lane : tile)
          values.push_back(b.load(element, lane.at(row, byte), bytes()));
      } else {
        values =
            pair(b, tile[0].at(b.i32(distance), b.mul(k, b.i32(8 * bytes()))));
      }
      steps.push_back(prepareRight(b, values));
    }
    return steps;
  }

protected:
  /// `values` are (group, 2 quad), (group, 2 quad + 1), then the same 8 rows
  /// on.
  virtual LeftStep prepareLeft(WarpBuilder &b, ValueRange values) const = 0;
  /// `values` are rows 2 quad and 2 quad + 1 of column `group`.
  virtual RightStep prepareRight(WarpBuilder &b, ValueRange values) const = 0;

private:
  int64_t bytes() const { return storageBytes(element); }

  /// Of row or column `place`, at k 2 quad and 2 quad + 1.
  SmallVector<LaneAddress> addresses(WarpBuilder &b, const SharedTile &tile,
                                     bool transposed, Value place) const {
    Value k = b.mul(b.quad, b.i32(2)), size = b.i32(bytes());
    if (!transposed)
      return {LaneAddress(b, tile, place, b.mul(k, size))};
    SmallVector<LaneAddress> rows;
    for (int64_t s = 0; s < 2; ++s)
      rows.emplace_back(b, tile, b.add(k, b.i32(s)), b.mul(place, size));
    return rows;
  }

  SmallVector<Value> pair(WarpBuilder &b, Value address) const {
    auto type = VectorType::get({2}, element);
    return b.elements(b.load(type, address, 2 * bytes()), 0, 2);
  }

  Type element;
};

/// f32 by three products of tf32: x = high + low, both with 11 significant
/// bits. High is rounded to nearest, so that low has either sign and at most
/// 2^-11 of it: low * low is below the rounding of the sum. An infinite x (or
/// one that would round to infinity) takes part in high * high only, or it
/// would meet zeros.
class FloatFamily : public WideFamily {
public:
  using WideFamily::WideFamily;

  void multiply(WarpBuilder &b, const LeftStep &left, const RightStep &right,
                MutableArrayRef<Value> sums) const override {
    ArrayRef<Value> l(left), r(right);
    for (auto [a, c] : {std::pair(l.slice(4, 4), r.slice(4, 2)),
                        std::pair(l.slice(8, 4), r.slice(2, 2)),
                        std::pair(l.slice(0, 4), r.slice(0, 2))})
      llvm::copy(mma(b, {16, 8, 8}, NVVM::MMATypes::tf32, a, c, sums),
                 sums.begin());
  }

protected:
  LeftStep prepareLeft(WarpBuilder &b, ValueRange v) const override {
    return split(b, {v[0], v[2], v[1], v[3]});
  }
  RightStep prepareRight(WarpBuilder &b, ValueRange v) const override {
    return split(b, v);
  }

private:
  /// The high parts of all values, the low parts, and the high parts that are
  /// finite.
  static SmallVector<Value> split(WarpBuilder &b, ValueRange values) {
    Type word = b.getI32Type(), real = b.getF32Type();
    SmallVector<Value> high, low, finiteHigh;
    Value zero = b.i32(0), mask = b.i32(~0x1fff), half = b.i32(0x1000);
    Value infinity = arith::ConstantOp::create(
        b, b.getF32FloatAttr(std::numeric_limits<float>::infinity()));
    for (Value value : values) {
      Value bits = arith::BitcastOp::create(b, word, value);
      Value rounded = arith::AndIOp::create(b, b.add(bits, half), mask);
      Value magnitude =
          math::AbsFOp::create(b, arith::BitcastOp::create(b, real, rounded));
      Value finite = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT,
                                           magnitude, infinity);
      high.push_back(arith::SelectOp::create(
          b, finite, rounded, arith::AndIOp::create(b, bits, mask)));
      Value rest = arith::SubFOp::create(
          b, value, arith::BitcastOp::create(b, real, high.back()));
      rest = arith::BitcastOp::create(b, word, rest);
      rest = arith::AndIOp::create(b, rest, mask);
      low.push_back(arith::SelectOp::create(b, finite, rest, zero));
      finiteHigh.push_back(
          arith::SelectOp::create(b, finite, high.back(), zero));
    }
    SmallVector<Value> all = high;
    llvm::append_range(all, low);
    llvm::append_range(all, finiteHigh);
    return all;
  }
};

/// f64: m8n8k4, twice along rows and twice along k.
class DoubleFamily : public WideFamily {
public:
  using WideFamily::WideFamily;

  void multiply(WarpBuilder &b, const LeftStep &left, const RightStep &right,
                MutableArrayRef<Value> sums) const override {
    for (int64_t half = 0; half < 2; ++half)
      for (int64_t s = 0; s < 2; ++s)
        llvm::copy(mma(b, {8, 8, 4}, NVVM::MMATypes::f64, left[2 * half + s],
                       right[s], sums.slice(2 * half, 2)),
                   sums.begin() + 2 * half);
  }

protected:
  LeftStep prepareLeft(WarpBuilder &b, ValueRange values) const override {
    return LeftStep(values);
  }
  RightStep prepareRight(WarpBuilder &b, ValueRange values) const override {
    return RightStep(values);
  }
};

} // namespace

std::unique_ptr<MmaFamily> MmaFamily::get(Type element) {
  if (element.isBF16())
    return std::make_unique<HalfFamily>(NVVM::MMATypes::bf16);
  if (element.isF16())
    return std::make_unique<HalfFamily>(NVVM::MMATypes::f16);
  if (element.isF32())
    return std::make_unique<FloatFamily>(element);
  if (element.isF64())
    return std::make_unique<DoubleFamily>(element);
  return nullptr;
}

} // namespace attention::nvptx
