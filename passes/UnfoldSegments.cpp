#include "dialect/Attention.h"
#include "passes/Passes.h"
#include "passes/SegmentSizes.h"
#include "passes/SourcePlace.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_UNFOLDSEGMENTS
#include "passes/Passes.h.inc"

namespace {

/// Writes one `segments` as a loop. What varies in size from one segment to the
/// next stands in a buffer of the most that it can be, beside its size.
class SegmentLoop {
public:
  explicit SegmentLoop(SegmentsOp op)
      : op(op), builder(op), loc(op.getLoc()), sizes(op) {}
  LogicalResult write();

private:
  using Sizes = SmallVector<OpFoldResult>;

  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }
  Sizes all(int64_t rank, int64_t value) {
    return Sizes(rank, builder.getIndexAttr(value));
  }
  Value converted(Value tensor, Type type) {
    return tensor.getType() == type
               ? tensor
               : tensor::CastOp::create(builder, loc, type, tensor);
  }
  Value firstPart(Value buffer, RankedTensorType type, Sizes extents);
  Value placed(Value tensor, Value buffer, Value row);
  Value bufferOf(unsigned carry);
  SmallVector<Value> initial();
  EmbedOp lookup();
  Value segment(Value first, Value rows, RankedTensorType type);
  SmallVector<Value> readCarries(scf::ForOp loop);
  void writeBody(scf::ForOp loop);
  void checkRows(Value rows, Value expected);
  void replaceBy(scf::ForOp loop);

  SegmentsOp op;
  OpBuilder builder;
  Location loc;
  SegmentSizes sizes;
};

} // namespace

/// The leading part of `buffer`, of these sizes where `type` has none.
Value SegmentLoop::firstPart(Value buffer, RankedTensorType type,
                             Sizes extents) {
  for (auto [dim, extent] : llvm::enumerate(type.getShape()))
    if (!ShapedType::isDynamic(extent))
      extents[dim] = builder.getIndexAttr(extent);
  return tensor::ExtractSliceOp::create(builder, loc, type, buffer,
                                        all(type.getRank(), 0), extents,
                                        all(type.getRank(), 1));
}

/// `buffer` with `tensor` over it, from `row` of its second dimension on, if
/// one is given.
Value SegmentLoop::placed(Value tensor, Value buffer, Value row) {
  int64_t rank = cast<RankedTensorType>(tensor.getType()).getRank();
  Sizes offsets = all(rank, 0);
  if (row)
    offsets[1] = row;
  return tensor::InsertSliceOp::create(
      builder, loc, tensor, buffer, offsets,
      tensor::getMixedSizes(builder, loc, tensor), all(rank, 1));
}

/// What a carry stands in before the first segment: a place of its own, as
/// others may start as the same.
Value SegmentLoop::bufferOf(unsigned carry) {
  Value start = op.getCarries()[carry];
  auto type = cast<RankedTensorType>(op.getLast()[carry].getType());
  Sizes extents = tensor::getMixedSizes(builder, loc, start);
  for (const CarriedSize &size : sizes.of(carry))
    extents[size.dim] = getAsOpFoldResult(size.most);
  Value buffer =
      tensor::EmptyOp::create(builder, loc, extents, type.getElementType());
  Value filled = placed(start, buffer, /*row=*/{});
  return sizes.varies(carry) ? filled : converted(filled, type);
}

/// The output, then the carries, then the sizes of carries that vary.
SmallVector<Value> SegmentLoop::initial() {
  RankedTensorType type = op.getOutput().getType();
  Sizes extents = tensor::getMixedSizes(builder, loc, op.getInput());
  extents[2] = getAsOpFoldResult(sizes.columns());
  SmallVector<Value> values = {
      tensor::EmptyOp::create(builder, loc, extents, type.getElementType())};
  for (unsigned carry = 0; carry < op.getCarries().size(); ++carry)
    values.push_back(bufferOf(carry));
  for (const CarriedSize &size : sizes.varying())
    values.push_back(size.first);
  return values;
}

/// The table lookup that makes the input, if it is for nothing else: then each
/// segment looks up its own rows, and nobody holds them all.
EmbedOp SegmentLoop::lookup() {
  auto embed = op.getInput().getDefiningOp<EmbedOp>();
  bool isOurs = embed && llvm::all_of(embed->getUsers(), [&](Operation *user) {
                  return user == op || isa<tensor::DimOp>(user);
                });
  return isOurs && embed.getIds().getType().getRank() == 2 ? embed : EmbedOp();
}

Value SegmentLoop::segment(Value first, Value rows, RankedTensorType type) {
  if (EmbedOp embed = lookup()) {
    Sizes extents = tensor::getMixedSizes(builder, loc, embed.getIds());
    extents[1] = rows;
    Value ids = tensor::ExtractSliceOp::create(
        builder, loc, embed.getIds(), Sizes{builder.getIndexAttr(0), first},
        extents, all(2, 1));
    return converted(
        EmbedOp::create(builder, embed.getLoc(), embed.getTable(), ids), type);
  }
  Sizes offsets = all(3, 0),
        extents = tensor::getMixedSizes(builder, loc, op.getInput());
  offsets[1] = first;
  extents[1] = rows;
  for (auto [dim, extent] : llvm::enumerate(type.getShape()))
    if (!ShapedType::isDynamic(extent))
      extents[dim] = builder.getIndexAttr(extent);
  return tensor::ExtractSliceOp::create(builder, loc, type, op.getInput(),
                                        offsets, extents, all(3, 1));
}

