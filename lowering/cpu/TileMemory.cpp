#include "lowering/cpu/TileMemory.h"

#include "lowering/Tiles.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace attention {

int64_t lanesOf(ArrayRef<Bind> point) {
  for (const Bind &bind : point)
    if (bind.lanes)
      return bind.lanes;
  return 0;
}

Type typeAt(Type element, ArrayRef<Bind> point) {
  int64_t lanes = lanesOf(point);
  return lanes ? Type(VectorType::get({lanes}, element)) : element;
}

Value indexConstant(ImplicitLocOpBuilder &b, int64_t value) {
  return arith::ConstantIndexOp::create(b, value);
}

Value addIndex(ImplicitLocOpBuilder &b, Value a, Value c) {
  if (matchPattern(c, m_Zero()))
    return a;
  if (matchPattern(a, m_Zero()))
    return c;
  return arith::AddIOp::create(b, a, c);
}

Value splat(ImplicitLocOpBuilder &b, Value scalar, int64_t lanes) {
  return vector::BroadcastOp::create(
      b, VectorType::get({lanes}, scalar.getType()), scalar);
}

Value convertElement(ImplicitLocOpBuilder &b, Value value, Type element) {
  Type from = getElementTypeOrSelf(value.getType());
  if (from == element)
    return value;
  Type to = element;
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    to = VectorType::get(vector.getShape(), element);
  bool widens = element.getIntOrFloatBitWidth() > from.getIntOrFloatBitWidth();
  if (isa<FloatType>(element))
    return widens ? Value(arith::ExtFOp::create(b, to, value))
                  : Value(arith::TruncFOp::create(b, to, value));
  return widens ? Value(arith::ExtUIOp::create(b, to, value))
                : Value(arith::TruncIOp::create(b, to, value));
}

/// A memref of i1, one byte an element, seen as bytes: vectors of i1 would be
/// loaded as bits.
static Value seenAsBytes(ImplicitLocOpBuilder &b, Value memref) {
  auto type = cast<MemRefType>(memref.getType());
  if (!type.getElementType().isInteger(1))
    return memref;
  auto bytes = MemRefType::get(type.getShape(), b.getI8Type(), type.getLayout(),
                               type.getMemorySpace());
  return UnrealizedConversionCastOp::create(b, TypeRange{bytes},
                                            ValueRange{memref})
      .getResult(0);
}

/// The last `tile.getRank()` dimensions of `memref` from `indices` on, with the
/// tile's sizes.
static Value viewFrom(ImplicitLocOpBuilder &b, Value memref, ValueRange indices,
                      VectorType tile) {
  auto type = cast<MemRefType>(memref.getType());
  auto [typeStrides, typeOffset] = type.getStridesAndOffset();
  // Nothing is one stride behind the only element of a dimension.
  if (type.getShape().back() == 1)
    typeStrides.back() = 1;
  auto metadata = memref::ExtractStridedMetadataOp::create(b, memref);
  auto stride = [&, &typeStrides = typeStrides](unsigned dim) -> OpFoldResult {
    if (ShapedType::isDynamic(typeStrides[dim]))
      return metadata.getStrides()[dim];
    return b.getIndexAttr(typeStrides[dim]);
  };
  Value offset = ShapedType::isDynamic(typeOffset)
                     ? metadata.getOffset()
                     : indexConstant(b, typeOffset);
  for (auto [dim, index] : llvm::enumerate(indices)) {
    if (matchPattern(index, m_Zero()))
      continue;
    OpFoldResult by = stride(dim);
    Value step = index;
    if (typeStrides[dim] != 1)
      step = arith::MulIOp::create(
          b, index, getValueOrCreateConstantIndexOp(b, b.getLoc(), by));
    offset = addIndex(b, offset, step);
  }
  SmallVector<OpFoldResult> sizes, strides;
  for (auto [dim, size] : llvm::enumerate(tile.getShape())) {
    sizes.push_back(b.getIndexAttr(size));
    strides.push_back(stride(type.getRank() - tile.getRank() + dim));
  }
  SmallVector<int64_t> staticStrides =
      SmallVector<int64_t>(ArrayRef(typeStrides).take_back(tile.getRank()));
  auto view =
      MemRefType::get(tile.getShape(), type.getElementType(),
                      StridedLayoutAttr::get(
                          b.getContext(), ShapedType::kDynamic, staticStrides),
                      type.getMemorySpace());
  return memref::ReinterpretCastOp::create(
      b, view, metadata.getBaseBuffer(), OpFoldResult(offset), sizes, strides);
}

TileMemory TileMemory::in(ImplicitLocOpBuilder &b, Value memref,
                          ValueRange indices, VectorType tile,
                          ArrayRef<bool> inBounds) {
  TileMemory result;
  result.memory = seenAsBytes(b, viewFrom(b, memref, indices, tile));
  unsigned leading = indices.size() - tile.getRank();
  for (auto [dim, inside] : llvm::enumerate(inBounds)) {
    Value limit;
    if (!inside)
      limit = arith::SubIOp::create(
          b, memref::DimOp::create(b, memref, leading + dim),
          indices[leading + dim]);
    result.limits.push_back(limit);
  }
  return result;
}

