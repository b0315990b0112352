#include "lowering/nvptx/WarpBuilder.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attention::nvptx {

/// Address spaces of NVPTX.
static constexpr unsigned kShared = 3;

WarpBuilder::WarpBuilder(Location loc, Block *entry, Warps warps,
                         StringRef sharedName)
    : ImplicitLocOpBuilder(loc, loc.getContext()), warps(warps) {
  setInsertionPointToEnd(entry);
  setThread(NVVM::ThreadIdXOp::create(*this, getI32Type(),
                                      LLVM::ConstantRangeAttr()));
  auto pointer = LLVM::LLVMPointerType::get(getContext(), kShared);
  shared = LLVM::AddressOfOp::create(*this, pointer, sharedName);
}

void WarpBuilder::setThread(Value number) {
  thread = number;
  lane = arith::AndIOp::create(*this, thread, i32(31));
  rowWarp = arith::ShRUIOp::create(*this, thread, i32(5));
  columnWarp = i32(0);
  if (warps.columns > 1) {
    columnWarp = arith::RemUIOp::create(*this, rowWarp, i32(warps.columns));
    rowWarp = arith::DivUIOp::create(*this, rowWarp, i32(warps.columns));
  }
  group = arith::ShRUIOp::create(*this, lane, i32(2));
  quad = arith::AndIOp::create(*this, lane, i32(3));
}

Value WarpBuilder::i32(int64_t value) {
  return arith::ConstantOp::create(*this, getI32IntegerAttr(value));
}

Value WarpBuilder::index(int64_t value) {
  return arith::ConstantOp::create(*this, getIndexAttr(value));
}

Value WarpBuilder::toIndex(Value value) {
  return arith::IndexCastUIOp::create(*this, getIndexType(), value);
}

Value WarpBuilder::add(Value a, Value b) {
  return createOrFold<arith::AddIOp>(a, b);
}

Value WarpBuilder::mul(Value a, Value b) {
  return createOrFold<arith::MulIOp>(a, b);
}

int64_t WarpBuilder::splitConstants(Value &sum) {
  int64_t constants = 0;
  while (auto add = sum ? sum.getDefiningOp<arith::AddIOp>() : nullptr) {
    std::optional<int64_t> constant = getConstantIntValue(add.getRhs());
    if (!constant)
      break;
    constants += *constant;
    sum = add.getLhs();
  }
  return constants;
}

Value WarpBuilder::lessThan(Value a, Value b) {
  return arith::CmpIOp::create(*this, arith::CmpIPredicate::slt, a, b);
}

Value WarpBuilder::both(Value a, Value b) {
  if (!a || !b)
    return a ? a : b;
  return arith::AndIOp::create(*this, a, b);
}

Value WarpBuilder::element(Value vector, int64_t at) {
  return vector::ExtractOp::create(*this, vector, at);
}

SmallVector<Value> WarpBuilder::elements(Value vector, int64_t begin,
                                         int64_t count) {
  SmallVector<Value> values;
  for (int64_t i = begin; i < begin + count; ++i)
    values.push_back(element(vector, i));
  return values;
}

Value WarpBuilder::vectorOf(ValueRange values) {
  auto type = VectorType::get({static_cast<int64_t>(values.size())},
                              values.front().getType());
  return vector::FromElementsOp::create(*this, type, values);
}

Value WarpBuilder::slice(Value vector, int64_t begin, int64_t count) {
  return shuffle(vector, llvm::to_vector(llvm::seq(begin, begin + count)));
}

Value WarpBuilder::shuffle(Value vector, ArrayRef<int64_t> from) {
  return vector::ShuffleOp::create(*this, vector, vector, from);
}

Value WarpBuilder::fragmentRow(int64_t rows, int64_t block, int64_t half) {
  if (rows <= 8)
    return toIndex(group);
  int64_t blocks = rowBlocks(rows);
  Value number = add(rowWarp, i32(block * warps.rows));
  if (blocks == 1)
    number = i32(0);
  else if (blocks % warps.rows != 0)
    number = arith::RemUIOp::create(*this, number, i32(blocks));
  else
    number = rowWarp;
  // Constants are added last, so that they can be added to sums of what changes
  // from tile to tile instead of being kept in registers.
  int64_t distance = number == rowWarp ? 16 * block * warps.rows : 0;
  return add(toIndex(add(mul(number, i32(16)), group)),
             index(distance + 8 * half));
}

