#include "passes/AttendForms.h"
#include "passes/Fingerprint.h"
#include "passes/KeptTokens.h"
#include "passes/Passes.h"
#include "passes/SegmentTokens.h"
#include "passes/SessionStates.h"
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
  explicit StepFunction(func::FuncOp step)
      : step(step), axes(step), states(step) {}

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
  bool rewrite(scf::ForOp loop);
  bool checkAttend(AttendOp op);
  void keepMemory(AttendOp op);
  void keepKeys(AttendOp op);
  bool checkResults();

  func::FuncOp step;
  TokenAxes axes;
  SessionStates states;
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

bool StepFunction::rewrite(RotaryOp op) {
  if (axes.of(op.getInput()) != 2)
    return axes.refuse(op, "works along the tokens");
  axes.set(op.getOutput(), 2);
  if (op.getPositions())
    return axes.of(op.getPositions()) == 1 ||
           axes.refuse(op, "takes positions that have no tokens");
  OpBuilder builder(op);
  Location loc = op.getLoc();
  Value number = arith::IndexCastOp::create(builder, loc, builder.getI64Type(),
                                            states.past());
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

/// Keys and values of all tokens that may be seen stay: the last query is at
/// the last key.
void StepFunction::keepKeys(AttendOp op) {
  std::optional<int64_t> reach = reachOf(op);
  auto keep = [&](OpOperand &operand, int64_t axis) {
    operand.set(states.remember(op, operand.get(), axis, reach));
  };
  keep(op.getKeyMutable(), 2);
  keep(op.getValueMutable(), 2);
  if (op.getKeys())
    keep(*op.getKeysMutable().begin(), 1);
}

/// A memory stays, in place of keys and values.
void StepFunction::keepMemory(AttendOp op) {
  auto variant = cast<ChunkedVariantInterface>(op.getVariant());
  SmallVector<unsigned> parts;
  SmallVector<Value> memory;
  for (RankedTensorType type :
       memoryTypes(variant, op.getOutput().getType(), op.getKey().getType())) {
    parts.push_back(states.add(op, type, op.getQuery()));
    memory.push_back(states.read(op, parts.back()));
  }
  OpBuilder builder(op);
  auto next = ContinueOp::create(
      builder, op.getLoc(), variant, op.getQuery(), op.getKey(), op.getValue(),
      states.past(), memory, op.getKeys(), op.getScaleAttr(), op.getDecay(),
      op.getBeta(), op.getRemove(), op.getReplace());
  for (auto [part, after] : llvm::zip(parts, next.getNext()))
    states.write(builder, part, after);
  axes.rename(op.getOutput(), next.getOutput());
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
  auto type = RankedTensorType::get(shape, op.getSourceType().getElementType());
  unsigned part = states.add(op, type, op.getSource());
  Value kept = states.read(op, part);

  OpBuilder builder(op);
  builder.setInsertionPointAfter(op);
  Location loc = op.getLoc();
  SmallVector<OpFoldResult> first(shape.size(), builder.getIndexAttr(0)),
      strides(shape.size(), builder.getIndexAttr(1)),
      sizes = tensor::getMixedSizes(builder, loc, op.getSource());
  OpFoldResult more = sizes[axis];
  Value most = arith::ConstantIndexOp::create(builder, loc, rows);
  Value seen = arith::MinSIOp::create(builder, loc, states.past(), most);
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
  Value last = tensor::ExtractSliceOp::create(builder, loc, type, all, first,
                                              sizes, strides);
  states.write(builder, part, last);
  return true;
}

/// The rows of the segment that is not complete yet stay, and the carries that
/// it begins with.
bool StepFunction::rewrite(SegmentsOp op) {
  if (!isCausalInSegments(op, axes))
    return false;
  OpBuilder builder(op);
  SegmentSizes sizes(op);
  if (!sizes.readForSession(builder))
    return axes.refuse(op, "has a carry whose size has no constant bound");
  RankedTensorType type = op.getInput().getType();
  SmallVector<unsigned> parts;
  auto keep = [&](RankedTensorType type, Value like) {
    parts.push_back(states.add(op, type, like));
    return states.read(op, parts.back());
  };
  SegmentState before;
  before.rows = keep(type.clone({type.getDimSize(0), int64_t(op.getLength()),
                                 type.getDimSize(2)}),
                     op.getInput());
  for (auto [index, start] : llvm::enumerate(op.getCarries()))
    before.carries.push_back(keep(sizes.largest(index), start));
  OpBuilder behind(op->getContext());
  behind.setInsertionPointAfter(op);
  SegmentsContinued after = continueSegments(op, sizes, states.past(), before);
  axes.set(after.output, 1);
  states.write(behind, parts.front(), after.rows);
  for (auto [part, carry] :
       llvm::zip(ArrayRef(parts).drop_front(), after.carries))
    states.write(behind, part, carry);
  return true;
}

/// A stack of layers that are written once.
bool StepFunction::rewrite(scf::ForOp loop) {
  states.enter(loop);
  if (!axes.followLoop(loop, [&](Operation *op) { return rewrite(op); }))
    return false;
  if (states.hasOwnPart() && !loop.getStaticTripCount())
    return axes.refuse(loop, "keeps a state for each of its iterations, but "
                             "their number is no constant");
  if (states.hasEmptyPart())
    return axes.refuse(loop, "keeps a state without elements");
  SmallVector<Value> carries(loop.getRegionIterArgs()), ends(loop.getResults());
  scf::ForOp carrying = states.leave();
  for (auto [before, after] : llvm::zip(carries, carrying.getRegionIterArgs()))
    axes.rename(before, after);
  for (auto [before, after] : llvm::zip(ends, carrying.getResults()))
    axes.rename(before, after);
  return true;
}

bool StepFunction::rewrite(Operation *op) {
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return rewrite(loop);
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

bool StepFunction::checkResults() {
  auto terminator = cast<func::ReturnOp>(step.front().getTerminator());
  for (auto [index, result] : llvm::enumerate(terminator.getOperands())) {
    auto axis = step.getResultAttrOfType<IntegerAttr>(index, tokensAttr);
    if (!axis || axes.of(result) != axis.getInt())
      return axes.refuse(terminator, "returns a result without tokens");
  }
  return true;
}

bool StepFunction::build() {
  if (!checkBorder())
    return false;
  states.open();
  for (Operation &op : llvm::make_early_inc_range(step.front()))
    if (!rewrite(&op))
      return false;
  if (!checkResults())
    return false;
  states.close();
  return true;
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
