#include "lowering/RowMatrices.h"

#include "lowering/KernelPlan.h"
#include "lowering/TensorSizes.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/RowReduction.h"

using namespace mlir;

namespace attention {

static RankedTensorType typeOf(Value tensor) {
  return cast<RankedTensorType>(tensor.getType());
}

RankedTensorType RowMatrices::matrixType(Value tensor) {
  RankedTensorType type = typeOf(tensor);
  return RankedTensorType::get({rowsOf(type), type.getShape().back()},
                               type.getElementType());
}

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

/// The op that makes one value of all that a reduction starts from, if one
/// does.
static Operation *sameEverywhere(linalg::ReduceOp reduce) {
  Operation *start = reduce.getInits()[0].getDefiningOp();
  bool isSame =
      isa_and_nonnull<arith::ConstantOp, tensor::SplatOp, linalg::FillOp>(
          start) &&
      !TileBuilder::isInMemory(reduce.getInits()[0]);
  return isSame ? start : nullptr;
}

/// Whether `op` repeats one value for each row along the rows.
static bool repeatsPerRow(linalg::BroadcastOp op) {
  int64_t last = typeOf(op->getResult(0)).getRank() - 1;
  return op.getDimensions() == ArrayRef<int64_t>{last};
}

/// Whether `op` repeats one value for each column in every row.
static bool repeatsPerColumn(linalg::BroadcastOp op) {
  int64_t rank = typeOf(op->getResult(0)).getRank();
  return static_cast<int64_t>(op.getDimensions().size()) == rank - 1 &&
         !llvm::is_contained(op.getDimensions(), rank - 1);
}

bool RowMatrices::isPossible(Value tensor) {
  Operation *op = tensor.getDefiningOp();
  if (known.contains(tensor))
    return true;
  if (!op || (!isInside(tensor) && !isComputedWhereRead(op)))
    return hasView(tensor);
  if (linalg::ReduceOp reduce = repeatedReduction(op);
      reduce && isInside(reduce->getResult(0)))
    return isPossible(reduce.getInputs()[0]) && sameEverywhere(reduce);
  if (auto broadcast = dyn_cast<linalg::BroadcastOp>(op))
    return TileBuilder::isInMemory(broadcast.getInput()) &&
           (repeatsPerRow(broadcast) ? hasViewPerRow(broadcast.getInput())
                                     : repeatsPerColumn(broadcast));
  if (isa<RotaryOp, SplitHeadsOp, MergeHeadsOp, MeanRowsOp, BroadcastRowsOp,
          EmbedOp>(op))
    return false;
  return llvm::all_of(rowOperands(op), [&](unsigned operand) {
    return isPossible(op->getOperand(operand));
  });
}

/// The dynamic ones of the sizes `[rows, columns]`, columns being as many as
/// those of a tensor.
SmallVector<Value> RowMatrices::dynamicSizes(RankedTensorType type,
                                             OpFoldResult rows,
                                             Value likeColumns) {
  SmallVector<Value> sizes;
  if (type.isDynamicDim(0))
    sizes.push_back(getValueOrCreateConstantIndexOp(before, loc, rows));
  if (type.getRank() == 2 && type.isDynamicDim(1))
    sizes.push_back(getValueOrCreateConstantIndexOp(
        before, loc,
        sizeOf(before, loc, likeColumns, typeOf(likeColumns).getRank() - 1)));
  return sizes;
}

Value RowMatrices::repeated(linalg::BroadcastOp op) {
  Value result = op->getResult(0), input = op.getInput();
  RankedTensorType type = matrixType(result);
  Value empty = tensor::EmptyOp::create(
      before, loc, type.getShape(), type.getElementType(),
      dynamicSizes(type, rowsOf(result), result));
  bool perRow = repeatsPerRow(op);
  if (perRow)
    input = viewPerRow(input);
  return linalg::BroadcastOp::create(before, loc, input, empty,
                                     ArrayRef<int64_t>{perRow ? 1 : 0})
      ->getResult(0);
}

/// The values of a reduction, repeated along the rows of `rows`.
Value RowMatrices::reduced(linalg::ReduceOp reduce, Value rows) {
  Operation *start = sameEverywhere(reduce);
  Value scalar = start->getNumOperands() ? start->getOperand(0) : Value();
  if (auto constant = dyn_cast<arith::ConstantOp>(start))
    scalar =
        arith::ConstantOp::create(before, loc,
                                  cast<DenseElementsAttr>(constant.getValue())
                                      .getSplatValue<TypedAttr>());
  RankedTensorType matrix = matrixType(rows);
  auto type =
      RankedTensorType::get({matrix.getDimSize(0)}, matrix.getElementType());
  OpFoldResult count = rowsOf(rows);
  IRMapping mapping;
  mapping.map(reduce.getInputs()[0], write(reduce.getInputs()[0]));
  mapping.map(reduce.getInits()[0],
              tensor::SplatOp::create(before, loc, scalar, type,
                                      dynamicSizes(type, count, rows))
                  .getResult());
  auto perRow = cast<linalg::ReduceOp>(inside.clone(*reduce, mapping));
  perRow->getResult(0).setType(type);
  perRow.setDimensions(ArrayRef<int64_t>{1});
  Value empty = tensor::EmptyOp::create(before, loc, matrix.getShape(),
                                        matrix.getElementType(),
                                        dynamicSizes(matrix, count, rows));
  return linalg::BroadcastOp::create(inside, loc, perRow->getResult(0), empty,
                                     ArrayRef<int64_t>{1})
      ->getResult(0);
}

/// A tensor from outside of the kernel.
Value RowMatrices::source(Value tensor) {
  Operation *op = tensor.getDefiningOp();
  if (TileBuilder::isInMemory(tensor) || !isComputedWhereRead(op))
    return view(tensor);
  if (auto broadcast = dyn_cast<linalg::BroadcastOp>(op))
    return repeated(broadcast);
  RankedTensorType type = matrixType(tensor);
  auto constant = dyn_cast<arith::ConstantOp>(op);
  if (constant && type.hasStaticShape())
    return arith::ConstantOp::create(
        before, loc,
        cast<DenseElementsAttr>(constant.getValue()).resizeSplat(type));
  Value scalar = constant ? arith::ConstantOp::create(
                                before, loc,
                                cast<DenseElementsAttr>(constant.getValue())
                                    .getSplatValue<TypedAttr>())
                                .getResult()
                          : op->getOperand(0);
  return tensor::SplatOp::create(before, loc, scalar, type,
                                 dynamicSizes(type, rowsOf(tensor), tensor));
}

/// What computes a parameter goes as it is.
Value RowMatrices::parameter(Value tensor) {
  if (!tensor || !isInside(tensor) || parameters.contains(tensor))
    return parameters.lookupOrDefault(tensor);
  Operation *op = tensor.getDefiningOp();
  for (Value operand : op->getOperands())
    parameter(operand);
  return inside.clone(*op, parameters)->getResult(0);
}

Value RowMatrices::write(Value tensor) {
  if (Value found = known.lookup(tensor))
    return found;
  if (!isInside(tensor))
    return known[tensor] = source(tensor);
  Operation *op = tensor.getDefiningOp();
  if (linalg::ReduceOp reduce = repeatedReduction(op);
      reduce && isInside(reduce->getResult(0)))
    return known[tensor] = reduced(reduce, tensor);
  if (auto broadcast = dyn_cast<linalg::BroadcastOp>(op))
    return known[tensor] = repeated(broadcast);
  SmallVector<unsigned> rowOperandNumbers = rowOperands(op);
  SmallVector<Value> operands;
  for (OpOperand &operand : op->getOpOperands())
    operands.push_back(
        llvm::is_contained(rowOperandNumbers, operand.getOperandNumber())
            ? write(operand.get())
            : parameter(operand.get()));
  OperationState state(op->getLoc(), op->getName(), operands,
                       {matrixType(tensor)}, op->getAttrs());
  state.propertiesAttr = op->getPropertiesAsAttribute();
  return known[tensor] = inside.create(state)->getResult(0);
}

} // namespace attention