Value WarpBuilder::rowDistance(int64_t rows, int64_t block, int64_t half) {
  Value row = fragmentRow(rows, block, half);
  int64_t constant = splitConstants(row);
  row = arith::IndexCastOp::create(*this, getI32Type(), row);
  return add(arith::SubIOp::create(*this, row, group), i32(constant));
}

Value WarpBuilder::firstColumnBlock(int64_t columns) {
  int64_t blocks = columnBlocks(columns);
  if (blocks >= warps.columns)
    return columnWarp;
  return arith::RemUIOp::create(*this, columnWarp, i32(blocks));
}

Value WarpBuilder::firstColumn(int64_t columns) {
  Value column = mul(quad, i32(2));
  if (warps.columns == 1)
    return column;
  return add(mul(firstColumnBlock(columns), i32(8)), column);
}

SmallVector<Value> WarpBuilder::fragmentColumns(int64_t columns, int64_t count,
                                                bool anew) {
  Value first = firstColumn(columns);
  first = toIndex(anew ? opaque(first) : first);
  SmallVector<Value> places;
  for (int64_t i = 0; i < count; ++i)
    places.push_back(add(first, index(columnDistance(i / 2) + i % 2)));
  return places;
}

SmallVector<Value> WarpBuilder::places(VectorType tile, Layout layout) {
  int64_t count = threadType(tile, layout, warps).getNumElements();
  if (layout != Layout::Row)
    return fragmentColumns(columnsOf(tile, layout), count, /*anew=*/true);
  SmallVector<Value> places;
  for (int64_t i = 0; i < count; ++i)
    places.push_back(fragmentRow(tile.getDimSize(0), i / 2, i % 2));
  return places;
}

Value WarpBuilder::ownsRowBlock(int64_t rows, int64_t block) {
  if (rowBlocks(rows) % warps.rows == 0)
    return nullptr;
  return lessThan(add(rowWarp, i32(block * warps.rows)), i32(rowBlocks(rows)));
}

Value WarpBuilder::opaque(ImplicitLocOpBuilder &builder, Value value) {
  auto dialect =
      LLVM::AsmDialectAttr::get(builder.getContext(), LLVM::AsmDialect::AD_ATT);
  return LLVM::InlineAsmOp::create(
             builder, value.getType(), ValueRange(value), /*asm_string=*/"",
             isa<LLVM::LLVMPointerType>(value.getType()) ? "=l,0"
             : value.getType().isF32()                   ? "=f,0"
             : value.getType().isF64()                   ? "=d,0"
                                                         : "=r,0",
             /*has_side_effects=*/true, /*is_align_stack=*/false,
             LLVM::TailCallKind::None, dialect, ArrayAttr())
      .getResult(0);
}

Operation *WarpBuilder::barrier() {
  if (!hasOthers)
    return NVVM::Barrier0Op::create(*this);
  // Barrier 0 is that of the whole block.
  return NVVM::BarrierOp::create(*this, TypeRange(), i32(1), i32(32 * warps),
                                 NVVM::BarrierReductionAttr(), Value());
}

Operation *WarpBuilder::publish(const SharedTile &tile) {
  if (tile.swizzle)
    LLVM::CallIntrinsicOp::create(
        *this, getStringAttr("llvm.nvvm.fence.proxy.async.shared_cta"),
        ValueRange());
  return barrier();
}

Value WarpBuilder::shuffleXor(Value value, int64_t mask) {
  Type type = value.getType();
  auto exchange = [&](Value word) -> Value {
    return NVVM::ShflOp::create(*this, word.getType(), i32(-1), word, i32(mask),
                                i32(31), NVVM::ShflKind::bfly, UnitAttr());
  };
  if (type.isF32() || type.isInteger(32))
    return exchange(value);
  if (type.isIndex()) {
    value = arith::IndexCastOp::create(*this, getI64Type(), value);
    return arith::IndexCastOp::create(*this, type, shuffleXor(value, mask));
  }
  unsigned bits = type.getIntOrFloatBitWidth();
  Value word = value;
  if (!isa<IntegerType>(type))
    word = arith::BitcastOp::create(*this, getIntegerType(bits), value);
  if (bits < 32) {
    word = exchange(arith::ExtUIOp::create(*this, getI32Type(), word));
    word = arith::TruncIOp::create(*this, getIntegerType(bits), word);
  } else {
    auto pair = VectorType::get({2}, getI32Type());
    Value halves = LLVM::BitcastOp::create(*this, pair, word);
    halves =
        vectorOf({exchange(element(halves, 0)), exchange(element(halves, 1))});
    word = LLVM::BitcastOp::create(*this, getIntegerType(bits), halves);
  }
  return isa<IntegerType>(type)
             ? word
             : arith::BitcastOp::create(*this, type, word).getResult();
}

