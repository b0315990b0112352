#include "dialect/Attention.h"
#include "dialect/Clauses.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace attention {

static RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static OpFoldResult sizeOf(OpBuilder &builder, Location loc, Value tensor,
                           int64_t dim) {
  return tensor::getMixedSize(builder, loc, tensor, dim);
}

static LogicalResult reifySame(OpBuilder &builder, Location loc, Value input,
                               ReifiedRankedShapedTypeDims &shapes) {
  shapes.push_back(tensor::getMixedSizes(builder, loc, input));
  return success();
}

/// `factor` is static; multiplies (or, if `divide`, divides) a size.
static OpFoldResult scaleSize(OpBuilder &builder, Location loc,
                              OpFoldResult size, int64_t factor, bool divide) {
  AffineExpr d;
  bindDims(builder.getContext(), d);
  AffineExpr expr = divide ? d.floorDiv(factor) : d * factor;
  return affine::makeComposedFoldedAffineApply(
      builder, loc, AffineMap::get(1, 0, expr), {size});
}

static LogicalResult verifyOneType(Operation *op) {
  Type first = tensorType(op->getOperand(0)).getElementType();
  for (Value operand : op->getOperands().drop_front())
    if (tensorType(operand).getElementType() != first)
      return op->emitOpError("expects one element type, but got ")
             << first << " and " << tensorType(operand).getElementType();
  return success();
}

//===- project ------------------------------------------------------------===//

LogicalResult ProjectOp::inferReturnTypes(MLIRContext *,
                                          std::optional<Location> loc,
                                          Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  auto input = dyn_cast<RankedTensorType>(adaptor.getInput().getType());
  RankedTensorType weight =
      tensorOfRank(loc, "weight", adaptor.getWeight(), {"out", "in"});
  if (!weight)
    return failure();
  if (!input || input.getRank() == 0)
    return emitOptionalError(loc,
                             "expects an input of rank 1 or more, but got ",
                             adaptor.getInput().getType());
  SmallVector<int64_t> shape(input.getShape());
  shape.back() = weight.getDimSize(0);
  types.push_back(RankedTensorType::get(shape, input.getElementType()));
  return success();
}

LogicalResult ProjectOp::verify() {
  if (failed(verifyOneType(*this))) // (C1)
    return failure();
  RankedTensorType weight = getWeight().getType();
  if (failed(verifySizes(*this, "the last size of input",
                         {tensorType(getInput()).getShape().back()}, // (C2)
                         {weight.getDimSize(1)})))
    return failure();
  return getBias() ? verifySizes(*this, "bias", getBias().getType().getShape(),
                                 {weight.getDimSize(0)}) // (C3)
                   : success();
}

LogicalResult
ProjectOp::reifyResultShapes(OpBuilder &builder,
                             ReifiedRankedShapedTypeDims &shapes) {
  reifySame(builder, getLoc(), getInput(), shapes).succeeded();
  shapes[0].back() = sizeOf(builder, getLoc(), getWeight(), 0);
  return success();
}

//===- split_heads, merge_heads -------------------------------------------===//

LogicalResult SplitHeadsOp::inferReturnTypes(MLIRContext *,
                                             std::optional<Location> loc,
                                             Adaptor adaptor,
                                             SmallVectorImpl<Type> &types) {
  RankedTensorType input = tensorOfRank(loc, "input", adaptor.getInput(),
                                        {"batch", "rows", "columns"});
  if (!input)
    return failure();
  int64_t heads = adaptor.getHeads(), width = input.getDimSize(2);
  int64_t columns = ShapedType::isDynamic(width) || heads <= 0
                        ? ShapedType::kDynamic
                        : width / heads;
  types.push_back(RankedTensorType::get(
      {input.getDimSize(0), heads, input.getDimSize(1), columns},
      input.getElementType()));
  return success();
}

LogicalResult SplitHeadsOp::verify() {
  int64_t heads = getHeads(), width = getInput().getType().getDimSize(2);
  if (heads <= 0) // (C1)
    return emitOpError("expects at least one head, but got ") << heads;
  if (!ShapedType::isDynamic(width) && width % heads != 0)
    return emitOpError("expects heads to divide the last size, but got ")
           << heads << " and " << width;
  return success();
}

OpFoldResult SplitHeadsOp::fold(FoldAdaptor) {
  auto merge = getInput().getDefiningOp<MergeHeadsOp>();
  return merge && merge.getInput().getType() == getType()
             ? OpFoldResult(merge.getInput())
             : OpFoldResult();
}

