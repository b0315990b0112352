#include "lowering/nvptx/GlobalTile.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace attention::nvptx {

FailureOr<GlobalTile> GlobalTile::at(WarpBuilder &b, KernelInputs &inputs,
                                     Value memref, ValueRange indices,
                                     VectorType type, Layout layout,
                                     ArrayRef<bool> inBounds) {
  GlobalTile tile(b, type, layout);
  Value base = inputs.steadyStart(b, memref, indices);
  if (!base)
    return failure();
  int64_t rank = indices.size();
  Value offset = b.index(0);
  SmallVector<Value> places;
  for (auto [dimension, index] : llvm::enumerate(indices)) {
    places.push_back(inputs.scalar(index));
    if (!inputs.isSteady(index))
      offset = b.add(offset,
                     b.mul(places.back(), inputs.stride(b, memref, dimension)));
  }
  auto limit = [&](int64_t dimension) -> Value {
    return arith::SubIOp::create(b, inputs.size(b, memref, dimension),
                                 places[dimension]);
  };
  bool perRow = layout == Layout::Row && type.getRank() == 1;
  int64_t rowDimension = perRow ? rank - 1 : rank - type.getRank();
  tile.alignment = inputs.alignment(memref, indices);
  if (layout != Layout::Column) {
    tile.rowStride = inputs.stride(b, memref, rowDimension);
    tile.alignment =
        std::min(tile.alignment, inputs.strideAlignment(memref, rowDimension));
    if (!inBounds.front())
      tile.rowLimit = limit(rowDimension);
  }
  if (layout != Layout::Row && !inBounds.back())
    tile.columnLimit = limit(rank - 1);
  Value wide = arith::IndexCastOp::create(b, b.getI64Type(), offset);
  tile.corner = LLVM::GEPOp::create(
      b, base.getType(), storageType(type.getElementType()), base, wide);
  return tile;
}

Value GlobalTile::address(Value row, Value column) {
  // A constant distance goes into the instruction that loads or stores.
  int64_t constant = WarpBuilder::splitConstants(column);
  Value offset = column;
  if (rowStride && row) {
    offset = b.mul(row, rowStride);
    offset = column ? b.add(offset, column) : offset;
  }
  offset = arith::IndexCastOp::create(b, b.getI64Type(), offset);
  Type element = storageType(type.getElementType());
  Value start =
      LLVM::GEPOp::create(b, corner.getType(), element, corner, offset);
  return LLVM::GEPOp::create(b, corner.getType(), element, start,
                             LLVM::GEPArg(constant));
}

Value GlobalTile::rowInside(Value row) {
  return rowLimit && row ? b.lessThan(row, rowLimit) : Value();
}

Value GlobalTile::columnInside(Value column) {
  return columnLimit && column ? b.lessThan(column, columnLimit) : Value();
}

/// `load` if `inside` (null: always), else what `otherwise` gives.
static Value guarded(WarpBuilder &b, Value inside, VectorType type,
                     function_ref<Value()> load,
                     function_ref<Value()> otherwise) {
  if (!inside)
    return load();
  // Pairs of halves stay together in registers.
  int64_t bits =
      type.getElementType().isIndex() ? 64 : type.getElementTypeBitWidth();
  VectorType carried = type;
  if (bits == 16 && type.getNumElements() % 2 == 0)
    carried = VectorType::get({type.getNumElements() / 2}, b.getI32Type());
  auto yield = [&](Value value) {
    scf::YieldOp::create(
        b, carried == type
               ? value
               : LLVM::BitcastOp::create(b, carried, value).getResult());
  };
  auto branches = scf::IfOp::create(b, TypeRange(carried), inside,
                                    /*withElseRegion=*/true);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branches.thenBlock());
    yield(load());
    b.setInsertionPointToStart(branches.elseBlock());
    yield(otherwise());
  }
  Value result = branches.getResult(0);
  return carried == type ? result
                         : LLVM::BitcastOp::create(b, type, result).getResult();
}

/// `count` neighbours of a row, all of them inside or, if not `inside`,
/// padding.
Value GlobalTile::readRun(Value row, Value column, int64_t count, Value inside,
                          Value padding) {
  auto run = VectorType::get({count}, type.getElementType());
  int64_t bytes = count * storageBytes(type.getElementType());
  return guarded(
      b, inside, run,
      [&] {
        return b.load(run, address(row, column), std::min(bytes, alignment));
      },
      [&] { return vector::BroadcastOp::create(b, run, padding); });
}

/// The elements of one row that this thread holds, columns ascending.
Value GlobalTile::readRow(Value row, Value padding) {
  VectorType held = VectorType::get(
      {threadType(type, Layout::Column, b.warps).getNumElements()},
      type.getElementType());
  auto readPairs = [&] {
    SmallVector<Value> values;
    auto columns =
        b.fragmentColumns(columnsOf(type, layout), held.getNumElements(),
                          /*anew=*/bool(columnLimit));
    int64_t width = columnLimit ? 1 : 2;
    for (int64_t i = 0; i < held.getNumElements(); i += width) {
      Value run =
          readRun(row, columns[i], width, columnInside(columns[i]), padding);
      llvm::append_range(values, b.elements(run, 0, width));
    }
    return b.vectorOf(values);
  };
  return guarded(b, rowInside(row), held, readPairs,
                 [&] { return vector::BroadcastOp::create(b, held, padding); });
}

