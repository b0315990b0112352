#include "passes/AttendForms.h"
#include "passes/Fingerprint.h"
#include "passes/KeptTokens.h"
#include "passes/Passes.h"
#include "passes/SegmentTokens.h"
#include "passes/SizeChecks.h"
#include "passes/TokenAxes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_DERIVEDECODE
#include "passes/Passes.h.inc"

namespace {
/// Turns a copy of a function into one that goes on where a session is.
class StepFunction {
public:
  explicit StepFunction(func::FuncOp step) : step(step), axes(step) {}

  /// False, with a reason, if tokens cannot be fed in pieces.
  bool build();
  const std::string &reason() const { return axes.reason(); }

private:
  bool checkBorder();
  bool rewrite(Operation *op);
  bool rewrite(RotaryOp op);
  bool rewrite(AttendOp op);
  bool rewrite(tensor::PadOp op);
  bool rewrite(SegmentsOp op);
  bool checkAttend(AttendOp op);
  void keepMemory(AttendOp op);
  void keepKeys(AttendOp op);
  Value past();
  Value addState(Operation *op, RankedTensorType type, Value tokens);
  Value remember(Operation *op, Value tokens, int64_t axis,
                 std::optional<int64_t> reach);
  bool returnStates();

  func::FuncOp step;
  TokenAxes axes;
  Value pastArgument, count; ///< of tokens so far
  struct State {
    Value before, after;
  };
  SmallVector<State> states;
};
} // namespace

/// Tokens go in and come out; how many there are is for each run to say.
bool StepFunction::checkBorder() {
  bool takesTokens = false;
  for (BlockArgument argument : step.getArguments())
    if (std::optional<int64_t> axis = axes.of(argument)) {
      takesTokens = true;
      if (!cast<RankedTensorType>(argument.getType()).isDynamicDim(*axis))
        return axes.refuse(step, "has a fixed number of tokens");
    }
  return takesTokens || axes.refuse(step, "has no argument with tokens");
}

/// The number of tokens so far is the size of an argument without data, so that
/// what depends on it is known before a run.
Value StepFunction::past() {
  if (count)
    return count;
  OpBuilder builder(&step.front(), step.front().begin());
  Value zero = arith::ConstantIndexOp::create(builder, step.getLoc(), 0);
  return count =
             tensor::DimOp::create(builder, step.getLoc(), pastArgument, zero);
}

/// A state of `op`, for as many sequences side by side as `tokens` belong to.
Value StepFunction::addState(Operation *op, RankedTensorType type,
                             Value tokens) {
  Builder builder(step.getContext());
  NamedAttribute number =
      builder.getNamedAttr(stateAttr, builder.getI64IntegerAttr(states.size()));
  (void)step.insertArgument(step.getNumArguments(), type,
                            builder.getDictionaryAttr(number), step.getLoc());
  Value state = step.getArguments().back();
  states.push_back({state, {}});
  if (type.getRank() != 0 && type.isDynamicDim(0))
    SizeChecks(op).equal({"the sequences of tokens", tokens, 0},
                         {"those of the session", state, 0});
  return state;
}

bool StepFunction::rewrite(RotaryOp op) {
  if (axes.of(op.getInput()) != 2)
    return axes.refuse(op, "works along the tokens");
  axes.set(op.getOutput(), 2);
  if (op.getPositions())
    return axes.of(op.getPositions()) == 1 ||
           axes.refuse(op, "takes positions that have no tokens");
  OpBuilder builder(op);
  Location loc = op.getLoc();
  Value number =
      arith::IndexCastOp::create(builder, loc, builder.getI64Type(), past());
  OpFoldResult batch = tensor::getMixedSize(builder, loc, op.getInput(), 0);
  SmallVector<Value> sizes;
  if (auto size = dyn_cast<Value>(batch))
    sizes.push_back(size);
  auto type = RankedTensorType::get({op.getInput().getType().getDimSize(0)},
                                    builder.getI64Type());
  Value offset =
      tensor::SplatOp::create(builder, loc, number, type, sizes).getResult();
  if (op.getOffset())
    offset = arith::AddIOp::create(builder, loc, op.getOffset(), offset);
  op.getOffsetMutable().assign(offset);
  return true;
}