SmallVector<Value> SegmentLoop::readCarries(scf::ForOp loop) {
  SmallVector<Value> carries;
  unsigned count = op.getCarries().size();
  for (unsigned carry = 0; carry < count; ++carry) {
    Value buffer = loop.getRegionIterArg(1 + carry);
    if (!sizes.varies(carry)) {
      carries.push_back(buffer);
      continue;
    }
    Sizes extents = tensor::getMixedSizes(builder, loc, buffer);
    for (auto [number, size] : llvm::enumerate(sizes.varying()))
      if (size.carry == carry)
        // The minimum says what the loop keeps true: how large it can be.
        extents[size.dim] = getAsOpFoldResult(arith::MinSIOp::create(
            builder, loc, loop.getRegionIterArg(1 + count + number),
            size.most));
    carries.push_back(
        firstPart(buffer, cast<RankedTensorType>(op.getLast()[carry].getType()),
                  extents));
  }
  return carries;
}

/// Segments have as many rows of output as of input.
void SegmentLoop::checkRows(Value rows, Value expected) {
  std::string text =
      sourcePlace(loc) +
      "'attention.segments' expects as many rows of output as of the "
      "segment where it is compiled, but got {0} and {1}";
  Value bad = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne,
                                    rows, expected);
  FailIfOp::create(builder, loc, bad, constant(0), text,
                   ValueRange{rows, expected});
}

void SegmentLoop::writeBody(scf::ForOp loop) {
  builder.setInsertionPointToStart(loop.getBody());
  Value input = op.getInput(), first = loop.getInductionVar();
  Value total = tensor::DimOp::create(builder, loc, input, 1);
  AffineExpr d0, d1;
  bindDims(builder.getContext(), d0, d1);
  Value rows = affine::AffineMinOp::create(
      builder, loc,
      AffineMap::get(
          2, 0,
          {builder.getAffineConstantExpr(int64_t(op.getLength())), d0 - d1},
          builder.getContext()),
      ValueRange{total, first});
  Block &body = op.getBody().front();
  IRMapping mapping;
  mapping.map(body.getArgument(0),
              segment(first, rows,
                      cast<RankedTensorType>(body.getArgument(0).getType())));
  for (auto [argument, carry] :
       llvm::zip(body.getArguments().drop_front(), readCarries(loop)))
    mapping.map(argument, carry);
  for (Operation &inner : body.without_terminator())
    builder.clone(inner, mapping);

  SmallVector<Value> next;
  for (auto [number, operand] :
       llvm::enumerate(body.getTerminator()->getOperands())) {
    Value yielded = mapping.lookupOrDefault(operand);
    Value kept = loop.getRegionIterArg(number);
    if (number == 0)
      checkRows(tensor::DimOp::create(builder, loc, yielded, 1), rows);
    if (number == 0 || sizes.varies(number - 1))
      next.push_back(placed(yielded, kept, number == 0 ? first : Value()));
    else
      next.push_back(converted(yielded, kept.getType()));
  }
  for (const CarriedSize &size : sizes.varying())
    next.push_back(tensor::DimOp::create(
        builder, loc,
        mapping.lookupOrDefault(
            body.getTerminator()->getOperand(1 + size.carry)),
        size.dim));
  scf::YieldOp::create(builder, loc, next);
}

void SegmentLoop::replaceBy(scf::ForOp loop) {
  builder.setInsertionPointAfter(loop);
  op.getOutput().replaceAllUsesWith(
      converted(loop.getResult(0), op.getOutput().getType()));
  unsigned count = op.getCarries().size();
  for (unsigned carry = 0; carry < count; ++carry) {
    Value last = op.getLast()[carry], end = loop.getResult(1 + carry);
    if (sizes.varies(carry)) {
      Sizes extents = tensor::getMixedSizes(builder, loc, end);
      for (auto [number, size] : llvm::enumerate(sizes.varying()))
        if (size.carry == carry)
          extents[size.dim] = loop.getResult(1 + count + number);
      end = firstPart(end, cast<RankedTensorType>(last.getType()), extents);
    }
    last.replaceAllUsesWith(end);
  }
  op.erase();
}

LogicalResult SegmentLoop::write() {
  if (failed(sizes.read(builder)))
    return failure();
  SmallVector<Value> starts = initial();
  Value total = tensor::DimOp::create(builder, loc, op.getInput(), 1);
  auto loop = scf::ForOp::create(builder, loc, constant(0), total,
                                 constant(int64_t(op.getLength())), starts);
  writeBody(loop);
  replaceBy(loop);
  return success();
}

namespace {
struct UnfoldSegments : impl::UnfoldSegmentsBase<UnfoldSegments> {
  void runOnOperation() override {
    SmallVector<SegmentsOp> ops;
    getOperation().walk<WalkOrder::PreOrder>(
        [&](SegmentsOp op) { ops.push_back(op); });
    // What a region holds is written before it is copied.
    for (SegmentsOp op : llvm::reverse(ops))
      if (failed(SegmentLoop(op).write()))
        return signalPassFailure();
  }
};
} // namespace

} // namespace attention
