#include "passes/SessionStates.h"

#include "passes/KeptTokens.h"
#include "passes/SizeChecks.h"

#include "dialect/Names.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace attention {

/// The number of tokens so far is the size of an argument without data, so that
/// what depends on it is known before a run.
void SessionStates::open() {
  Builder builder(step.getContext());
  auto nothing =
      RankedTensorType::get({ShapedType::kDynamic}, builder.getI1Type());
  NamedAttribute isPast = builder.getNamedAttr(pastAttr, builder.getUnitAttr());
  (void)step.insertArgument(step.getNumArguments(), nothing,
                            builder.getDictionaryAttr(isPast), step.getLoc());
  pastArgument = step.getArguments().back();
}

Value SessionStates::past() {
  if (count)
    return count;
  OpBuilder builder(&step.front(), step.front().begin());
  Value zero = arith::ConstantIndexOp::create(builder, step.getLoc(), 0);
  return count =
             tensor::DimOp::create(builder, step.getLoc(), pastArgument, zero);
}

/// How many iterations there are; unknown where the loop says so. A loop that
/// never runs has one, which is never used: slices of nothing are refused.
static int64_t iterationsOf(scf::ForOp loop) {
  std::optional<llvm::APInt> count = loop.getStaticTripCount();
  return count ? std::max<int64_t>(count->getZExtValue(), 1)
               : ShapedType::kDynamic;
}

unsigned SessionStates::add(Operation *op, RankedTensorType type,
                            Value tokens) {
  SmallVector<int64_t> shape;
  for (const Loop &loop : loops)
    shape.push_back(iterationsOf(loop.op));
  llvm::append_range(shape, type.getShape());
  Builder builder(step.getContext());
  NamedAttribute number =
      builder.getNamedAttr(stateAttr, builder.getI64IntegerAttr(parts.size()));
  (void)step.insertArgument(step.getNumArguments(), type.clone(shape),
                            builder.getDictionaryAttr(number), step.getLoc());
  Value all = step.getArguments().back();
  parts.push_back({all, all, type});
  if (type.getRank() != 0 && type.isDynamicDim(0))
    SizeChecks(op).equal({"the sequences of tokens", tokens, 0},
                         {"those of the session", all, int64_t(loops.size())});
  return parts.size() - 1;
}

/// `own` offsets, behind the numbers of the iterations.
SessionStates::Sizes SessionStates::ofIteration(OpBuilder &builder,
                                                ArrayRef<OpFoldResult> own) {
  Sizes offsets;
  for (const Loop &loop : loops) {
    scf::ForOp op = loop.op;
    Location loc = op.getLoc();
    Value distance = builder.createOrFold<arith::SubIOp>(
        loc, op.getInductionVar(), op.getLowerBound());
    Value number =
        builder.createOrFold<arith::DivUIOp>(loc, distance, op.getStep());
    offsets.push_back(getValueOrCreateCastToIndexLike(
        builder, loc, builder.getIndexType(), number));
  }
  llvm::append_range(offsets, own);
  return offsets;
}

/// `own` sizes or strides, of one iteration each.
SessionStates::Sizes SessionStates::ofOne(OpBuilder &builder,
                                          ArrayRef<OpFoldResult> own) {
  Sizes sizes(loops.size(), builder.getIndexAttr(1));
  llvm::append_range(sizes, own);
  return sizes;
}

/// The first elements of what an iteration has of `all`.
Value SessionStates::slice(OpBuilder &builder, RankedTensorType type, Value all,
                           ArrayRef<OpFoldResult> sizes) {
  Sizes zeros(sizes.size(), builder.getIndexAttr(0)),
      ones(sizes.size(), builder.getIndexAttr(1));
  return tensor::ExtractSliceOp::create(
      builder, all.getLoc(), type, all, ofIteration(builder, zeros),
      ofOne(builder, sizes), ofOne(builder, ones));
}

Value SessionStates::insert(OpBuilder &builder, Value rows, Value all,
                            ArrayRef<OpFoldResult> offsets) {
  Location loc = rows.getLoc();
  Sizes sizes = tensor::getMixedSizes(builder, loc, rows),
        ones(sizes.size(), builder.getIndexAttr(1));
  return tensor::InsertSliceOp::create(
      builder, loc, rows, all, ofIteration(builder, offsets),
      ofOne(builder, sizes), ofOne(builder, ones));
}

Value SessionStates::read(Operation *op, unsigned part) {
  Value all = parts[part].all;
  if (loops.empty())
    return all;
  OpBuilder builder(op);
  Sizes sizes = tensor::getMixedSizes(builder, op->getLoc(), all);
  return slice(builder, parts[part].type, all,
               ArrayRef(sizes).drop_front(loops.size()));
}

void SessionStates::write(OpBuilder &builder, unsigned part, Value after) {
  Part &written = parts[part];
  Sizes zeros(written.type.getRank(), builder.getIndexAttr(0));
  written.after =
      loops.empty() ? after : insert(builder, after, written.all, zeros);
}

Value SessionStates::remember(Operation *op, Value tokens, int64_t axis,
                              std::optional<int64_t> reach) {
  auto type = cast<RankedTensorType>(tokens.getType());
  OpBuilder builder(op);
  Location loc = op->getLoc();
  Sizes offsets(type.getRank(), builder.getIndexAttr(0)),
      sizes = tensor::getMixedSizes(builder, loc, tokens);
  Value before = keptTokens(builder, loc, past(), reach);
  offsets[axis] = before;
  Part &part = parts[add(op, type, tokens)];
  unsigned argument = step.getNumArguments() - 1;
  step.setArgAttr(argument, tokensAttr,
                  builder.getI64IntegerAttr(axis + loops.size()));
  if (reach)
    step.setArgAttr(argument, reachAttr, builder.getI64IntegerAttr(*reach));
  part.after = insert(builder, tokens, part.all, offsets);
  Value more = tensor::DimOp::create(builder, loc, tokens, axis);
  sizes[axis] = arith::AddIOp::create(builder, loc, before, more).getResult();
  return slice(builder, type, part.after, sizes);
}

bool SessionStates::hasEmptyPart() const {
  return llvm::any_of(ArrayRef(parts).drop_front(loops.back().firstPart),
                      [](const Part &part) {
                        return llvm::is_contained(part.type.getShape(), 0);
                      });
}

scf::ForOp SessionStates::leave() {
  auto [loop, first] = loops.pop_back_val();
  auto own = MutableArrayRef(parts).drop_front(first);
  if (own.empty())
    return loop;
  SmallVector<Value> before, after;
  for (const Part &part : own) {
    before.push_back(part.all);
    after.push_back(part.after);
  }
  IRRewriter rewriter(loop);
  auto carrying = cast<scf::ForOp>(*loop.replaceWithAdditionalYields(
      rewriter, before, /*replaceInitOperandUsesInLoop=*/true,
      [&](OpBuilder &, Location, ArrayRef<BlockArgument>) { return after; }));
  for (auto [part, result] :
       llvm::zip(own, carrying.getResults().take_back(own.size())))
    part.after = result;
  return carrying;
}

void SessionStates::close() {
  auto terminator = cast<func::ReturnOp>(step.front().getTerminator());
  Builder builder(step.getContext());
  for (auto [index, part] : llvm::enumerate(parts)) {
    NamedAttribute number =
        builder.getNamedAttr(stateAttr, builder.getI64IntegerAttr(index));
    unsigned last = step.getNumResults();
    (void)step.insertResult(last, part.after.getType(),
                            builder.getDictionaryAttr(number));
    terminator->insertOperands(last, part.after);
  }
}

} // namespace attention