bool StepFunction::checkAttend(AttendOp op) {
  for (Value tensor :
       {Value(op.getQuery()), Value(op.getKey()), Value(op.getValue())})
    if (axes.of(tensor) != 2)
      return axes.refuse(op, "has queries, keys or values without tokens");
  if (!op.getMaskAttr() || !op.getMaskAttr().hidesFuture())
    return axes.refuse(op, "lets queries see later keys");
  if (op.getDocuments() || op.getOffset())
    return axes.refuse(op, "has documents or an offset");
  if (op.getKeys() && axes.of(op.getKeys()) != 1)
    return axes.refuse(op, "has a clause keys without tokens");
  RankedTensorType output = op.getOutput().getType();
  if (output.isDynamicDim(1) || output.isDynamicDim(3) ||
      op.getKey().getType().isDynamicDim(3))
    return axes.refuse(op, "has heads or columns of dynamic size");
  for (Value gate :
       {op.getDecay(), op.getBeta(), op.getRemove(), op.getReplace()})
    if (gate && axes.of(gate) != 2 &&
        cast<RankedTensorType>(gate.getType()).getDimSize(2) != 1)
      return axes.refuse(op, "has a clause for each token without tokens");
  if (op.getBias())
    for (int64_t dim : {2, 3})
      if (op.getBias().getType().getDimSize(dim) != 1)
        return axes.refuse(op, "has a bias for each token");
  return true;
}

/// Writes tokens behind those that a state has, and yields all of them.
Value StepFunction::remember(Operation *op, Value tokens, int64_t axis,
                             std::optional<int64_t> reach) {
  auto type = cast<RankedTensorType>(tokens.getType());
  OpBuilder builder(op);
  Location loc = op->getLoc();
  int64_t rank = type.getRank();
  SmallVector<OpFoldResult> offsets(rank, builder.getIndexAttr(0)),
      strides(rank, builder.getIndexAttr(1)),
      sizes = tensor::getMixedSizes(builder, loc, tokens);
  Value before = keptTokens(builder, loc, past(), reach);
  offsets[axis] = before;
  Value state = addState(op, type, tokens);
  unsigned argument = step.getNumArguments() - 1;
  step.setArgAttr(argument, tokensAttr, builder.getI64IntegerAttr(axis));
  if (reach)
    step.setArgAttr(argument, reachAttr, builder.getI64IntegerAttr(*reach));
  Value all = tensor::InsertSliceOp::create(builder, loc, tokens, state,
                                            offsets, sizes, strides);
  states.back().after = all;
  Value more = tensor::DimOp::create(builder, loc, tokens, axis);
  sizes[axis] = arith::AddIOp::create(builder, loc, before, more).getResult();
  offsets[axis] = builder.getIndexAttr(0);
  return tensor::ExtractSliceOp::create(builder, loc, type, all, offsets, sizes,
                                        strides);
}

/// Keys and values of all tokens that may be seen stay: the last query is at
/// the last key.
void StepFunction::keepKeys(AttendOp op) {
  std::optional<int64_t> reach = reachOf(op);
  auto keep = [&](OpOperand &operand, int64_t axis) {
    operand.set(remember(op, operand.get(), axis, reach));
  };
  keep(op.getKeyMutable(), 2);
  keep(op.getValueMutable(), 2);
  if (op.getKeys())
    keep(*op.getKeysMutable().begin(), 1);
}

