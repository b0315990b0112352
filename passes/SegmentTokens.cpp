#include "passes/SegmentTokens.h"

#include "passes/Elementwise.h"
#include "passes/SettledValues.h"
#include "passes/SizeChecks.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace attention {

namespace {

/// Follows the tokens through the region of `segments`. What mixes them is no
/// error where only carries are made of it.
class SegmentTokens {
public:
  explicit SegmentTokens(SegmentsOp op) : op(op) {
    axes.set(op.getBody().getArgument(0), 1);
  }
  /// Empty if the output goes row by row, else what is in the way.
  std::string whyNot();

private:
  bool follow(Operation *inner);
  bool follow(AttendOp attend);
  bool follow(tensor::ConcatOp concat);
  bool takesFirstRows(tensor::ExtractSliceOp slice);

  SegmentsOp op;
  TokenAxes axes;
  llvm::DenseMap<Value, std::string> mixed; ///< and by which op
};

} // namespace

/// Rows before those of the segment are all seen: they are no tokens of it.
bool SegmentTokens::follow(AttendOp attend) {
  if (axes.of(attend.getQuery()) != 2 || axes.leading(attend.getQuery()) ||
      axes.of(attend.getKey()) != 2 || axes.of(attend.getValue()) != 2)
    return axes.refuse(attend, "has queries, keys or values without tokens");
  if (!attend.getMaskAttr() || !attend.getMaskAttr().hidesFuture())
    return axes.refuse(attend, "lets queries see later keys");
  if (attend.getDocuments() || attend.getOffset() || attend.getBias() ||
      attend.getKeys() || attend.getDecay() || attend.getBeta() ||
      attend.getRemove() || attend.getReplace())
    return axes.refuse(attend, "has a clause that speaks of single keys");
  for (Value result : attend->getResults())
    axes.set(result, 2);
  return true;
}

/// What has no tokens may stand before them.
bool SegmentTokens::follow(tensor::ConcatOp concat) {
  ValueRange pieces = concat.getInputs();
  bool isBefore = llvm::none_of(pieces.drop_back(), [&](Value piece) {
    return axes.of(piece).has_value();
  });
  if (!isBefore || axes.of(pieces.back()) != int64_t(concat.getDim()) ||
      axes.leading(pieces.back()))
    return axes.refuse(concat, "mixes tokens");
  axes.set(concat.getResult(), concat.getDim(), /*leading=*/1);
  return true;
}

/// As many rows of what has no tokens as the segment has, from the first on:
/// one for each token.
bool SegmentTokens::takesFirstRows(tensor::ExtractSliceOp slice) {
  if (axes.of(slice.getSource()))
    return false;
  std::optional<int64_t> axis;
  for (auto [dim, size] : llvm::enumerate(slice.getMixedSizes()))
    if (axes.isCount(size)) {
      if (axis || slice.getStaticOffsets()[dim] != 0 ||
          slice.getStaticStrides()[dim] != 1)
        return false;
      axis = dim;
    }
  if (!axis)
    return false;
  llvm::SmallBitVector dropped = slice.getDroppedDims();
  int64_t before = 0;
  for (int64_t i = 0; i < *axis; ++i)
    before += dropped.test(i);
  axes.set(slice.getResult(), *axis - before);
  return true;
}

bool SegmentTokens::follow(Operation *inner) {
  if (auto loop = dyn_cast<scf::ForOp>(inner))
    return axes.followLoop(loop, [&](Operation *op) { return follow(op); });
  if (axes.readsTokensInside(inner))
    return axes.refuse(inner, "mixes tokens");
  bool hasTokens = llvm::any_of(inner->getOperands(), [&](Value operand) {
    return axes.of(operand).has_value();
  });
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(inner))
    if (takesFirstRows(slice))
      return true;
  auto attend = dyn_cast<AttendOp>(inner);
  if (attend && hasTokens)
    return follow(attend);
  auto concat = dyn_cast<tensor::ConcatOp>(inner);
  if (concat && axes.of(concat.getInputs().back()) == int64_t(concat.getDim()))
    return follow(concat);
  if (auto rotary = dyn_cast<RotaryOp>(inner))
    if (axes.of(rotary.getInput()) == 2 && !axes.leading(rotary.getInput()) &&
        !rotary.getPositions()) {
      axes.set(rotary.getOutput(), 2);
      return true;
    }
  bool isBehindOthers = llvm::any_of(inner->getOperands(), [&](Value operand) {
    return axes.leading(operand) != 0;
  });
  bool isByRow =
      worksByRow(inner) || isa<SplitHeadsOp>(inner) ||
      (isElementwiseOnTensors(inner) && inner->getNumOperands() == 1);
  if (isBehindOthers && !isByRow)
    return axes.refuse(inner, "mixes tokens with what stands before them");
  if (!axes.follow(inner))
    return false;
  if (isBehindOthers)
    axes.set(inner->getResult(0), *axes.of(inner->getResult(0)), 1);
  return true;
}

