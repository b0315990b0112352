#include "lowering/nvptx/KernelInputs.h"
#include "dialect/Attention.h"
#include "lowering/nvptx/Divisor.h"
#include "lowering/nvptx/Layout.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;

namespace attention::nvptx {

/// The address space of global memory.
static constexpr unsigned kGlobal = 1;
/// What launches promise of the address of every buffer, in bytes.
static constexpr int64_t kBufferAlignment = 16;

KernelInputs::KernelInputs(scf::ForallOp loop, LLVM::LLVMFuncOp function)
    : loop(loop), host(loop), kernel(loop.getContext()),
      entry(&function.getBody().front()), body(entry) {
  // Parameters are unpacked in front of all other code.
  kernel.setInsertionPointToStart(entry);
}

bool KernelInputs::isCaptured(Value value) const {
  return !loop->isAncestor(value.getParentRegion()->getParentOp());
}

Value KernelInputs::parameter(Value hostValue, Type type) {
  arguments.push_back(hostValue);
  return entry->addArgument(type, hostValue.getLoc());
}

Value KernelInputs::scalar(Value value) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  Location loc = value.getLoc();
  Value inside;
  Type type = value.getType();
  if (value.getDefiningOp<arith::ConstantOp>()) {
    inside = kernel.clone(*value.getDefiningOp())->getResult(0);
  } else if (type.isIndex()) {
    Type wide = host.getI64Type();
    inside =
        parameter(arith::IndexCastOp::create(host, loc, wide, value), wide);
    inside = arith::IndexCastOp::create(kernel, loc, type, inside);
  } else if (type.isInteger(1)) {
    Type byte = host.getI8Type();
    inside = parameter(arith::ExtUIOp::create(host, loc, byte, value), byte);
    inside = arith::TruncIOp::create(kernel, loc, type, inside);
  } else {
    inside = parameter(value, type);
  }
  mapping.map(value, inside);
  return inside;
}

/// Result number `result` of the metadata of a captured memref, as a parameter.
/// Number 0 stands for the address of the first element.
Value KernelInputs::metadata(Value memref, unsigned result) {
  Value &inside = parts[{memref, result}];
  if (inside)
    return inside;
  Location loc = memref.getLoc();
  Operation *&known = hostMetadata[memref];
  if (!known)
    known = memref::ExtractStridedMetadataOp::create(host, loc, memref);
  if (result != 0)
    return inside = scalar(known->getResult(result));
  Value address =
      memref::ExtractAlignedPointerAsIndexOp::create(host, loc, memref);
  Type element = cast<MemRefType>(memref.getType()).getElementType();
  Value bytes =
      arith::ConstantIndexOp::create(host, loc, storageBytes(element));
  Value offset = arith::MulIOp::create(host, loc, known->getResult(1), bytes);
  address = arith::AddIOp::create(host, loc, address, offset);
  address = arith::IndexCastOp::create(host, loc, host.getI64Type(), address);
  auto pointer = LLVM::LLVMPointerType::get(host.getContext(), kGlobal);
  address = LLVM::IntToPtrOp::create(host, loc, pointer, address);
  return inside = parameter(address, pointer);
}

/// Looks through casts that change neither place nor shape.
static Value skipCasts(Value memref) {
  while (auto cast = memref.getDefiningOp<memref::CastOp>())
    memref = cast.getSource();
  return memref;
}

bool KernelInputs::isWhole(Value memref) const {
  return isCaptured(skipCasts(memref));
}

Value KernelInputs::tensorMap(Value memref, ArrayRef<int64_t> box) {
  Value map =
      TensorMapOp::create(host, memref.getLoc(), skipCasts(memref), box);
  tensorMaps.push_back(arguments.size());
  return parameter(map, LLVM::LLVMPointerType::get(host.getContext()));
}

/// The dimension of the source of a view that `dimension` of the view is.
static int64_t sourceDimension(memref::SubViewOp view, int64_t dimension) {
  llvm::SmallBitVector dropped = view.getDroppedDims();
  for (int64_t i = 0, kept = 0;; ++i)
    if (!dropped.test(i) && kept++ == dimension)
      return i;
}

Value KernelInputs::valueOf(OpBuilder &b, Location loc, OpFoldResult number) {
  if (auto value = dyn_cast<Value>(number))
    return scalar(value);
  return arith::ConstantIndexOp::create(b, loc, *getConstantIntValue(number));
}

Value KernelInputs::base(WarpBuilder &b, Value memref) {
  memref = skipCasts(memref);
  if (isCaptured(memref))
    return metadata(memref, 0);
  // Where it begins does not change; sizes and strides are those of the type.
  if (auto expand = memref.getDefiningOp<memref::ExpandShapeOp>())
    return base(b, expand.getSrc());
  auto view = memref.getDefiningOp<memref::SubViewOp>();
  Value source = view ? steadyStart(b, view.getSource(), {}) : nullptr;
  if (!source)
    return nullptr;
  Location loc = view.getLoc();
  Value offset = arith::ConstantIndexOp::create(b, loc, 0);
  for (auto [dimension, start] : llvm::enumerate(view.getMixedOffsets())) {
    Value term = arith::MulIOp::create(b, loc, valueOf(b, loc, start),
                                       stride(b, view.getSource(), dimension));
    offset = arith::AddIOp::create(b, loc, offset, term);
  }
  offset = arith::IndexCastOp::create(b, loc, b.getI64Type(), offset);
  return LLVM::GEPOp::create(b, loc, source.getType(),
                             storageType(view.getType().getElementType()),
                             source, offset);
}

