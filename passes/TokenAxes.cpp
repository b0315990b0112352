#include "passes/TokenAxes.h"
#include "passes/Elementwise.h"
#include "passes/SourcePlace.h"

#include "mlir/Transforms/RegionUtils.h"
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
  text << sourcePlace(op->getLoc()) << "'" << op->getName() << "' " << reason;
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
bool TokenAxes::followSize(tensor::DimOp op) {
  std::optional<int64_t> index = op.getConstantIndex();
  int64_t axis = *of(op.getSource());
  if (index && *index != axis)
    return true;
  // Slices are looked at when they come.
  bool isSize = llvm::all_of(op->getUsers(), [](Operation *user) {
    return isa<tensor::EmptyOp, tensor::SplatOp, tensor::ExtractSliceOp>(user);
  });
  if (!isSize || !index || leading(op.getSource()))
    return refuse(op, "asks for the number of tokens");
  counts.insert(op.getResult());
  for (Operation *user : op->getUsers()) {
    if (isa<tensor::ExtractSliceOp>(user))
      continue;
    auto type = cast<RankedTensorType>(user->getResult(0).getType());
    unsigned next = 0;
    std::optional<int64_t> along;
    for (int64_t i = 0; i < type.getRank(); ++i) {
      if (!type.isDynamicDim(i) ||
          user->getOperand(isa<tensor::SplatOp>(user) + next++) != op)
        continue;
      if (along)
        return refuse(user, "has tokens along two dimensions");
      along = i;
    }
    if (!along) // it fills the tensor
      return refuse(op, "asks for the number of tokens");
    if (of(user->getResult(0)).value_or(*along) != *along)
      return refuse(user, "has tokens along two dimensions");
    axes[user->getResult(0)] = *along;
  }
  return true;
}

bool TokenAxes::isCount(OpFoldResult size) const {
  auto value = dyn_cast<Value>(size);
  return value && counts.contains(value);
}

bool TokenAxes::readsTokensInside(Operation *op) const {
  llvm::SetVector<Value> read;
  mlir::getUsedValuesDefinedAbove(op->getRegions(), read);
  return llvm::any_of(read,
                      [&](Value value) { return of(value) || isCount(value); });
}

bool TokenAxes::keepsApart(Operation *op) {
  for (Value operand : op->getOperands())
    if (leading(operand) && !isa<tensor::ExtractSliceOp, tensor::DimOp>(op))
      return refuse(op, "mixes tokens with what is padded before them");
  return true;
}

/// A constant number of rows before the first token: causal, once they are
/// sliced off again.
bool TokenAxes::followPad(tensor::PadOp op) {
  int64_t axis = *of(op.getSource());
  int64_t rank = op.getSourceType().getRank();
  for (int64_t i = 0; i < rank; ++i) {
    int64_t low = op.getStaticLow()[i], high = op.getStaticHigh()[i];
    if (high != 0 || low < 0 || (low != 0 && i != axis))
      return refuse(op, "pads other than by a constant before the tokens");
  }
  if (!op.getConstantPaddingValue())
    return refuse(op, "pads tokens with what is not one value");
  set(op.getResult(), axis, op.getStaticLow()[axis]);
  return true;
}

/// As many rows as there are tokens, none of them later than its token.
bool TokenAxes::followSlice(tensor::ExtractSliceOp op) {
  std::optional<int64_t> axis = of(op.getSource());
  for (auto [i, size] : llvm::enumerate(op.getMixedSizes()))
    if (isCount(size) != (axis && *axis == static_cast<int64_t>(i)))
      return refuse(op, "slices along the tokens");
  if (!axis)
    return true;
  int64_t first = op.getStaticOffsets()[*axis];
  if (llvm::any_of(op.getMixedOffsets(),
                   [&](OpFoldResult offset) { return isCount(offset); }) ||
      first < 0 || first > leading(op.getSource()) ||
      op.getStaticStrides()[*axis] != 1)
    return refuse(op, "slices along the tokens");
  llvm::SmallBitVector dropped = op.getDroppedDims();
  int64_t before = 0;
  for (int64_t i = 0; i < *axis; ++i)
    before += dropped.test(i);
  axes[op.getResult()] = *axis - before;
  return true;
}

