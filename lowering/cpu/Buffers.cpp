#include "lowering/cpu/Buffers.h"

#include "lowering/Tiles.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace attention {

/// Scratch starts on a cache line.
static constexpr int64_t kAlignment = 64;

SmallVector<Value> Buffers::residents(Value memory) const {
  SmallVector<Value> tiles;
  for (auto [tile, place] : places)
    if (place == memory)
      tiles.push_back(tile);
  return tiles;
}

/// The same tile with rows a cache line further apart, where they are a
/// multiple of eight lines apart.
static MemRefType withSpreadRows(MemRefType type) {
  // Those of index are not what a matrix unit reads.
  if (type.getRank() != 2 || type.getElementType().isIndex())
    return type;
  int64_t bits = type.getElementTypeBitWidth(), line = 8 * kAlignment / bits;
  if (type.getDimSize(1) % (8 * line) != 0)
    return type;
  int64_t stride = type.getDimSize(1) + line;
  return MemRefType::get(
      type.getShape(), type.getElementType(),
      StridedLayoutAttr::get(type.getContext(), 0, {stride, 1}));
}

MemRefType Buffers::typeFor(VectorType tile, Type element) {
  SmallVector<int64_t> shape;
  for (int64_t dim : properDims(tile))
    shape.push_back(tile.getDimSize(dim));
  if (shape.empty())
    shape.push_back(1);
  if (!element)
    element = tile.getElementType();
  if (element.isInteger(1))
    element = b.getI8Type();
  auto type = MemRefType::get(shape, element);
  return spreadsRows ? withSpreadRows(type) : type;
}

Value Buffers::allocate(MemRefType type) {
  auto *found = llvm::find_if(
      freeList, [&](Value memory) { return memory.getType() == type; });
  if (found != freeList.end()) {
    Value memory = *found;
    freeList.erase(found);
    return memory;
  }
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(block);
  auto [strides, offset] = type.getStridesAndOffset();
  SmallVector<int64_t> shape(type.getShape());
  if (!type.getLayout().isIdentity())
    shape.back() = strides.front();
  Value memory =
      memref::AllocaOp::create(b, MemRefType::get(shape, type.getElementType()),
                               b.getI64IntegerAttr(kAlignment));
  if (type.getLayout().isIdentity())
    return memory;
  SmallVector<int64_t> first(type.getRank(), 0), steps(type.getRank(), 1);
  return memref::SubViewOp::create(b, type, memory, first, type.getShape(),
                                   steps);
}

void Buffers::release(Value memory) {
  if (isPinned(memory) || llvm::is_contained(freeList, memory))
    return;
  if (!residents(memory).empty())
    return;
  freeList.push_back(memory);
}

void Buffers::restore(llvm::DenseMap<Value, Value> earlier) {
  places = std::move(earlier);
  llvm::erase_if(freeList,
                 [&](Value memory) { return !residents(memory).empty(); });
}

Buffers::Scope::Scope(Buffers &buffers, Block *block)
    : buffers(buffers), outerBlock(buffers.block),
      outerFree(std::move(buffers.freeList)) {
  buffers.block = block;
  buffers.freeList.clear();
}

Buffers::Scope::~Scope() {
  buffers.block = outerBlock;
  buffers.freeList = std::move(outerFree);
}

} // namespace attention