std::string SegmentTokens::whyNot() {
  Block &body = op.getBody().front();
  for (Operation &inner : body.without_terminator()) {
    std::string reason;
    for (Value value : readsOf(&inner))
      if (mixed.contains(value))
        reason = mixed.lookup(value);
    if (reason.empty() && !follow(&inner))
      reason = axes.takeReason();
    if (!reason.empty())
      for (Value result : inner.getResults())
        mixed[result] = reason;
  }
  Value output = body.getTerminator()->getOperand(0);
  if (mixed.contains(output))
    return mixed.lookup(output);
  if (axes.of(output) != 1 || axes.leading(output))
    axes.refuse(body.getTerminator(), "yields an output without tokens");
  return axes.takeReason();
}

bool isCausalInSegments(SegmentsOp op, TokenAxes &outside) {
  llvm::SetVector<Value> read;
  getUsedValuesDefinedAbove(op->getRegions(), read);
  if (llvm::any_of(read, [&](Value value) { return outside.of(value); }))
    return outside.refuse(op, "reads tokens of other segments");
  for (Value carry : op.getCarries()) {
    auto type = cast<RankedTensorType>(carry.getType());
    if (outside.of(carry))
      return outside.refuse(op, "starts with a carry that has tokens");
    if (type.getRank() == 0)
      return outside.refuse(op, "has a carry without dimensions");
  }
  for (Value last : op.getLast())
    if (!last.use_empty())
      return outside.refuse(op, "has last carries that are used");
  if (op.getInput().getType().isDynamicDim(2) ||
      op.getOutput().getType().isDynamicDim(2))
    return outside.refuse(op, "has columns of dynamic size");
  std::string reason = SegmentTokens(op).whyNot();
  return reason.empty() || outside.refuseBy(reason);
}

namespace {

/// Builds slices of `[batch, rows, columns]`.
class RowSlices {
public:
  RowSlices(OpBuilder &builder, Location loc) : builder(builder), loc(loc) {}

  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }
  /// Of as many sequences as `tensor` has, or as `like` has: its own number
  /// may be known as another value.
  Value rows(Value tensor, OpFoldResult first, OpFoldResult count,
             Value like = {}) {
    auto type = cast<RankedTensorType>(tensor.getType());
    SmallVector<int64_t> shape(type.getShape());
    shape[1] = ShapedType::kDynamic;
    Sizes sizes = tensor::getMixedSizes(builder, loc, tensor);
    sizes[1] = count;
    if (like)
      sizes[0] = tensor::getMixedSize(builder, loc, like, 0);
    return tensor::ExtractSliceOp::create(builder, loc, type.clone(shape),
                                          tensor, at(first), sizes, steps(3));
  }
  Value insert(Value rows, Value into, OpFoldResult first) {
    return tensor::InsertSliceOp::create(
        builder, loc, rows, into, at(first),
        tensor::getMixedSizes(builder, loc, rows), steps(3));
  }
  /// What is kept of carries, with those that `op` starts with over its front
  /// where there was no segment.
  SmallVector<Value> openCarries(SegmentsOp op, Value segments,
                                 ValueRange kept) {
    Value one = constant(1);
    Value isLater = arith::MinUIOp::create(builder, loc, segments, one);
    Value isFirst = arith::SubIOp::create(builder, loc, one, isLater);
    SmallVector<Value> opened;
    for (auto [start, carry] : llvm::zip(op.getCarries(), kept)) {
      auto type = cast<RankedTensorType>(start.getType());
      if (llvm::is_contained(type.getShape(), 0)) {
        opened.push_back(carry);
        continue;
      }
      Sizes sizes = tensor::getMixedSizes(builder, loc, start);
      Value batch = tensor::DimOp::create(builder, loc, start, 0);
      sizes[0] =
          arith::MulIOp::create(builder, loc, batch, isFirst).getResult();
      SmallVector<int64_t> shape(type.getShape());
      shape[0] = ShapedType::kDynamic;
      Value part = tensor::ExtractSliceOp::create(
          builder, loc, type.clone(shape), start, zeros(sizes.size()), sizes,
          steps(sizes.size()));
      opened.push_back(over(part, carry));
    }
    return opened;
  }
  /// The front of what is kept of each carry, by the sizes of those that vary.
  SmallVector<Value> fronts(SegmentsOp op, SegmentSizes &sizes,
                            ValueRange values, ValueRange kept) {
    SmallVector<Value> fronts(kept);
    for (auto [index, carry] : llvm::enumerate(fronts)) {
      Sizes extents = tensor::getMixedSizes(builder, loc, carry);
      for (auto [size, value] : llvm::zip(sizes.varying(), values))
        if (size.carry == index)
          extents[size.dim] = value;
      auto type = cast<RankedTensorType>(op.getLast()[index].getType());
      if (type != carry.getType())
        carry = tensor::ExtractSliceOp::create(builder, loc, type, carry,
                                               zeros(extents.size()), extents,
                                               steps(extents.size()));
    }
    return fronts;
  }
  /// `kept` with `carry` over its front.
  Value over(Value carry, Value kept) {
    Sizes sizes = tensor::getMixedSizes(builder, loc, carry);
    return tensor::InsertSliceOp::create(builder, loc, carry, kept,
                                         zeros(sizes.size()), sizes,
                                         steps(sizes.size()));
  }

private:
  using Sizes = SmallVector<OpFoldResult>;
  Sizes at(OpFoldResult first) {
    OpFoldResult zero = builder.getIndexAttr(0);
    return {zero, first, zero};
  }
  Sizes zeros(int64_t rank) { return Sizes(rank, builder.getIndexAttr(0)); }
  Sizes steps(int64_t rank) { return Sizes(rank, builder.getIndexAttr(1)); }

