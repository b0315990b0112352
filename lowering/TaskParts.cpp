#include "lowering/TaskParts.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attention {

//===- outputs ------------------------------------------------------------===//

HeadOutput::HeadOutput(OpBuilder &builder, const TokenOperands &op,
                       Value output)
    : b(builder), op(op), output(output) {
  Location loc = op.loc;
  if (output.hasOneUse())
    merge = dyn_cast<MergeHeadsOp>(*output.getUsers().begin());
  // Any operand may say how large the batch is, and the output knows.
  batches = op.output.isDynamicDim(0)
                ? tensor::getMixedSize(b, loc, op.query, 0)
                : b.getIndexAttr(op.output.getDimSize(0));
  queries = tensor::getMixedSize(b, loc, op.query, 2);
  heads = b.getIndexAttr(op.heads());
}

Value HeadOutput::empty() {
  int64_t columns = op.output.getDimSize(3);
  int64_t all = op.output.getDimSize(1);
  SmallVector<OpFoldResult> whole{batches, b.getIndexAttr(all), queries,
                                  b.getIndexAttr(columns)};
  if (merge)
    whole = {batches, queries, b.getIndexAttr(all * columns)};
  return tensor::EmptyOp::create(b, op.loc, whole, op.output.getElementType());
}

Place HeadOutput::rows(Value batch, Value head, OpFoldResult first,
                       OpFoldResult count) {
  auto index = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, op.loc, value);
  };
  OpFoldResult one = b.getIndexAttr(1), width = b.getIndexAttr(op.columns());
  if (!merge) {
    OpFoldResult column = b.getIndexAttr(0);
    if (op.parts != 1) {
      Value part =
          b.createOrFold<arith::RemUIOp>(op.loc, head, index(op.parts));
      column =
          b.createOrFold<arith::MulIOp>(op.loc, part, index(op.columns()));
      head = b.createOrFold<arith::DivUIOp>(op.loc, head, index(op.parts));
    }
    return {{batch, head, first, column},
            {one, one, count, width},
            SmallVector<OpFoldResult>(4, one)};
  }
  // Parts of heads stand side by side, as heads do.
  Value column =
      b.createOrFold<arith::MulIOp>(op.loc, head, index(op.columns()));
  return {{batch, first, column},
          {one, count, width},
          SmallVector<OpFoldResult>(3, one)};
}

Value HeadOutput::slice(Value shared, const Place &place) {
  OpFoldResult count = place.sizes[place.sizes.size() - 2];
  int64_t known = getConstantIntValue(count).value_or(ShapedType::kDynamic);
  auto type = RankedTensorType::get({known, op.columns()},
                                    op.output.getElementType());
  return tensor::ExtractSliceOp::create(b, op.loc, type, shared, place.offsets,
                                        place.sizes, place.strides);
}

void HeadOutput::replaceBy(Value whole) {
  if (!merge)
    return output.replaceAllUsesWith(whole);
  merge.getOutput().replaceAllUsesWith(whole);
  merge.erase();
}

//===- tiles that are kept ------------------------------------------------===//

/// The value of all elements of a constant tile.
static Value elementOf(OpBuilder &b, Location loc, Value tile) {
  DenseElementsAttr elements;
  bool isConstant = matchPattern(tile, m_Constant(&elements));
  assert(isConstant && elements.isSplat() && "a padding is one number");
  (void)isConstant;
  return arith::ConstantOp::create(b, loc, elements.getSplatValue<TypedAttr>());
}

/// Which dimensions of a tile lie within the last ones of a tensor.
static SmallVector<bool> fits(VectorType tile, RankedTensorType tensor) {
  SmallVector<bool> inBounds;
  for (auto [size, present] :
       llvm::zip(tile.getShape(), tensor.getShape().take_back(tile.getRank())))
    inBounds.push_back(size <= present);
  return inBounds;
}

Value readPart(OpBuilder &b, Location loc, Value shared, ValueRange task,
               Value padding) {
  auto type = cast<RankedTensorType>(shared.getType());
  SmallVector<Value> indices(task);
  auto tile = dyn_cast<VectorType>(padding.getType());
  if (!tile)
    return tensor::ExtractOp::create(b, loc, shared, indices);
  indices.resize(type.getRank(), arith::ConstantIndexOp::create(b, loc, 0));
  return vector::TransferReadOp::create(b, loc, tile, shared, indices,
                                        elementOf(b, loc, padding),
                                        ArrayRef<bool>(fits(tile, type)));
}

Place placeOf(OpBuilder &b, Location loc, Value shared, ValueRange task) {
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  SmallVector<OpFoldResult> all = tensor::getMixedSizes(b, loc, shared);
  Place place{SmallVector<OpFoldResult>(task),
              SmallVector<OpFoldResult>(task.size(), one),
              SmallVector<OpFoldResult>(all.size(), one)};
  for (OpFoldResult size : ArrayRef(all).drop_front(task.size())) {
    place.offsets.push_back(zero);
    place.sizes.push_back(size);
  }
  return place;
}

Value put(OpBuilder &b, Location loc, Value part, Value tensor,
          ValueRange task) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<Value> indices(task);
  indices.resize(type.getRank(), arith::ConstantIndexOp::create(b, loc, 0));
  auto tile = dyn_cast<VectorType>(part.getType());
  if (!tile)
    return tensor::InsertOp::create(b, loc, part, tensor, indices);
  return vector::TransferWriteOp::create(b, loc, part, tensor, indices,
                                         ArrayRef<bool>(fits(tile, type)))
      .getResult();
}

FilledPart writePart(OpBuilder &b, Location loc, Value part, Value shared,
                     ValueRange task) {
  Place place = placeOf(b, loc, shared, task);
  Value slice = tensor::ExtractSliceOp::create(b, loc, shared, place.offsets,
                                               place.sizes, place.strides);
  SmallVector<Value> first(task.size(),
                           arith::ConstantIndexOp::create(b, loc, 0));
  return {put(b, loc, part, slice, first), place};
}

void leaveParts(OpBuilder &b, scf::ForallOp loop, ArrayRef<FilledPart> parts) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(loop.getTerminator().getBody());
  for (auto [part, shared] : llvm::zip(parts, loop.getRegionIterArgs()))
    tensor::ParallelInsertSliceOp::create(b, loop.getLoc(), part.filled, shared,
                                          part.place.offsets, part.place.sizes,
                                          part.place.strides);
}

} // namespace attention