/// Rows side by side, as long as all of them belong to tokens.
bool TokenAxes::followConcat(tensor::ConcatOp op) {
  int64_t axis = of(op.getInputs().front()).value_or(op.getDim());
  for (Value input : op.getInputs())
    if (of(input) != axis || axis == static_cast<int64_t>(op.getDim()))
      return refuse(op, "mixes tokens");
  axes[op.getResult()] = axis;
  return true;
}

/// The tokens are one parallel loop, along which nothing else goes.
bool TokenAxes::followLinalg(linalg::LinalgOp op) {
  std::optional<unsigned> loop;
  for (OpOperand &operand : op->getOpOperands())
    if (std::optional<int64_t> axis = of(operand.get())) {
      auto place = dyn_cast<AffineDimExpr>(
          op.getMatchingIndexingMap(&operand).getResult(*axis));
      if (!place || (loop && *loop != place.getPosition()))
        return refuse(op, "mixes tokens");
      loop = place.getPosition();
    }
  if (!loop)
    return refuse(op, "asks for the number of tokens");
  bool readsTensors = false;
  op->walk([&](Operation *inner) {
    readsTensors |= inner != op && llvm::any_of(inner->getOperandTypes(),
                                                llvm::IsaPred<TensorType>);
  });
  if (readsTensors || op.hasIndexSemantics() ||
      op.getIteratorTypesArray()[*loop] != utils::IteratorType::parallel)
    return refuse(op, "mixes tokens");
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    std::optional<int64_t> axis = of(operand.get());
    for (auto [i, place] : llvm::enumerate(map.getResults()))
      if (place.isFunctionOfDim(*loop) != (axis && *axis == int64_t(i)))
        return refuse(op, "combines tokens with what has none");
  }
  for (auto [init, result] : llvm::zip(op.getDpsInits(), op->getResults())) {
    if (!of(init))
      return refuse(op, "combines tokens with what has none");
    axes[result] = *of(init);
  }
  return true;
}

bool TokenAxes::followLoop(scf::ForOp loop,
                           function_ref<bool(Operation *)> inside) {
  if (!keepsApart(loop))
    return false;
  for (auto [init, carried] :
       llvm::zip(loop.getInitArgs(), loop.getRegionIterArgs()))
    if (std::optional<int64_t> axis = of(init))
      axes[carried] = *axis;
  for (Operation &op :
       llvm::make_early_inc_range(loop.getBody()->without_terminator()))
    if (!inside(&op))
      return false;
  for (auto [carried, next, end] :
       llvm::zip(loop.getRegionIterArgs(), loop.getYieldedValues(),
                 loop.getResults())) {
    if (of(next) != of(carried) || leading(next))
      return refuse(loop, "carries tokens on otherwise than it got them");
    if (std::optional<int64_t> axis = of(next))
      axes[end] = *axis;
  }
  return true;
}

void TokenAxes::rename(Value before, Value after) {
  std::optional<int64_t> axis = of(before);
  axes.erase(before);
  if (axis)
    axes[after] = *axis;
}

bool TokenAxes::follow(Operation *op) {
  bool hasTokens = llvm::any_of(op->getOperands(), [&](Value operand) {
    return of(operand) || isCount(operand);
  });
  if (!hasTokens || op->hasTrait<OpTrait::IsTerminator>())
    return true;
  if (isElementwiseOnTensors(op))
    return followElementwise(op);
  if (worksByRow(op))
    return followRows(op, op->getOperand(0));
  return TypeSwitch<Operation *, bool>(op)
      .Case([&](tensor::DimOp op) { return followSize(op); })
      .Case([&](tensor::PadOp op) { return followPad(op); })
      .Case([&](tensor::ExtractSliceOp op) { return followSlice(op); })
      .Case([&](tensor::ConcatOp op) { return followConcat(op); })
      .Case([&](linalg::LinalgOp op) { return followLinalg(op); })
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
