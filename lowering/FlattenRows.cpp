#include "lowering/FlattenRows.h"

#include "lowering/KernelPlan.h"
#include "lowering/TensorSizes.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "passes/RowReduction.h"

using namespace mlir;

namespace attention {

static RankedTensorType typeOf(Value tensor) {
  return cast<RankedTensorType>(tensor.getType());
}

/// `type` as `[rows, columns]`.
static RankedTensorType flatType(RankedTensorType type) {
  int64_t rows = 1;
  for (int64_t size : type.getShape().drop_back())
    rows = ShapedType::isDynamic(size) || ShapedType::isDynamic(rows)
               ? ShapedType::kDynamic
               : rows * size;
  return RankedTensorType::get({rows, type.getShape().back()},
                               type.getElementType());
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
/// Rewrites one kernel.
class Flatten {
public:
  explicit Flatten(FusedOp fused)
      : fused(fused), before(fused), inside(fused), loc(fused.getLoc()) {}
  bool isPossible(Value rows);
  FusedOp rewrite();

private:
  bool isInside(Value tensor) {
    return tensor.getParentBlock() == &fused.getBody().front();
  }
  Value view(Value tensor);
  Value everywhere(Value scalar, RankedTensorType type);
  Value repeated(linalg::BroadcastOp op);
  Value reduced(linalg::ReduceOp reduce, RankedTensorType rows);
  Value source(Value tensor);
  Value parameter(Value tensor);
  Value flat(Value rows);

  FusedOp fused;
  OpBuilder before, inside;
  Location loc;
  IRMapping parameters;
  DenseMap<Value, Value> known;
};
} // namespace

/// The operands of `op` that have the rows of its result; the others are
/// parameters.
static SmallVector<unsigned> rowOperands(Operation *op) {
  if (isa<ProjectOp, RmsNormOp, LayerNormOp>(op))
    return {0};
  SmallVector<unsigned> operands;
  for (OpOperand &operand : op->getOpOperands())
    if (isa<RankedTensorType>(operand.get().getType()))
      operands.push_back(operand.getOperandNumber());
  return operands;
}

/// No rows, of dynamic sizes: what is joined would be of static and of dynamic
/// size, which folders cannot agree on.
static bool isEmptyAndDynamic(RankedTensorType type) {
  ArrayRef<int64_t> leading = type.getShape().drop_back();
  return llvm::is_contained(leading, 0) && ShapedType::isDynamicShape(leading);
}

/// The op that makes one value of all that a reduction starts from, if one
/// does.
static Operation *sameEverywhere(linalg::ReduceOp reduce) {
  Operation *start = reduce.getInits()[0].getDefiningOp();
  return isa_and_nonnull<arith::ConstantOp, tensor::SplatOp, linalg::FillOp>(
             start) &&
                 !TileBuilder::isInMemory(reduce.getInits()[0])
             ? start
             : nullptr;
}

bool Flatten::isPossible(Value rows) {
  if (isEmptyAndDynamic(typeOf(rows)))
    return false;
  Operation *op = rows.getDefiningOp();
  if (!op || (!isInside(rows) && !isComputedWhereRead(op)))
    return true;
  if (linalg::ReduceOp reduce = repeatedReduction(op);
      reduce && isInside(reduce->getResult(0)))
    return isPossible(reduce.getInputs()[0]) && sameEverywhere(reduce);
  if (auto broadcast = dyn_cast<linalg::BroadcastOp>(op)) {
    int64_t rank = typeOf(rows).getRank(),
            kept = rank - broadcast.getDimensions().size();
    bool perRow =
        kept == rank - 1 && broadcast.getDimensions().front() == rank - 1;
    bool perColumn =
        kept == 1 && !llvm::is_contained(broadcast.getDimensions(), rank - 1);
    return (perRow || perColumn) &&
           TileBuilder::isInMemory(broadcast.getInput());
  }
  if (isa<RotaryOp, SplitHeadsOp, MergeHeadsOp, MeanRowsOp, BroadcastRowsOp,
          EmbedOp>(op))
    return false;
  return llvm::all_of(rowOperands(op), [&](unsigned operand) {
    return isPossible(op->getOperand(operand));
  });
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
        before, loc, flatType(typeOf(tensor)), tensor,
        ArrayRef<ReassociationIndices>{{0, 1}},
        {before.getIndexAttr(1),
         asTyped(before, typeOf(tensor), 0, sizeOf(before, loc, tensor, 0))});
  return tensor::CollapseShapeOp::create(before, loc, flatType(typeOf(tensor)),
                                         tensor, joined(rank, 1));
}

/// Sizes of `tensor` as `[rows, columns]`.
static SmallVector<OpFoldResult> flatSizes(OpBuilder &builder, Location loc,
                                           Value tensor) {
  SmallVector<OpFoldResult> sizes = sizesOf(builder, loc, tensor);
  return {product(builder, loc, ArrayRef(sizes).drop_back()), sizes.back()};
}

static SmallVector<Value> dynamicSizes(OpBuilder &builder, Location loc,
                                       RankedTensorType type,
                                       ArrayRef<OpFoldResult> sizes) {
  SmallVector<Value> values;
  for (auto [dim, size] : llvm::enumerate(sizes))
    if (type.isDynamicDim(dim))
      values.push_back(getValueOrCreateConstantIndexOp(builder, loc, size));
  return values;
}

