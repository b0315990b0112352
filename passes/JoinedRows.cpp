#include "passes/JoinedRows.h"

#include "passes/Elementwise.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace attention {

std::optional<int64_t> axisBehind(OpOperand &use, int64_t axis) {
  Operation *op = use.getOwner();
  if (use.getOperandNumber() != 0)
    return std::nullopt;
  if (isa<SplitHeadsOp>(op))
    return axis == 1 ? std::optional<int64_t>(2) : std::nullopt;
  int64_t last = cast<RankedTensorType>(use.get().getType()).getRank() - 1;
  return worksByRow(op) && axis != last ? std::optional<int64_t>(axis)
                                        : std::nullopt;
}

bool visitsPieces(AttendOp op) {
  return isa<TiledVariantInterface>(op.getVariant()) && !op.getKeys() &&
         !op.getBias() && !op.getDocuments();
}

/// What the rows of `tensor` along `axis` are the rows of.
static std::pair<Value, int64_t> originOfRows(Value tensor, int64_t axis) {
  while (Operation *op = tensor.getDefiningOp()) {
    if (op->getNumOperands() == 0)
      break;
    int64_t before = isa<SplitHeadsOp>(op) ? 1 : axis;
    if (axisBehind(op->getOpOperand(0), before) != axis)
      break;
    tensor = op->getOperand(0);
    axis = before;
  }
  return {tensor, axis};
}

static bool haveSameRows(Value key, Value value) {
  int64_t rows = cast<RankedTensorType>(key.getType()).getDimSize(2);
  if (!ShapedType::isDynamic(rows))
    return rows == cast<RankedTensorType>(value.getType()).getDimSize(2);
  return originOfRows(key, 2) == originOfRows(value, 2);
}

SmallVector<std::pair<Value, Value>> keyPieces(AttendOp op) {
  auto keys = op.getKey().getDefiningOp<tensor::ConcatOp>(),
       values = op.getValue().getDefiningOp<tensor::ConcatOp>();
  bool isJoined = keys && values && visitsPieces(op) && keys.getDim() == 2 &&
                  values.getDim() == 2 &&
                  keys.getInputs().size() == values.getInputs().size();
  SmallVector<std::pair<Value, Value>> pieces;
  if (isJoined)
    for (auto [key, value] : llvm::zip(keys.getInputs(), values.getInputs()))
      if (haveSameRows(key, value))
        pieces.emplace_back(key, value);
  if (!isJoined || pieces.size() != keys.getInputs().size())
    return {{op.getKey(), op.getValue()}};
  return pieces;
}

} // namespace attention