  OpBuilder &builder;
  Location loc;
};

} // namespace

/// `op` on other rows and carries.
static SegmentsOp on(OpBuilder &builder, SegmentsOp op, Value input,
                     ValueRange carries) {
  auto copy = cast<SegmentsOp>(builder.clone(*op));
  copy.getInputMutable().assign(input);
  copy.getCarriesMutable().assign(carries);
  copy.getOutput().setType(op.getOutput().getType().clone(
      {op.getOutput().getType().getDimSize(0), ShapedType::kDynamic,
       op.getOutput().getType().getDimSize(2)}));
  return copy;
}

SegmentsContinued continueSegments(SegmentsOp op, SegmentSizes &sizes,
                                   Value past, const SegmentState &before) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  RowSlices slices(builder, loc);
  Value length = slices.constant(op.getLength());
  Value waiting = arith::RemUIOp::create(builder, loc, past, length);
  Value segments = arith::DivUIOp::create(builder, loc, past, length);
  Value more = tensor::DimOp::create(builder, loc, op.getInput(), 1);
  // The rows that wait, then the new ones: segments begin where they began.
  Value total = arith::AddIOp::create(builder, loc, waiting, more);
  Value waitingRows =
      slices.rows(before.rows, builder.getIndexAttr(0), waiting, op.getInput());
  Value input = tensor::ConcatOp::create(
      builder, loc, 1, ValueRange{waitingRows, op.getInput()});
  SmallVector<Value> opened = slices.openCarries(op, segments, before.carries);
  SmallVector<Value> carries =
      slices.fronts(op, sizes, sizes.after(builder, segments), opened);
  Value rest = arith::RemUIOp::create(builder, loc, total, length);
  Value whole = arith::SubIOp::create(builder, loc, total, rest);
  SegmentsOp complete = on(
      builder, op, slices.rows(input, builder.getIndexAttr(0), whole), carries);
  Value begun = slices.rows(input, whole, rest);
  SegmentsOp last = on(builder, op, begun, complete.getLast());
  Value output = tensor::ConcatOp::create(
      builder, loc, 1, ValueRange{complete.getOutput(), last.getOutput()});
  output = slices.rows(output, waiting, more);
  SegmentsContinued after;
  after.rows = slices.insert(begun, before.rows, builder.getIndexAttr(0));
  after.output = output;
  for (auto [carry, kept] : llvm::zip(complete.getLast(), opened)) {
    SizeChecks(op).equal({"the first size of a carry", carry, 0},
                         {"that of the session", kept, 0});
    bool isAll = carry.getType() == kept.getType();
    after.carries.push_back(isAll ? Value(carry) : slices.over(carry, kept));
  }
  op.getOutput().replaceAllUsesWith(output);
  op.erase();
  return after;
}

} // namespace attention