bool KernelInputs::isSteady(Value value) const {
  return isCaptured(value) || value.getParentRegion() == &loop->getRegion(0);
}

// Without the opaque pointer, the products of all strides would be hoisted one
// by one, and be kept in registers beside the address.
Value KernelInputs::steadyStart(WarpBuilder &b, Value memref,
                                ValueRange indices) {
  std::vector<const void *> key = {memref.getAsOpaquePointer()};
  for (Value index : indices)
    key.push_back(isSteady(index) ? index.getAsOpaquePointer() : nullptr);
  Value &start = starts[key];
  if (start && isSteady(memref))
    return start;
  OpBuilder::InsertionGuard guard(b);
  if (isSteady(memref) && b.getInsertionBlock() != body)
    b.setInsertionPoint(
        body->findAncestorOpInBlock(*b.getInsertionBlock()->getParentOp()));
  Value address = base(b, memref);
  if (!address || (isCaptured(memref) && indices.empty()))
    return address;
  Location loc = memref.getLoc();
  Value offset = b.index(0);
  for (auto [dimension, index] : llvm::enumerate(indices))
    if (isSteady(index))
      offset =
          b.add(offset, b.mul(scalar(index), stride(b, memref, dimension)));
  offset = arith::IndexCastOp::create(b, loc, b.getI64Type(), offset);
  Type element = cast<MemRefType>(memref.getType()).getElementType();
  address = LLVM::GEPOp::create(b, loc, address.getType(), storageType(element),
                                address, offset);
  return isSteady(memref) ? start = b.opaque(address) : address;
}

Value KernelInputs::size(OpBuilder &b, Value memref, int64_t dimension) {
  auto type = cast<MemRefType>(memref.getType());
  Location loc = memref.getLoc();
  if (!type.isDynamicDim(dimension))
    return arith::ConstantIndexOp::create(b, loc, type.getDimSize(dimension));
  memref = skipCasts(memref);
  if (isCaptured(memref))
    return metadata(memref, 2 + dimension);
  auto view = memref.getDefiningOp<memref::SubViewOp>();
  return view ? valueOf(b, loc,
                        view.getMixedSizes()[sourceDimension(view, dimension)])
              : nullptr;
}

Value KernelInputs::stride(OpBuilder &b, Value memref, int64_t dimension) {
  auto type = cast<MemRefType>(memref.getType());
  Location loc = memref.getLoc();
  auto [strides, offset] = type.getStridesAndOffset();
  if (!ShapedType::isDynamic(strides[dimension]))
    return arith::ConstantIndexOp::create(b, loc, strides[dimension]);
  memref = skipCasts(memref);
  if (isCaptured(memref))
    return metadata(memref, 2 + type.getRank() + dimension);
  auto view = memref.getDefiningOp<memref::SubViewOp>();
  if (!view)
    return nullptr;
  int64_t from = sourceDimension(view, dimension);
  Value step = valueOf(b, loc, view.getMixedStrides()[from]);
  return arith::MulIOp::create(b, loc, stride(b, view.getSource(), from), step);
}

/// A number that divides the stride of a dimension, in elements.
static int64_t strideDivisor(Value memref, int64_t dimension) {
  auto type = cast<MemRefType>(memref.getType());
  auto [strides, offset] = type.getStridesAndOffset();
  if (!ShapedType::isDynamic(strides[dimension]))
    return strides[dimension];
  int64_t divisor = 1;
  if (type.getLayout().isIdentity())
    for (int64_t i = dimension + 1; i < type.getRank(); ++i)
      divisor *= type.isDynamicDim(i) ? 1 : type.getDimSize(i);
  return divisor;
}

static int64_t powerOfTwo(int64_t bytes) {
  return bytes == 0 ? kBufferAlignment
                    : std::min(bytes & -bytes, kBufferAlignment);
}

int64_t KernelInputs::strideAlignment(Value memref, int64_t dimension) const {
  auto type = cast<MemRefType>(memref.getType());
  return powerOfTwo(strideDivisor(memref, dimension) *
                    storageBytes(type.getElementType()));
}

/// A power of two that divides the address of the first element of `memref`.
static int64_t startAlignment(Value memref) {
  auto type = cast<MemRefType>(memref.getType());
  int64_t bytes = storageBytes(type.getElementType());
  memref = skipCasts(memref);
  if (auto view = memref.getDefiningOp<memref::SubViewOp>()) {
    int64_t result = startAlignment(view.getSource());
    for (auto [dimension, start] : llvm::enumerate(view.getMixedOffsets())) {
      auto value = dyn_cast<Value>(start);
      int64_t divisor = value ? divisorOf(value) : *getConstantIntValue(start);
      result = std::min(result,
                        powerOfTwo(strideDivisor(view.getSource(), dimension) *
                                   divisor * bytes));
    }
    return result;
  }
  auto [strides, offset] = type.getStridesAndOffset();
  return powerOfTwo((ShapedType::isDynamic(offset) ? 1 : offset) * bytes);
}

int64_t KernelInputs::alignment(Value memref, ValueRange indices) const {
  auto type = cast<MemRefType>(memref.getType());
  int64_t bytes = storageBytes(type.getElementType());
  int64_t result = startAlignment(memref);
  for (auto [dimension, index] : llvm::enumerate(indices))
    result = std::min(result, powerOfTwo(strideDivisor(memref, dimension) *
                                         divisorOf(index) * bytes));
  return result;
}

} // namespace attention::nvptx
