#include "lowering/FlattenRows.h"

#include "lowering/RowMatrices.h"
#include "lowering/TensorSizes.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace attention {

static RankedTensorType typeOf(Value tensor) {
  return cast<RankedTensorType>(tensor.getType());
}

/// All dimensions but the last `apart` are one.
static SmallVector<ReassociationIndices> joined(int64_t rank, int64_t apart) {
  SmallVector<ReassociationIndices> groups(1);
  for (int64_t dim = 0; dim < rank - apart; ++dim)
    groups[0].push_back(dim);
  for (int64_t dim = rank - apart; dim < rank; ++dim)
    groups.push_back({dim});
  return groups;
}

namespace {
/// Rewrites one kernel: the rows of all batches are those of one matrix.
class Flatten : public RowMatrices {
public:
  Flatten(FusedOp fused, OpBuilder &before, OpBuilder &inside)
      : RowMatrices(fused, before, inside), fused(fused) {}
  FusedOp rewrite();

private:
  int64_t rowsOf(RankedTensorType type) override;
  OpFoldResult rowsOf(Value tensor) override;
  Value view(Value tensor) override;
  Value viewPerRow(Value tensor) override;
  bool hasView(Value tensor) override;

  FusedOp fused;
};
} // namespace

int64_t Flatten::rowsOf(RankedTensorType type) {
  int64_t rows = 1;
  for (int64_t size : type.getShape().drop_back())
    rows = ShapedType::isDynamic(size) || ShapedType::isDynamic(rows)
               ? ShapedType::kDynamic
               : rows * size;
  return rows;
}

OpFoldResult Flatten::rowsOf(Value tensor) {
  SmallVector<OpFoldResult> sizes = sizesOf(before, loc, tensor);
  return product(before, loc, ArrayRef(sizes).drop_back());
}

/// No rows, of dynamic sizes: what is joined would be of static and of dynamic
/// size, which folders cannot agree on.
static bool isEmptyAndDynamic(RankedTensorType type) {
  ArrayRef<int64_t> leading = type.getShape().drop_back();
  return llvm::is_contained(leading, 0) && ShapedType::isDynamicShape(leading);
}

bool Flatten::hasView(Value tensor) {
  return !isEmptyAndDynamic(typeOf(tensor));
}

/// A size that is known, of a dimension that the type leaves open, as a value:
/// only so may it stand beside the type in `expand_shape`.
static OpFoldResult asTyped(OpBuilder &builder, RankedTensorType type,
                            int64_t dim, OpFoldResult size) {
  if (!type.isDynamicDim(dim))
    return size;
  return getValueOrCreateConstantIndexOp(builder, builder.getUnknownLoc(),
                                         size);
}

/// A tensor in memory as `[rows, columns]`.
Value Flatten::view(Value tensor) {
  int64_t rank = typeOf(tensor).getRank();
  if (rank == 1)
    return tensor::ExpandShapeOp::create(
        before, loc, matrixType(tensor), tensor,
        ArrayRef<ReassociationIndices>{{0, 1}},
        {before.getIndexAttr(1),
         asTyped(before, typeOf(tensor), 0, sizeOf(before, loc, tensor, 0))});
  return tensor::CollapseShapeOp::create(before, loc, matrixType(tensor),
                                         tensor, joined(rank, 1));
}

Value Flatten::viewPerRow(Value tensor) {
  RankedTensorType type = typeOf(tensor);
  int64_t count = 1;
  for (int64_t size : type.getShape())
    count = ShapedType::isDynamic(size) || ShapedType::isDynamic(count)
                ? ShapedType::kDynamic
                : count * size;
  auto rows = RankedTensorType::get({count}, type.getElementType());
  if (type.getRank() == 0)
    return tensor::ExpandShapeOp::create(before, loc, rows, tensor,
                                         ArrayRef<ReassociationIndices>{});
  if (type.getRank() == 1)
    return tensor;
  return tensor::CollapseShapeOp::create(before, loc, rows, tensor,
                                         joined(type.getRank(), 0));
}

FusedOp Flatten::rewrite() {
  Value yielded = fused.getYielded();
  auto kernel = FusedOp::create(before, loc, matrixType(yielded),
                                /*into=*/Value(), /*rows=*/IntegerAttr());
  before.setInsertionPoint(kernel);
  inside.createBlock(&kernel.getBody());
  Value result = write(yielded);
  YieldOp::create(inside, loc, result);
  OpBuilder after(fused);
  RankedTensorType type = typeOf(yielded);
  Value shaped;
  if (type.getRank() == 1)
    shaped =
        tensor::CollapseShapeOp::create(after, loc, type, kernel.getOutput(),
                                        ArrayRef<ReassociationIndices>{{0, 1}});
  else {
    SmallVector<OpFoldResult> sizes = sizesOf(after, loc, yielded);
    for (auto [dim, size] : llvm::enumerate(sizes))
      size = asTyped(after, type, dim, size);
    shaped = tensor::ExpandShapeOp::create(after, loc, type, kernel.getOutput(),
                                           joined(type.getRank(), 1), sizes);
  }
  fused.getOutput().replaceAllUsesWith(shaped);
  fused.erase();
  return kernel;
}

/// Ops that need tiles of rows and columns.
static bool needsRows(FusedOp fused) {
  return fused
      .walk([](Operation *op) {
        return isa<ProjectOp, RmsNormOp, LayerNormOp, linalg::ReduceOp>(op)
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

FusedOp flattenRows(FusedOp fused) {
  int64_t rank = typeOf(fused.getOutput()).getRank();
  if (rank == 2 || (rank == 1 && !needsRows(fused)))
    return fused;
  OpBuilder before(fused), inside(fused);
  Flatten flatten(fused, before, inside);
  if (isEmptyAndDynamic(typeOf(fused.getOutput())) ||
      !flatten.isPossible(fused.getYielded()))
    return fused;
  return flatten.rewrite();
}

} // namespace attention