/// A memory stays, in place of keys and values.
void StepFunction::keepMemory(AttendOp op) {
  auto variant = cast<ChunkedVariantInterface>(op.getVariant());
  SmallVector<Value> memory;
  unsigned first = states.size();
  for (RankedTensorType type :
       memoryTypes(variant, op.getOutput().getType(), op.getKey().getType()))
    memory.push_back(addState(op, type, op.getQuery()));
  OpBuilder builder(op);
  auto next = ContinueOp::create(builder, op.getLoc(), variant, op.getQuery(),
                                 op.getKey(), op.getValue(), past(), memory,
                                 op.getKeys(), op.getScaleAttr(), op.getDecay(),
                                 op.getBeta(), op.getRemove(), op.getReplace());
  for (auto [index, after] : llvm::enumerate(next.getNext()))
    states[first + index].after = after;
  axes.set(next.getOutput(), 2);
  op.getOutput().replaceAllUsesWith(next.getOutput());
  op.erase();
}

bool StepFunction::rewrite(AttendOp op) {
  if (!checkAttend(op))
    return false;
  axes.set(op.getOutput(), 2);
  if (op.getLogSumExp())
    axes.set(op.getLogSumExpRows(), 2);
  if (hasMemory(op))
    keepMemory(op);
  else
    keepKeys(op);
  return true;
}

/// The last tokens stay, as many as a causal padding has rows, and take the
/// place of those rows: all of them but for the first tokens.
bool StepFunction::rewrite(tensor::PadOp op) {
  if (!axes.follow(op))
    return false;
  int64_t axis = *axes.of(op.getResult());
  int64_t rows = axes.leading(op.getResult());
  SmallVector<int64_t> shape(op.getSourceType().getShape());
  shape[axis] = rows;
  if (llvm::any_of(ArrayRef(shape).drop_front(), ShapedType::isDynamic))
    return axes.refuse(op, "has heads or columns of dynamic size");
  Value kept = addState(
      op, RankedTensorType::get(shape, op.getSourceType().getElementType()),
      op.getSource());

  OpBuilder builder(op);
  builder.setInsertionPointAfter(op);
  Location loc = op.getLoc();
  SmallVector<OpFoldResult> first(shape.size(), builder.getIndexAttr(0)),
      strides(shape.size(), builder.getIndexAttr(1)),
      sizes = tensor::getMixedSizes(builder, loc, op.getSource());
  OpFoldResult more = sizes[axis];
  Value most = arith::ConstantIndexOp::create(builder, loc, rows);
  Value seen = arith::MinSIOp::create(builder, loc, past(), most);
  first[axis] = arith::SubIOp::create(builder, loc, most, seen).getResult();
  sizes[axis] = seen;
  Value rowsSeen =
      tensor::ExtractSliceOp::create(builder, loc, kept, first, sizes, strides);
  auto all = tensor::InsertSliceOp::create(
      builder, loc, rowsSeen, op.getResult(), first, sizes, strides);
  op.getResult().replaceAllUsesExcept(all, all);
  axes.set(all, axis, rows);
  first[axis] = more;
  sizes[axis] = builder.getIndexAttr(rows);
  states.back().after = tensor::ExtractSliceOp::create(
      builder, loc, cast<RankedTensorType>(kept.getType()), all, first, sizes,
      strides);
  return true;
}

/// The rows of the segment that is not complete yet stay, and the carries that
/// it begins with.
bool StepFunction::rewrite(SegmentsOp op) {
  if (!isCausalInSegments(op, axes))
    return false;
  RankedTensorType type = op.getInput().getType();
  unsigned first = states.size();
  SegmentState before;
  before.rows =
      addState(op,
               type.clone({type.getDimSize(0), int64_t(op.getLength()),
                           type.getDimSize(2)}),
               op.getInput());
  for (auto [start, last] : llvm::zip(op.getCarries(), op.getLast()))
    before.carries.push_back(
        addState(op, cast<RankedTensorType>(last.getType()), start));
  SegmentsContinued after = continueSegments(op, past(), before);
  axes.set(after.output, 1);
  states[first].after = after.rows;
  for (auto [index, carry] : llvm::enumerate(after.carries)) {
    State &state = states[first + 1 + index];
    state.after = carry;
    SizeChecks(step.front().getTerminator())
        .equal({"the first size of a carry", carry, 0},
               {"that of the session", state.before, 0});
  }
  return true;
}

