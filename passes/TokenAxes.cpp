#include "passes/TokenAxes.h"
#include "passes/Elementwise.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attention {

TokenAxes::TokenAxes(func::FuncOp function) {
  for (BlockArgument argument : function.getArguments())
    if (auto axis = function.getArgAttrOfType<IntegerAttr>(
            argument.getArgNumber(), tokensAttr))
      axes[argument] = axis.getInt();
}

std::optional<int64_t> TokenAxes::of(Value value) const {
  auto found = axes.find(value);
  return found == axes.end() ? std::optional<int64_t>() : found->second;
}

/// "file.mlir:3: 'op' reason"
bool TokenAxes::refuse(Operation *op, const Twine &reason) {
  llvm::raw_string_ostream text(why);
  if (auto place = op->getLoc()->findInstanceOf<FileLineColLoc>())
    text << place.getFilename().getValue() << ":" << place.getLine() << ": ";
  text << "'" << op->getName() << "' " << reason;
  return false;
}

/// All operands that are tensors have the tokens where the others have them.
bool TokenAxes::followElementwise(Operation *op) {
  std::optional<int64_t> axis;
  for (Value operand : op->getOperands())
    if (std::optional<int64_t> own = of(operand)) {
      if (axis && *axis != *own)
        return refuse(op, "has tokens along different axes");
      axis = own;
    }
  for (Value operand : op->getOperands())
    if (isa<RankedTensorType>(operand.getType()) && !of(operand))
      return refuse(op, "combines tokens with what has none");
  axes[op->getResult(0)] = *axis;
  return true;
}

/// Ops on the last dimension of each row.
bool TokenAxes::followRows(Operation *op, Value input) {
  int64_t last = cast<RankedTensorType>(input.getType()).getRank() - 1;
  std::optional<int64_t> axis = of(input);
  if (!axis || *axis == last)
    return refuse(op, "works along the tokens");
  for (Value operand : op->getOperands())
    if (operand != input && of(operand))
      return refuse(op, "takes a parameter that has tokens");
  axes[op->getResult(0)] = *axis;
  return true;
}

/// How many tokens there are may be the size of a tensor, and nothing else.
bool TokenAxes::followSize(Operation *op) {
  auto dim = dyn_cast<tensor::DimOp>(op);
  if (!dim)
    return false;
  std::optional<int64_t> index = dim.getConstantIndex();
  if (index && *index != *of(dim.getSource()))
    return true;
  for (Operation *user : dim->getUsers())
    if (!isa<tensor::EmptyOp, tensor::SplatOp>(user))
      return refuse(op, "asks for the number of tokens");
  for (Operation *user : dim->getUsers()) {
    auto type = cast<RankedTensorType>(user->getResult(0).getType());
    unsigned next = 0;
    for (int64_t i = 0; i < type.getRank(); ++i)
      if (type.isDynamicDim(i) &&
          user->getOperand(isa<tensor::SplatOp>(user) + next++) == dim)
        axes[user->getResult(0)] = i;
  }
  return true;
}

bool TokenAxes::follow(Operation *op) {
  bool hasTokens = llvm::any_of(op->getOperands(),
                                [&](Value operand) { return of(operand); });
  if (!hasTokens || op->hasTrait<OpTrait::IsTerminator>())
    return true;
  if (isElementwiseOnTensors(op))
    return followElementwise(op);
  if (isa<tensor::DimOp>(op))
    return followSize(op);
  return TypeSwitch<Operation *, bool>(op)
      .Case<ProjectOp, RmsNormOp, LayerNormOp, SiluOp, GeluOp>(
          [&](auto op) { return followRows(op, op.getInput()); })
      .Case([&](EmbedOp op) {
        if (of(op.getTable()))
          return refuse(op, "takes a table that has tokens");
        axes[op.getOutput()] = *of(op.getIds());
        return true;
      })
      .Case([&](SplitHeadsOp op) {
        if (of(op.getInput()) != 1)
          return refuse(op, "works along the tokens");
        axes[op.getOutput()] = 2;
        return true;
      })
      .Case([&](MergeHeadsOp op) {
        if (of(op.getInput()) != 2)
          return refuse(op, "works along the tokens");
        axes[op.getOutput()] = 1;
        return true;
      })
      .Case<tensor::EmptyOp, tensor::SplatOp>([&](auto) { return true; })
      .Default([&](Operation *op) { return refuse(op, "mixes tokens"); });
}

} // namespace attention