Value GlobalTile::read(Value padding) {
  if (layout == Layout::Column)
    return readRow(nullptr, padding);
  int64_t rows = rowsOf(type, layout);
  SmallVector<Value> values;
  for (int64_t block = 0; block < rowBlocksPerWarp(rows, b.warps); ++block) {
    Value halves[2];
    for (int64_t h = 0; h < 2; ++h) {
      Value row = b.fragmentRow(rows, block, h);
      halves[h] = layout == Layout::Row
                      ? readRun(row, nullptr, 1, rowInside(row), padding)
                      : readRow(row, padding);
    }
    int64_t held = cast<VectorType>(halves[0].getType()).getNumElements();
    int64_t pair = std::min<int64_t>(held, 2);
    for (int64_t n = 0; n < held; n += pair)
      for (Value half : halves)
        llvm::append_range(values, b.elements(half, n, pair));
  }
  return b.vectorOf(values);
}

/// Stores this thread's elements of one row.
void GlobalTile::writeRow(Value row, Value values) {
  int64_t bytes = storageBytes(type.getElementType());
  auto storeRun = [&](Value run, Value column, Value inside) {
    int64_t width = cast<VectorType>(run.getType()).getNumElements();
    OpBuilder::InsertionGuard guard(b);
    if (inside)
      b.setInsertionPointToStart(scf::IfOp::create(b, inside).thenBlock());
    b.store(run, address(row, column), std::min(width * bytes, alignment));
  };
  OpBuilder::InsertionGuard guard(b);
  if (Value inside = rowInside(row))
    b.setInsertionPointToStart(scf::IfOp::create(b, inside).thenBlock());
  if (layout == Layout::Row)
    return storeRun(values, nullptr, nullptr);
  int64_t held = cast<VectorType>(values.getType()).getNumElements();
  auto columns = b.fragmentColumns(columnsOf(type, layout), held,
                                   /*anew=*/bool(columnLimit));
  int64_t width = columnLimit ? 1 : 2;
  for (int64_t i = 0; i < held; i += width)
    storeRun(b.slice(values, i, width), columns[i], columnInside(columns[i]));
}

void GlobalTile::write(Value part) {
  if (layout == Layout::Column)
    return writeRow(nullptr, part);
  int64_t rows = rowsOf(type, layout);
  int64_t blocks = rowBlocksPerWarp(rows, b.warps);
  int64_t held = cast<VectorType>(part.getType()).getNumElements() / blocks;
  int64_t pair = layout == Layout::Row ? 1 : 2;
  for (int64_t block = 0; block < blocks; ++block)
    for (int64_t h = 0; h < 2; ++h) {
      SmallVector<int64_t> from;
      for (int64_t i = h * pair; i < held; i += 2 * pair)
        for (int64_t c = 0; c < pair; ++c)
          from.push_back(block * held + i + c);
      writeRow(b.fragmentRow(rows, block, h), b.shuffle(part, from));
    }
}

/// Whether 16 bytes may be loaded at once from the start of each row: null if
/// it is known before the run.
Value GlobalTile::alignedAtRunTime() {
  if (alignment >= 16)
    return nullptr;
  Type wide = b.getI64Type();
  Value bits = LLVM::PtrToIntOp::create(b, wide, corner);
  Value stride = arith::IndexCastOp::create(b, wide, rowStride);
  Value bytes = arith::ConstantOp::create(
      b, b.getI64IntegerAttr(storageBytes(type.getElementType())));
  bits = arith::OrIOp::create(b, bits, arith::MulIOp::create(b, stride, bytes));
  Value mask = arith::ConstantOp::create(b, b.getI64IntegerAttr(15));
  Value zero = arith::ConstantOp::create(b, b.getI64IntegerAttr(0));
  bits = arith::AndIOp::create(b, bits, mask);
  return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, bits, zero);
}

/// The 16 bytes of a row from `column` on, of which a part may lie outside.
Value GlobalTile::readChunk(Value row, Value column, int64_t count,
                            Value padding) {
  auto chunk = VectorType::get({count}, type.getElementType());
  Value whole = b.both(rowInside(row), aligned);
  if (columnLimit) {
    Value end = b.add(column, b.index(count - 1));
    whole = b.both(whole, columnInside(end));
  }
  auto readSingly = [&]() -> Value {
    if (!aligned && !columnLimit)
      return vector::BroadcastOp::create(b, chunk, padding);
    SmallVector<Value> values;
    for (int64_t i = 0; i < count; ++i) {
      Value at = b.add(column, b.index(i));
      Value inside = b.both(rowInside(row), columnInside(at));
      values.push_back(b.element(readRun(row, at, 1, inside, padding), 0));
    }
    return b.vectorOf(values);
  };
  return guarded(
      b, whole, chunk, [&] { return b.load(chunk, address(row, column), 16); },
      readSingly);
}

void GlobalTile::stage(const SharedTile &target, Value padding,
                       function_ref<Value(Value)> compute) {
  aligned = alignedAtRunTime();
  int64_t count = 16 / storageBytes(type.getElementType());
  int64_t chunks = type.getDimSize(1) / count;
  int64_t bytes = count * storageBytes(target.type.getElementType());
  auto loop = scf::ForOp::create(
      b, b.thread, b.i32(type.getDimSize(0) * chunks), b.i32(32 * b.warps));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value row = arith::DivUIOp::create(b, loop.getInductionVar(), b.i32(chunks));
  Value chunk =
      arith::RemUIOp::create(b, loop.getInductionVar(), b.i32(chunks));
  Value column = b.mul(b.toIndex(chunk), b.index(count));
  Value values = compute(readChunk(b.toIndex(row), column, count, padding));
  LaneAddress place(b, target, row, b.mul(chunk, b.i32(bytes)));
  b.store(values, place.at(0, 0), std::min<int64_t>(bytes, 16));
}

} // namespace attention::nvptx
