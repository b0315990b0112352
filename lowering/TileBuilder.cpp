#include "lowering/TileBuilder.h"

#include "dialect/Attention.h"
#include "lowering/GlueEmitters.h"
#include "lowering/StageRows.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attention {

SmallVector<OpFoldResult> TileRequest::first() const {
  SmallVector<OpFoldResult> indices = leading;
  for (const Extent &extent : extents)
    indices.push_back(extent.first);
  return indices;
}

SmallVector<int64_t> TileRequest::shape() const {
  SmallVector<int64_t> sizes;
  for (const Extent &extent : extents)
    sizes.push_back(extent.size);
  return sizes;
}

int64_t tileSize(int64_t size) {
  return std::max<int64_t>(16, llvm::alignTo(size, 16));
}

//===- tiles of tensors ---------------------------------------------------===//

bool TileBuilder::isInMemory(Value tensor) {
  Operation *op = tensor.getDefiningOp();
  return !op || !emitterOf(op);
}

Value TileBuilder::tile(Value tensor, const TileRequest &request) {
  for (const Known &entry : known)
    if (entry.tensor == tensor && entry.request == request)
      return entry.tile;
  Value tile;
  if (isInMemory(tensor))
    tile = convert(read(tensor, request),
                   computeType(getElementTypeOrSelf(tensor.getType())));
  else if (request.hasRows() && needsStage(tensor))
    tile = stageRows(*this, tensor, request);
  else
    tile = emitterOf(tensor.getDefiningOp())(*this, tensor.getDefiningOp(),
                                             request);
  known.push_back({tensor, request, tile});
  return tile;
}

Value TileBuilder::memoryOf(Value tensor, TileRequest &request) {
  while (auto split = tensor.getDefiningOp<SplitHeadsOp>()) {
    request = mergedRequest(*this, split, request);
    tensor = split.getInput();
  }
  return tensor;
}

Value TileBuilder::rounded(Value tensor, const TileRequest &request) {
  if (isInMemory(tensor))
    return read(tensor, request);
  return convert(tile(tensor, request), getElementTypeOrSelf(tensor.getType()));
}

Value TileBuilder::read(Value tensor, const TileRequest &request) {
  SmallVector<Value> indices;
  for (OpFoldResult first : request.first())
    indices.push_back(index(first));
  if (request.extents.empty())
    return tensor::ExtractOp::create(builder, loc, tensor, indices);
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<bool> inBounds;
  for (auto [extent, size] :
       llvm::zip(request.extents,
                 type.getShape().take_back(request.extents.size()))) {
    std::optional<int64_t> first = getConstantIntValue(extent.first);
    inBounds.push_back(!ShapedType::isDynamic(size) &&
                       (first ? *first + extent.size <= size
                              : extent.aligned && size % extent.size == 0));
  }
  Value padding = arith::ConstantOp::create(
      builder, loc, builder.getZeroAttr(type.getElementType()));
  return vector::TransferReadOp::create(
      builder, loc, VectorType::get(request.shape(), type.getElementType()),
      tensor, indices, padding, ArrayRef<bool>(inBounds));
}

//===- tile arithmetic ----------------------------------------------------===//

VectorType TileBuilder::typeOf(Value tensor, const TileRequest &request) const {
  return VectorType::get(request.shape(),
                         computeType(getElementTypeOrSelf(tensor.getType())));
}

Value TileBuilder::constant(Type type, double number) {
  Type element = getElementTypeOrSelf(type);
  TypedAttr value = isa<FloatType>(element)
                        ? TypedAttr(builder.getFloatAttr(element, number))
                        : TypedAttr(builder.getIntegerAttr(
                              element, static_cast<int64_t>(number)));
  if (auto vector = dyn_cast<VectorType>(type))
    value = DenseElementsAttr::get(vector, Attribute(value));
  return arith::ConstantOp::create(builder, loc, value);
}

Value TileBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

Value TileBuilder::index(OpFoldResult value) {
  return getValueOrCreateConstantIndexOp(builder, loc, value);
}

Value TileBuilder::add(OpFoldResult a, OpFoldResult b) {
  return builder.createOrFold<arith::AddIOp>(loc, index(a), index(b));
}

Value TileBuilder::broadcast(Value value, ArrayRef<int64_t> shape) {
  return vector::BroadcastOp::create(
      builder, loc,
      VectorType::get(shape, getElementTypeOrSelf(value.getType())), value);
}

Value TileBuilder::alongRows(Value perRow, int64_t columns) {
  auto type = cast<VectorType>(perRow.getType());
  int64_t rows = type.getDimSize(0);
  Value column = vector::ShapeCastOp::create(
      builder, loc, VectorType::get({rows, 1}, type.getElementType()), perRow);
  return broadcast(column, {rows, columns});
}

Value TileBuilder::indices(const Extent &extent) {
  Value step = vector::StepOp::create(
      builder, loc, VectorType::get({extent.size}, builder.getIndexType()));
  if (isConstantIntValue(extent.first, 0))
    return step;
  return arith::AddIOp::create(builder, loc, step,
                               broadcast(index(extent.first), {extent.size}));
}

Value TileBuilder::beforeColumn(Value tile, const TileRequest &request,
                                OpFoldResult end, double other) {
  const Extent &columns = request.columns();
  Value before = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult,
                                       indices(columns),
                                       broadcast(index(end), {columns.size}));
  if (request.hasRows())
    before = broadcast(before, request.shape());
  return arith::SelectOp::create(builder, loc, before, tile,
                                 constant(tile.getType(), other));
}

Value TileBuilder::beforeRow(Value tile, const TileRequest &request,
                             OpFoldResult end, double other) {
  const Extent &rows = request.rows();
  Value before =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult,
                            indices(rows), broadcast(index(end), {rows.size}));
  return arith::SelectOp::create(builder, loc,
                                 alongRows(before, request.columns().size),
                                 tile, constant(tile.getType(), other));
}

Value TileBuilder::sumRows(Value tile) {
  auto type = cast<VectorType>(tile.getType());
  Value zero =
      constant(VectorType::get({type.getDimSize(0)}, type.getElementType()), 0);
  return vector::MultiDimReductionOp::create(
      builder, loc, tile, zero, {false, true}, vector::CombiningKind::ADD);
}

Value TileBuilder::convert(Value value, Type element) {
  auto from = dyn_cast<FloatType>(getElementTypeOrSelf(value.getType())),
       to = dyn_cast<FloatType>(element);
  if (!from || !to || from == to)
    return value;
  Type type = to;
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    type = vector.clone(to);
  if (to.getWidth() > from.getWidth())
    return arith::ExtFOp::create(builder, loc, type, value);
  return arith::TruncFOp::create(builder, loc, type, value);
}

} // namespace attention