LogicalResult
SplitHeadsOp::reifyResultShapes(OpBuilder &builder,
                                ReifiedRankedShapedTypeDims &shapes) {
  Location loc = getLoc();
  shapes.push_back({sizeOf(builder, loc, getInput(), 0),
                    builder.getIndexAttr(getHeads()),
                    sizeOf(builder, loc, getInput(), 1),
                    scaleSize(builder, loc, sizeOf(builder, loc, getInput(), 2),
                              getHeads(), true)});
  return success();
}

LogicalResult MergeHeadsOp::inferReturnTypes(MLIRContext *,
                                             std::optional<Location> loc,
                                             Adaptor adaptor,
                                             SmallVectorImpl<Type> &types) {
  RankedTensorType input = tensorOfRank(loc, "input", adaptor.getInput(),
                                        {"batch", "heads", "rows", "columns"});
  if (!input)
    return failure();
  bool dynamic = input.isDynamicDim(1) || input.isDynamicDim(3);
  types.push_back(RankedTensorType::get(
      {input.getDimSize(0), input.getDimSize(2),
       dynamic ? ShapedType::kDynamic
               : input.getDimSize(1) * input.getDimSize(3)},
      input.getElementType()));
  return success();
}

OpFoldResult MergeHeadsOp::fold(FoldAdaptor) {
  auto split = getInput().getDefiningOp<SplitHeadsOp>();
  return split && split.getInput().getType() == getType()
             ? OpFoldResult(split.getInput())
             : OpFoldResult();
}

LogicalResult
MergeHeadsOp::reifyResultShapes(OpBuilder &builder,
                                ReifiedRankedShapedTypeDims &shapes) {
  Location loc = getLoc();
  AffineExpr heads, columns;
  bindDims(getContext(), heads, columns);
  shapes.push_back(
      {sizeOf(builder, loc, getInput(), 0), sizeOf(builder, loc, getInput(), 2),
       affine::makeComposedFoldedAffineApply(
           builder, loc, AffineMap::get(2, 0, {heads * columns}, getContext()),
           {sizeOf(builder, loc, getInput(), 1),
            sizeOf(builder, loc, getInput(), 3)})});
  return success();
}

//===- rotary, norms, activations -----------------------------------------===//

LogicalResult RotaryOp::verify() {
  RankedTensorType input = getInput().getType();
  if (!(getBase().convertToDouble() > 0)) // (C1)
    return emitOpError("expects a positive base, but got ")
           << getBase().convertToDouble();
  int64_t width = input.getDimSize(3);
  if (std::optional<int64_t> dims = getDims()) // (C2)
    if (*dims <= 0 || *dims % 2 != 0 ||
        (!ShapedType::isDynamic(width) && *dims > width)) {
      InFlightDiagnostic error =
          emitOpError("expects dims to be positive and even");
      if (!ShapedType::isDynamic(width))
        error << " and no more than " << width;
      return error << ", but got " << *dims;
    }
  if (!getDims() && !ShapedType::isDynamic(width) && width % 2 != 0)
    return emitOpError("expects an even number of columns to turn, but got ")
           << width;
  if (getOffset() && getPositions()) // (C3)
    return emitOpError("expects offset or positions, but got both");
  if (getOffset())
    return verifySizes(*this, "offset", getOffset().getType().getShape(),
                       {input.getDimSize(0)});
  if (getPositions())
    return verifySizes(*this, "positions", getPositions().getType().getShape(),
                       {input.getDimSize(0), input.getDimSize(2)});
  return success();
}

template <typename NormOp>
static LogicalResult
verifyNorm(NormOp op, ArrayRef<std::pair<StringRef, Value>> parameters) {
  if (failed(verifyOneType(op))) // (C1)
    return failure();
  if (tensorType(op.getInput()).getRank() == 0)
    return op.emitOpError("expects an input of rank 1 or more, but got ")
           << op.getInput().getType();
  for (auto [name, parameter] : parameters) // (C2)
    if (failed(verifySizes(op, name, tensorType(parameter).getShape(),
                           {tensorType(op.getInput()).getShape().back()})))
      return failure();
  if (!(op.getEpsilon().convertToDouble() >= 0)) // (C3)
    return op.emitOpError("expects an epsilon of 0 or more, but got ")
           << op.getEpsilon().convertToDouble();
  return success();
}

LogicalResult RmsNormOp::verify() {
  return verifyNorm(*this, {{"gain", getGain()}});
}
LogicalResult LayerNormOp::verify() {
  return verifyNorm(*this, {{"gain", getGain()}, {"bias", getBias()}});
}

