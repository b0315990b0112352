#include "lowering/TensorSizes.h"

#include "dialect/Attention.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attention {

namespace {
/// A size that is that of another tensor, or known by itself.
struct Origin {
  Value tensor;
  int64_t dim = 0;
  OpFoldResult size;
};
} // namespace

static Origin same(Value tensor, int64_t dim) { return {tensor, dim, {}}; }
static Origin known(OpFoldResult size) { return {{}, 0, size}; }

static Origin originOfMerged(OpBuilder &builder, MergeHeadsOp op, int64_t dim) {
  if (dim < 2)
    return same(op.getInput(), dim == 0 ? 0 : 2);
  AffineExpr heads, columns;
  bindDims(builder.getContext(), heads, columns);
  return known(affine::makeComposedFoldedAffineApply(
      builder, op.getLoc(), AffineMap::get(2, 0, heads * columns),
      {sizeOf(builder, op.getLoc(), op.getInput(), 1),
       sizeOf(builder, op.getLoc(), op.getInput(), 3)}));
}

static Origin originOfSplit(OpBuilder &builder, SplitHeadsOp op, int64_t dim) {
  if (dim != 3)
    return same(op.getInput(), dim == 0 ? 0 : 1);
  AffineExpr width;
  bindDims(builder.getContext(), width);
  return known(affine::makeComposedFoldedAffineApply(
      builder, op.getLoc(), AffineMap::get(1, 0, width.floorDiv(op.getHeads())),
      {sizeOf(builder, op.getLoc(), op.getInput(), 2)}));
}

/// Of the operands the one whose size is known tells, if there is one.
static Origin originOfElementwise(Operation *op, int64_t dim) {
  Origin origin;
  for (Value operand : op->getOperands()) {
    auto type = dyn_cast<RankedTensorType>(operand.getType());
    if (type && (!origin.tensor || !type.isDynamicDim(dim)))
      origin = same(operand, dim);
  }
  return origin;
}

/// Where a dynamic size comes from; null if it has to be asked for.
static Origin originOf(OpBuilder &builder, OpResult result, int64_t dim) {
  Operation *op = result.getOwner();
  int64_t last = cast<RankedTensorType>(result.getType()).getRank() - 1;
  return TypeSwitch<Operation *, Origin>(op)
      .Case([&](FusedOp op) {
        return same(op.getInto() ? op.getInto() : op.getYielded(), dim);
      })
      .Case([&](ProjectOp op) {
        return dim == last ? same(op.getWeight(), 0) : same(op.getInput(), dim);
      })
      .Case<RotaryOp, RmsNormOp, LayerNormOp, SiluOp, GeluOp, MeanRowsOp>(
          [&](auto op) { return same(op.getInput(), dim); })
      .Case([&](EmbedOp op) {
        return dim == last ? same(op.getTable(), 1) : same(op.getIds(), dim);
      })
      .Case([&](BroadcastRowsOp op) {
        return dim == 1 ? same(op.getLike(), 1) : same(op.getInput(), dim);
      })
      .Case([&](SplitHeadsOp op) { return originOfSplit(builder, op, dim); })
      .Case([&](MergeHeadsOp op) { return originOfMerged(builder, op, dim); })
      .Case([&](AttendOp op) {
        bool ofQueries =
            result.getResultNumber() == 0 && (dim == 0 || dim == 2);
        return ofQueries ? same(op.getQuery(), dim) : Origin();
      })
      .Case([&](tensor::EmptyOp op) { return known(op.getMixedSizes()[dim]); })
      .Case([&](tensor::SplatOp op) {
        return known(
            op.getDynamicSizes()[op.getType().getDynamicDimIndex(dim)]);
      })
      .Case([&](tensor::ExtractSliceOp op) {
        llvm::SmallBitVector dropped = op.getDroppedDims();
        SmallVector<OpFoldResult> sizes = op.getMixedSizes();
        for (int64_t i = 0, kept = -1, e = sizes.size(); i < e; ++i)
          if (!dropped.test(i) && ++kept == dim)
            return known(sizes[i]);
        return Origin();
      })
      .Case([&](tensor::ExpandShapeOp op) {
        return known(op.getMixedOutputShape()[dim]);
      })
      .Case([&](tensor::CollapseShapeOp op) {
        SmallVector<OpFoldResult> sizes;
        ReassociationIndices group = op.getReassociationIndices()[dim];
        for (int64_t joined : group)
          sizes.push_back(sizeOf(builder, op.getLoc(), op.getSrc(), joined));
        return known(product(builder, op.getLoc(), sizes));
      })
      .Case([&](tensor::CastOp op) { return same(op.getSource(), dim); })
      .Case([&](scf::ForallOp op) {
        return same(op.getOutputs()[result.getResultNumber()], dim);
      })
      .Case([&](DestinationStyleOpInterface op) {
        return same(op.getTiedOpOperand(result)->get(), dim);
      })
      .Default([&](Operation *op) {
        if (OpTrait::hasElementwiseMappableTraits(op))
          return originOfElementwise(op, dim);
        return Origin();
      });
}

OpFoldResult product(OpBuilder &builder, Location loc,
                     ArrayRef<OpFoldResult> sizes) {
  OpFoldResult result = builder.getIndexAttr(1);
  AffineExpr a, b;
  bindDims(builder.getContext(), a, b);
  for (OpFoldResult size : sizes)
    result = affine::makeComposedFoldedAffineApply(
        builder, loc,
        AffineMap::get(1, 1, a * getAffineSymbolExpr(0, builder.getContext())),
        {result, size});
  return result;
}

OpFoldResult sizeOf(OpBuilder &builder, Location loc, Value tensor,
                    int64_t dim) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(dim))
    return builder.getIndexAttr(type.getDimSize(dim));
  if (auto result = dyn_cast<OpResult>(tensor)) {
    Origin origin = originOf(builder, result, dim);
    if (origin.size)
      return origin.size;
    if (origin.tensor && isa<RankedTensorType>(origin.tensor.getType()))
      return sizeOf(builder, loc, origin.tensor, origin.dim);
  }
  return tensor::getMixedSize(builder, loc, tensor, dim);
}

SmallVector<OpFoldResult> sizesOf(OpBuilder &builder, Location loc,
                                  Value tensor) {
  SmallVector<OpFoldResult> sizes;
  for (int64_t dim = 0,
               rank = cast<RankedTensorType>(tensor.getType()).getRank();
       dim < rank; ++dim)
    sizes.push_back(sizeOf(builder, loc, tensor, dim));
  return sizes;
}

} // namespace attention
