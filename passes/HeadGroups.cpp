#include "passes/HeadGroups.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace attention {

int64_t headsAlike(FinishOp finish, VisitOp visit) {
  int64_t heads = visit.getPartial().getType().getOutput().getDimSize(1),
          shared = visit.getKey().getType().getDimSize(1);
  bool asksForHead = finish.getSink() || finish.getLogSumExp() ||
                     visit.getBias() || !visit.getSpans().empty() ||
                     !visit.getVisible().empty() || !visit.getScore().empty() ||
                     visit.getFrom().empty();
  if (asksForHead || ShapedType::isDynamic(shared) ||
      visit.getValue().getType().getDimSize(1) != shared ||
      visit.getQuery().getType().getDimSize(1) != heads || heads % shared != 0)
    return 1;
  return heads / shared;
}

static RankedTensorType typeOf(Value tensor) {
  return cast<RankedTensorType>(tensor.getType());
}

/// `tensor` with a dimension known to be 1 that its type may leave open.
static Value withOne(OpBuilder &b, Location loc, Value tensor, int64_t dim) {
  RankedTensorType type = typeOf(tensor);
  SmallVector<int64_t> shape(type.getShape());
  shape[dim] = 1;
  if (type.getShape() == ArrayRef(shape))
    return tensor;
  return tensor::CastOp::create(b, loc, type.clone(shape), tensor);
}

Value groupHeads(OpBuilder &b, Value tensor, int64_t heads, int64_t group) {
  Location loc = tensor.getLoc();
  // What is split into heads as it is read stays so.
  if (auto split = tensor.getDefiningOp<SplitHeadsOp>())
    tensor = split.getInput();
  RankedTensorType type = typeOf(tensor);
  bool isMerged = type.getRank() == 3;
  tensor = withOne(b, loc, tensor, isMerged ? 1 : 2);
  int64_t batch = type.getDimSize(0), last = type.getShape().back();
  int64_t columns = isMerged ? last / heads : last;
  SmallVector<int64_t> flat{batch, isMerged ? last : heads};
  SmallVector<ReassociationIndices> joined{{0}, {1, 2}}, apart{{0}, {1, 2, 3}};
  if (!isMerged) {
    flat.push_back(columns);
    joined.push_back({3});
    apart = {{0}, {1, 2}, {3}};
  }
  tensor =
      tensor::CollapseShapeOp::create(b, loc, type.clone(flat), tensor, joined);
  auto grouped = type.clone({batch, heads / group, group, columns});
  return tensor::ExpandShapeOp::create(b, loc, grouped, tensor, apart);
}

void writeGroup(OpBuilder &b, FinishOp finish, Value partial, Value batch,
                Value head, int64_t group, Value output,
                scf::InParallelOp terminator) {
  Location loc = finish.getLoc();
  RankedTensorType type = typeOf(output);
  int64_t columns = typeOf(finish.getOutput()).getDimSize(3);
  bool isMerged = type.getRank() == 3;
  auto attr = [&](int64_t value) -> OpFoldResult {
    return b.getIndexAttr(value);
  };
  Value first = b.createOrFold<arith::MulIOp>(
      loc, head,
      arith::ConstantIndexOp::create(b, loc,
                                     isMerged ? group * columns : group));
  SmallVector<OpFoldResult> offsets{batch, first, attr(0), attr(0)},
      sizes{attr(1), attr(group), attr(1), attr(columns)};
  auto tile = RankedTensorType::get({group, columns}, type.getElementType());
  RankedTensorType part = tile;
  if (isMerged) {
    offsets = {batch, attr(0), first};
    sizes = {attr(1), attr(1), attr(group * columns)};
    part = RankedTensorType::get({group * columns}, type.getElementType());
  }
  SmallVector<OpFoldResult> strides(offsets.size(), attr(1));
  SmallVector<ReassociationIndices> apart{{0, 1}};
  Value place = tensor::ExtractSliceOp::create(b, loc, part, output, offsets,
                                               sizes, strides);
  if (isMerged)
    place = tensor::ExpandShapeOp::create(b, loc, tile, place, apart);
  Value filled =
      FinishOp::create(b, loc, partial, /*sink=*/Value(),
                       /*log_sum_exp=*/false, head, ValueRange{place})
          .getOutput();
  if (isMerged)
    filled = tensor::CollapseShapeOp::create(b, loc, part, filled, apart);
  OpBuilder inner = OpBuilder::atBlockEnd(terminator.getBody());
  tensor::ParallelInsertSliceOp::create(inner, loc, filled, output, offsets,
                                        sizes, strides);
}

} // namespace attention