Value WarpBuilder::sharedAddress(Value byteOffset, int64_t more) {
  Value address = LLVM::GEPOp::create(*this, shared.getType(), getI8Type(),
                                      shared, byteOffset);
  return LLVM::GEPOp::create(*this, shared.getType(), getI8Type(), address,
                             LLVM::GEPArg(more));
}

Value WarpBuilder::load(Type type, Value address, int64_t alignment) {
  Type element = getElementTypeOrSelf(type);
  Type stored = storageType(element);
  if (auto vector = dyn_cast<VectorType>(type))
    stored = vector.clone(stored);
  Value value = LLVM::LoadOp::create(*this, stored, address, alignment);
  if (element.isInteger(1))
    value = arith::TruncIOp::create(*this, type, value);
  if (element.isIndex())
    value = arith::IndexCastOp::create(*this, type, value);
  return value;
}

void WarpBuilder::store(Value value, Value address, int64_t alignment) {
  Type element = getElementTypeOrSelf(value.getType());
  Type stored = storageType(element);
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    stored = vector.clone(stored);
  if (element.isInteger(1))
    value = arith::ExtUIOp::create(*this, stored, value);
  if (element.isIndex())
    value = arith::IndexCastOp::create(*this, stored, value);
  LLVM::StoreOp::create(*this, value, address, alignment);
}

LaneAddress::LaneAddress(WarpBuilder &b, const SharedTile &tile, Value laneRow,
                         Value laneByte)
    : b(&b), tile(tile) {
  base = b.mul(laneRow, b.i32(tile.pitch()));
  if (!tile.swizzle) {
    base = b.opaque(b.add(base, laneByte));
  } else {
    auto right = [&](Value value, int64_t bits) -> Value {
      return arith::ShRUIOp::create(b, value, b.i32(bits));
    };
    auto masked = [&](Value value, int64_t mask) -> Value {
      return arith::AndIOp::create(b, value, b.i32(mask));
    };
    Value slab = right(laneByte, llvm::Log2_64(tile.swizzle));
    // Bits 7 and up of the place say how bits 4 and up change.
    Value change = masked(right(base, 7), tile.swizzle / 16 - 1);
    change = arith::ShLIOp::create(b, change, b.i32(4));
    inner = b.opaque(
        arith::XOrIOp::create(b, masked(laneByte, tile.swizzle - 1), change));
    base = b.opaque(b.add(base, b.mul(slab, b.i32(tile.slabBytes()))));
  }
  if (tile.stage)
    base = b.add(base, tile.stage);
}

Value LaneAddress::swizzledAt(Value row, Value byte) const {
  Value offset = base;
  int64_t constant = tile.offset;
  if (std::optional<int64_t> known = getConstantIntValue(row))
    constant += *known * tile.pitch();
  else
    offset = b->add(offset, b->mul(row, b->i32(tile.pitch())));
  Value within;
  if (std::optional<int64_t> known = getConstantIntValue(byte)) {
    constant += *known / tile.swizzle * tile.slabBytes();
    within = b->i32(*known % tile.swizzle);
  } else {
    Value slab =
        arith::ShRUIOp::create(*b, byte, b->i32(llvm::Log2_64(tile.swizzle)));
    offset = b->add(offset, b->mul(slab, b->i32(tile.slabBytes())));
    within = arith::AndIOp::create(*b, byte, b->i32(tile.swizzle - 1));
  }
  within = b->createOrFold<arith::XOrIOp>(inner, within);
  return b->sharedAddress(b->add(offset, within), constant);
}

Value LaneAddress::at(Value row, Value byte) const {
  if (tile.swizzle)
    return swizzledAt(row, byte);
  // What is constant goes into the instruction.
  Value offset = base;
  int64_t constant = tile.offset;
  for (auto [distance, unit] :
       {std::pair(row, tile.pitch()), std::pair(byte, int64_t(1))}) {
    constant += WarpBuilder::splitConstants(distance) * unit;
    if (std::optional<int64_t> known = getConstantIntValue(distance))
      constant += *known * unit;
    else
      offset = b->add(offset, b->mul(distance, b->i32(unit)));
  }
  return b->sharedAddress(offset, constant);
}

Value LaneAddress::at(int64_t row, int64_t byte) const {
  return at(b->i32(row), b->i32(byte));
}

} // namespace attention::nvptx