TileMemory TileMemory::of(ImplicitLocOpBuilder &b,
                          vector::TransferReadOp read) {
  return in(b, read.getBase(), read.getIndices(), read.getVectorType(),
            read.getInBoundsValues());
}

TileMemory TileMemory::of(ImplicitLocOpBuilder &b,
                          vector::TransferWriteOp write) {
  return in(b, write.getBase(), write.getIndices(), write.getVectorType(),
            write.getInBoundsValues());
}

TileMemory TileMemory::scratch(Value memory, VectorType tile) {
  TileMemory result;
  result.memory = memory;
  result.limits.resize(tile.getRank());
  for (int64_t size : tile.getShape())
    result.lacks.push_back(size == 1);
  return result;
}

SmallVector<Value> TileMemory::indicesOf(ImplicitLocOpBuilder &b,
                                         ArrayRef<Bind> point) const {
  SmallVector<Value> indices;
  for (auto [dim, bind] : llvm::enumerate(point))
    if (lacks.empty() || !lacks[dim])
      indices.push_back(bind.index ? bind.index : indexConstant(b, 0));
  if (indices.empty())
    indices.push_back(indexConstant(b, 0));
  return indices;
}

Value TileMemory::isInside(ImplicitLocOpBuilder &b,
                           ArrayRef<Bind> point) const {
  Value inside;
  for (auto [bind, limit] : llvm::zip_equal(point, limits)) {
    if (!limit || bind.lanes)
      continue;
    Value index = bind.index ? bind.index : indexConstant(b, 0);
    Value here =
        arith::CmpIOp::create(b, arith::CmpIPredicate::slt, index, limit);
    inside = inside ? Value(arith::AndIOp::create(b, inside, here)) : here;
  }
  return inside;
}

Value TileMemory::laneMask(ImplicitLocOpBuilder &b,
                           ArrayRef<Bind> point) const {
  for (auto [bind, limit] : llvm::zip_equal(point, limits)) {
    if (!limit || !bind.lanes)
      continue;
    Value left = arith::SubIOp::create(b, limit, bind.index);
    return vector::CreateMaskOp::create(
        b, VectorType::get({bind.lanes}, b.getI1Type()), ValueRange{left});
  }
  return {};
}

Value TileMemory::loadInside(ImplicitLocOpBuilder &b, ArrayRef<Bind> point,
                             Type element, Value padding) const {
  SmallVector<Value> indices = indicesOf(b, point);
  Type stored = cast<MemRefType>(memory.getType()).getElementType();
  auto type = dyn_cast<VectorType>(typeAt(stored, point));
  Value value;
  if (!type) {
    value = memref::LoadOp::create(b, memory, indices);
  } else if (Value mask = laneMask(b, point)) {
    Value pad =
        splat(b, convertElement(b, padding, stored), type.getDimSize(0));
    value = vector::MaskedLoadOp::create(b, type, memory, indices, mask, pad);
  } else {
    value = vector::LoadOp::create(b, type, memory, indices);
  }
  return convertElement(b, value, element);
}

Value TileMemory::load(ImplicitLocOpBuilder &b, ArrayRef<Bind> point,
                       Type element, Value padding) const {
  Value inside = isInside(b, point);
  if (!inside)
    return loadInside(b, point, element, padding);
  auto choice = scf::IfOp::create(b, TypeRange{typeAt(element, point)}, inside,
                                  /*addThenBlock=*/true, /*addElseBlock=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(choice.thenBlock());
  scf::YieldOp::create(b, ValueRange{loadInside(b, point, element, padding)});
  b.setInsertionPointToStart(choice.elseBlock());
  int64_t lanes = lanesOf(point);
  scf::YieldOp::create(b,
                       ValueRange{lanes ? splat(b, padding, lanes) : padding});
  return choice.getResult(0);
}

void TileMemory::storeInside(ImplicitLocOpBuilder &b, ArrayRef<Bind> point,
                             Value value) const {
  SmallVector<Value> indices = indicesOf(b, point);
  if (!lanesOf(point))
    memref::StoreOp::create(b, value, memory, indices);
  else if (Value mask = laneMask(b, point))
    vector::MaskedStoreOp::create(b, memory, indices, mask, value);
  else
    vector::StoreOp::create(b, value, memory, indices);
}

void TileMemory::store(ImplicitLocOpBuilder &b, ArrayRef<Bind> point,
                       Value value) const {
  Type stored = cast<MemRefType>(memory.getType()).getElementType();
  value = convertElement(b, value, stored);
  Value inside = isInside(b, point);
  if (!inside)
    return storeInside(b, point, value);
  auto choice = scf::IfOp::create(b, inside, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(choice.thenBlock());
  storeInside(b, point, value);
}

} // namespace attention