Value Flatten::repeated(linalg::BroadcastOp op) {
  Value result = op->getResult(0);
  RankedTensorType type = flatType(typeOf(result));
  SmallVector<OpFoldResult> sizes = flatSizes(before, loc, result);
  Value empty = tensor::EmptyOp::create(before, loc, type.getShape(),
                                        type.getElementType(),
                                        dynamicSizes(before, loc, type, sizes));
  bool perRow = op.getDimensions().front() == typeOf(result).getRank() - 1;
  Value input = op.getInput();
  auto rows =
      RankedTensorType::get({type.getDimSize(0)}, type.getElementType());
  if (perRow && typeOf(input).getRank() == 0)
    input = tensor::ExpandShapeOp::create(before, loc, rows, input,
                                          ArrayRef<ReassociationIndices>{});
  if (perRow && typeOf(input).getRank() > 1)
    input = tensor::CollapseShapeOp::create(before, loc, rows, input,
                                            joined(typeOf(input).getRank(), 0));
  return linalg::BroadcastOp::create(before, loc, input, empty,
                                     ArrayRef<int64_t>{perRow ? 1 : 0})
      ->getResult(0);
}

/// The values of a reduction, repeated along rows of type `rows`.
Value Flatten::reduced(linalg::ReduceOp reduce, RankedTensorType rows) {
  Operation *start = sameEverywhere(reduce);
  auto type =
      RankedTensorType::get({rows.getDimSize(0)}, rows.getElementType());
  Value input = flat(reduce.getInputs()[0]);
  SmallVector<OpFoldResult> sizes =
      flatSizes(before, loc, reduce.getInputs()[0]);
  Value scalar = start->getNumOperands() ? start->getOperand(0) : Value();
  if (auto constant = dyn_cast<arith::ConstantOp>(start))
    scalar = arith::ConstantOp::create(
        before, loc,
        cast<DenseElementsAttr>(constant.getValue())
            .getSplatValue<TypedAttr>());
  Value init = tensor::SplatOp::create(
      before, loc, scalar, type,
      dynamicSizes(before, loc, type, ArrayRef(sizes).drop_back()));
  IRMapping mapping;
  mapping.map(reduce.getInputs()[0], input);
  mapping.map(reduce.getInits()[0], init);
  auto perRow = cast<linalg::ReduceOp>(inside.clone(*reduce, mapping));
  perRow->getResult(0).setType(type);
  perRow.setDimensions(ArrayRef<int64_t>{1});
  Value empty = tensor::EmptyOp::create(
      before, loc, rows.getShape(), rows.getElementType(),
      dynamicSizes(before, loc, rows, {sizes[0], before.getIndexAttr(0)}));
  return linalg::BroadcastOp::create(inside, loc, perRow->getResult(0), empty,
                                     ArrayRef<int64_t>{1})
      ->getResult(0);
}

/// A tensor from outside of the kernel.
Value Flatten::source(Value tensor) {
  Operation *op = tensor.getDefiningOp();
  if (TileBuilder::isInMemory(tensor) || !isComputedWhereRead(op))
    return view(tensor);
  if (auto broadcast = dyn_cast<linalg::BroadcastOp>(op))
    return repeated(broadcast);
  RankedTensorType type = flatType(typeOf(tensor));
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return arith::ConstantOp::create(
        before, loc,
        cast<DenseElementsAttr>(constant.getValue()).resizeSplat(type));
  return tensor::SplatOp::create(
      before, loc, op->getOperand(0), type,
      dynamicSizes(before, loc, type, flatSizes(before, loc, tensor)));
}

/// What computes a parameter goes as it is.
Value Flatten::parameter(Value tensor) {
  if (!tensor || !isInside(tensor) || parameters.contains(tensor))
    return parameters.lookupOrDefault(tensor);
  Operation *op = tensor.getDefiningOp();
  for (Value operand : op->getOperands())
    parameter(operand);
  return inside.clone(*op, parameters)->getResult(0);
}

Value Flatten::flat(Value rows) {
  if (Value found = known.lookup(rows))
    return found;
  if (!isInside(rows))
    return known[rows] = source(rows);
  Operation *op = rows.getDefiningOp();
  if (linalg::ReduceOp reduce = repeatedReduction(op);
      reduce && isInside(reduce->getResult(0)))
    return known[rows] = reduced(reduce, flatType(typeOf(rows)));
  if (auto broadcast = dyn_cast<linalg::BroadcastOp>(op))
    return known[rows] = repeated(broadcast);
  SmallVector<unsigned> rowOperandNumbers = rowOperands(op);
  SmallVector<Value> operands;
  for (OpOperand &operand : op->getOpOperands())
    operands.push_back(
        llvm::is_contained(rowOperandNumbers, operand.getOperandNumber())
            ? flat(operand.get())
            : parameter(operand.get()));
  OperationState state(op->getLoc(), op->getName(), operands,
                       {flatType(typeOf(rows))}, op->getAttrs());
  state.propertiesAttr = op->getPropertiesAsAttribute();
  return known[rows] = inside.create(state)->getResult(0);
}

FusedOp Flatten::rewrite() {
  Value yielded = fused.getYielded();
  auto kernel = FusedOp::create(before, loc, flatType(typeOf(yielded)));
  before.setInsertionPoint(kernel);
  inside.createBlock(&kernel.getBody());
  Value result = flat(yielded);
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
  Flatten flatten(fused);
  if (!flatten.isPossible(fused.getYielded()))
    return fused;
  return flatten.rewrite();
}

} // namespace attention