bool StepFunction::rewrite(Operation *op) {
  if (!axes.keepsApart(op))
    return false;
  // What it would find there are the tokens of one piece.
  if (!isa<SegmentsOp>(op) && axes.readsTokensInside(op))
    return axes.refuse(op, "reads tokens in a region");
  if (auto pad = dyn_cast<tensor::PadOp>(op))
    if (axes.of(pad.getSource()))
      return rewrite(pad);
  if (auto attend = dyn_cast<AttendOp>(op)) {
    bool hasTokens = llvm::any_of(op->getOperands(), [&](Value operand) {
      return axes.of(operand).has_value();
    });
    return !hasTokens || rewrite(attend);
  }
  if (auto segments = dyn_cast<SegmentsOp>(op)) {
    if (axes.of(segments.getInput()))
      return rewrite(segments);
    if (axes.readsTokensInside(op))
      return axes.refuse(op, "reads tokens in a region");
  }
  if (auto rotary = dyn_cast<RotaryOp>(op))
    if (axes.of(rotary.getInput()))
      return rewrite(rotary);
  return axes.follow(op);
}

/// States are results as well, behind the others.
bool StepFunction::returnStates() {
  auto terminator = cast<func::ReturnOp>(step.front().getTerminator());
  for (auto [index, result] : llvm::enumerate(terminator.getOperands())) {
    auto axis = step.getResultAttrOfType<IntegerAttr>(index, tokensAttr);
    if (!axis || axes.of(result) != axis.getInt())
      return axes.refuse(terminator, "returns a result without tokens");
  }
  Builder builder(step.getContext());
  for (auto [index, state] : llvm::enumerate(states)) {
    NamedAttribute number =
        builder.getNamedAttr(stateAttr, builder.getI64IntegerAttr(index));
    unsigned last = step.getNumResults();
    if (failed(step.insertResult(last, state.after.getType(),
                                 builder.getDictionaryAttr(number))))
      return false;
    terminator->insertOperands(last, state.after);
  }
  return true;
}

bool StepFunction::build() {
  if (!checkBorder())
    return false;
  Builder builder(step.getContext());
  auto nothing =
      RankedTensorType::get({ShapedType::kDynamic}, builder.getI1Type());
  NamedAttribute isPast = builder.getNamedAttr(pastAttr, builder.getUnitAttr());
  if (failed(step.insertArgument(step.getNumArguments(), nothing,
                                 builder.getDictionaryAttr(isPast),
                                 step.getLoc())))
    return false;
  pastArgument = step.getArguments().back();
  for (Operation &op : llvm::make_early_inc_range(step.front()))
    if (!rewrite(&op))
      return false;
  return returnStates();
}

namespace {
struct DeriveDecode : impl::DeriveDecodeBase<DeriveDecode> {
  void runOnOperation() override {
    SmallVector<func::FuncOp> functions;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.isPublic() && !function.isDeclaration())
        functions.push_back(function);
    for (func::FuncOp function : functions)
      derive(function);
  }

  static void derive(func::FuncOp function) {
    auto copy = cast<func::FuncOp>(function->clone());
    copy.setName((function.getName() + ".step").str());
    copy.setPrivate();
    copy->setAttr(isStepAttr, UnitAttr::get(copy.getContext()));
    OpBuilder builder(function);
    copy->setAttr(fingerprintAttr,
                  builder.getI64IntegerAttr(
                      static_cast<int64_t>(fingerprintOf(function))));
    builder.setInsertionPointAfter(function);
    builder.insert(copy);
    StepFunction step(copy);
    if (step.build()) {
      function->setAttr(stepAttr, FlatSymbolRefAttr::get(copy));
      return;
    }
    function->setAttr(noStepAttr, builder.getStringAttr(step.reason()));
    copy.erase();
  }
};
} // namespace

} // namespace attention