LogicalResult RotaryOp::reifyResultShapes(OpBuilder &b,
                                          ReifiedRankedShapedTypeDims &s) {
  return reifySame(b, getLoc(), getInput(), s);
}
LogicalResult RmsNormOp::reifyResultShapes(OpBuilder &b,
                                           ReifiedRankedShapedTypeDims &s) {
  return reifySame(b, getLoc(), getInput(), s);
}
LogicalResult LayerNormOp::reifyResultShapes(OpBuilder &b,
                                             ReifiedRankedShapedTypeDims &s) {
  return reifySame(b, getLoc(), getInput(), s);
}
LogicalResult SiluOp::reifyResultShapes(OpBuilder &b,
                                        ReifiedRankedShapedTypeDims &s) {
  return reifySame(b, getLoc(), getInput(), s);
}
LogicalResult GeluOp::reifyResultShapes(OpBuilder &b,
                                        ReifiedRankedShapedTypeDims &s) {
  return reifySame(b, getLoc(), getInput(), s);
}

//===- embed, mean_rows, broadcast_rows -----------------------------------===//

LogicalResult EmbedOp::inferReturnTypes(MLIRContext *,
                                        std::optional<Location> loc,
                                        Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  RankedTensorType table =
      tensorOfRank(loc, "table", adaptor.getTable(), {"rows", "columns"});
  if (!table)
    return failure();
  auto ids = dyn_cast<RankedTensorType>(adaptor.getIds().getType());
  if (!ids)
    return emitOptionalError(loc, "expects ids to be a ranked tensor, but got ",
                             adaptor.getIds().getType());
  SmallVector<int64_t> shape(ids.getShape());
  shape.push_back(table.getDimSize(1));
  types.push_back(RankedTensorType::get(shape, table.getElementType()));
  return success();
}

LogicalResult EmbedOp::reifyResultShapes(OpBuilder &builder,
                                         ReifiedRankedShapedTypeDims &shapes) {
  reifySame(builder, getLoc(), getIds(), shapes).succeeded();
  shapes[0].push_back(sizeOf(builder, getLoc(), getTable(), 1));
  return success();
}

LogicalResult MeanRowsOp::inferReturnTypes(MLIRContext *,
                                           std::optional<Location> loc,
                                           Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  RankedTensorType input = tensorOfRank(loc, "input", adaptor.getInput(),
                                        {"batch", "rows", "columns"});
  if (!input)
    return failure();
  types.push_back(RankedTensorType::get(
      {input.getDimSize(0), 1, input.getDimSize(2)}, input.getElementType()));
  return success();
}

LogicalResult
MeanRowsOp::reifyResultShapes(OpBuilder &builder,
                              ReifiedRankedShapedTypeDims &shapes) {
  reifySame(builder, getLoc(), getInput(), shapes).succeeded();
  shapes[0][1] = builder.getIndexAttr(1);
  return success();
}

LogicalResult BroadcastRowsOp::inferReturnTypes(MLIRContext *,
                                                std::optional<Location> loc,
                                                Adaptor adaptor,
                                                SmallVectorImpl<Type> &types) {
  RankedTensorType input =
      tensorOfRank(loc, "input", adaptor.getInput(), {"batch", "1", "columns"});
  RankedTensorType like = input ? tensorOfRank(loc, "like", adaptor.getLike(),
                                               {"batch", "rows", "columns"})
                                : input;
  if (!like)
    return failure();
  types.push_back(RankedTensorType::get(
      {input.getDimSize(0), like.getDimSize(1), input.getDimSize(2)},
      input.getElementType()));
  return success();
}

LogicalResult BroadcastRowsOp::verify() {
  RankedTensorType input = getInput().getType(), like = tensorType(getLike());
  if (failed(verifySizes(*this, "rows of input", {input.getDimSize(1)},
                         {1}))) // (C1)
    return failure();
  return verifySizes(*this, "the batch of input", {input.getDimSize(0)},
                     {like.getDimSize(0)}); // (C2)
}

LogicalResult
BroadcastRowsOp::reifyResultShapes(OpBuilder &builder,
                                   ReifiedRankedShapedTypeDims &shapes) {
  reifySame(builder, getLoc(), getInput(), shapes).succeeded();
  shapes[0][1] = sizeOf(builder, getLoc(), getLike(), 1);
  return success();
}

} // namespace attention

#define GET_OP_CLASSES
#include "dialect/AttentionOps.cpp.inc"
