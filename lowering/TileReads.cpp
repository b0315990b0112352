#include "lowering/TileReads.h"
#include "dialect/Attention.h"
#include "dialect/variants/Tiles.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace attention {

static Value constantIndex(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

Value headOf(OpBuilder &builder, Location loc, Value head, int64_t heads,
             int64_t count) {
  // A number that the type leaves open was checked to be that of all heads.
  if (heads == count || ShapedType::isDynamic(count))
    return head;
  if (count == 1)
    return constantIndex(builder, loc, 0);
  return builder.createOrFold<arith::DivUIOp>(
      loc, head, constantIndex(builder, loc, heads / count));
}

/// Where `row` of a head starts, in the tensor behind a `split_heads` if that
/// is what gives `tensor`.
static SmallVector<Value> startOfRow(OpBuilder &builder, Location loc,
                                     Value &tensor, Value batch, Value head,
                                     int64_t heads, Value row) {
  auto type = cast<RankedTensorType>(tensor.getType());
  Value own = headOf(builder, loc, head, heads, type.getDimSize(1));
  auto split = tensor.getDefiningOp<SplitHeadsOp>();
  if (!split)
    return {batch, own, row, constantIndex(builder, loc, 0)};
  tensor = split.getInput();
  Value column = builder.createOrFold<arith::MulIOp>(
      loc, own, constantIndex(builder, loc, type.getDimSize(3)));
  return {batch, row, column};
}

Value readColumns(OpBuilder &builder, Location loc, Value tensor, Value batch,
                  Value head, int64_t heads, Value row,
                  const ColumnPart &part) {
  SmallVector<Value> indices =
      startOfRow(builder, loc, tensor, batch, head, heads, row);
  indices.back() =
      builder.createOrFold<arith::AddIOp>(loc, indices.back(), part.first);
  Type element = getElementTypeOrSelf(tensor.getType());
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(element));
  return vector::TransferReadOp::create(
      builder, loc, VectorType::get({part.rows, part.columns}, element), tensor,
      indices, zero, ArrayRef<bool>{part.exist, true});
}

Value readRows(OpBuilder &builder, Location loc, Value tensor, Value batch,
               Value head, int64_t heads, Value row, int64_t rows, bool exist) {
  auto type = cast<RankedTensorType>(tensor.getType());
  int64_t columns = type.getDimSize(3);
  SmallVector<Value> indices =
      startOfRow(builder, loc, tensor, batch, head, heads, row);
  // Columns beyond d belong to the next head: they are in bounds of the tensor,
  // so a tile that is wider than a head is read from a slice of that head.
  int64_t width = llvm::alignTo(columns, 16);
  Type element = type.getElementType();
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(element));
  auto tile = VectorType::get({rows, width}, element);
  if (width == columns || indices.size() == 4)
    return vector::TransferReadOp::create(
        builder, loc, tile, tensor, indices, zero,
        ArrayRef<bool>{exist, width == columns});
  Value index = vector::StepOp::create(
      builder, loc, VectorType::get({width}, builder.getIndexType()));
  Value limit = arith::ConstantOp::create(
      builder, loc,
      DenseElementsAttr::get(cast<VectorType>(index.getType()),
                             builder.getIndexAttr(columns)));
  Value inside = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult,
                                       index, limit);
  Value read = vector::TransferReadOp::create(
      builder, loc, tile, tensor, indices, zero, ArrayRef<bool>{exist, false});
  Value mask = alongColumns(builder, loc, inside, rows);
  return arith::SelectOp::create(builder, loc, mask, read,
                                 splat(builder, loc, tile, 0));
}

} // namespace attention
