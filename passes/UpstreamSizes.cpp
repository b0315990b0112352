/// What ops of upstream dialects rely on: there it is undefined what happens
/// otherwise, here it is an error of the run.
#include "dialect/Attention.h"
#include "passes/SizeChecks.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attention {

using Predicate = arith::CmpIPredicate;

/// Joined tensors agree in all but the dimension that they are joined along.
static void checkConcat(tensor::ConcatOp concat) {
  SizeChecks checks(concat);
  Value first = concat.getInputs().front();
  for (Value other : concat.getInputs().drop_front())
    for (int64_t dim : llvm::seq<int64_t>(0, concat.getResultType().getRank()))
      if (dim != int64_t(concat.getDim())) {
        std::string name = ("dimension " + Twine(dim)).str();
        checks.equal({name, other, dim}, {"that of the first", first, dim});
      }
}

/// Elementwise operations on tensors want operands of one shape.
static void checkElementwise(Operation *op) {
  SizeChecks checks(op);
  Value first;
  for (Value operand : op->getOperands()) {
    if (!isa<RankedTensorType>(operand.getType()))
      continue;
    if (first)
      checks.same("the shape of an operand", operand, first);
    else
      first = operand;
  }
}

static void checkCast(tensor::CastOp cast) {
  auto from = dyn_cast<RankedTensorType>(cast.getSource().getType()),
       to = dyn_cast<RankedTensorType>(cast.getType());
  if (!from || !to)
    return;
  SizeChecks checks(cast);
  for (int64_t dim : llvm::seq<int64_t>(0, from.getRank())) {
    if (!from.isDynamicDim(dim) || to.isDynamicDim(dim))
      continue;
    Value actual = checks.value({"", cast.getSource(), dim}),
          wanted = checks.constant(to.getDimSize(dim));
    checks.report(checks.compare(Predicate::ne, actual, wanted),
                  "expects dimension " + Twine(dim) + " to be {0}, but got {1}",
                  {wanted, actual});
  }
}

//===- places within tensors ----------------------------------------------===//

/// Whether a number is only known once the model runs: what looks at sizes
/// beforehand does not see it.
static bool isData(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || isa<tensor::DimOp>(op))
    return false;
  if (isa<tensor::ExtractOp>(op))
    return true;
  return llvm::any_of(op->getOperands(), isData);
}

/// `value`, or 0 where `bad`: the run goes on after an error, and must not
/// leave the tensor. Sizes alone are looked at before the run.
static Value heldInside(OpBuilder &b, Location loc, Value value, Value bad) {
  if (!isData(value))
    return value;
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  return arith::SelectOp::create(b, loc, bad, zero, value);
}

static void checkElement(tensor::ExtractOp extract) {
  // Pairs whose index is out of bounds read zero (lowering/PairRegions.cpp),
  // and within a loop of linalg nothing can be reported.
  if (isa<AttentionDialect, linalg::LinalgDialect>(
          extract->getParentOp()->getDialect()))
    return;
  SizeChecks checks(extract);
  OpBuilder builder(extract);
  for (auto [dim, index] : llvm::enumerate(extract.getIndicesMutable())) {
    Size size{"", extract.getTensor(), static_cast<int64_t>(dim)};
    std::optional<int64_t> number = getConstantIntValue(index.get());
    if (number && size.isKnown() && *number >= 0 && *number < size.known())
      continue;
    Value total = checks.value(size);
    Value bad = checks.compare(Predicate::uge, index.get(), total);
    checks.report(bad,
                  "expects an index within size {0} of dimension " +
                      Twine(dim) + ", but got {1}",
                  {total, index.get()});
    if (isData(index.get()) && !size.isKnown())
      checks.report(checks.compare(Predicate::eq, total, checks.constant(0)),
                    "expects elements along dimension " + Twine(dim) +
                        ", but got {0}",
                    {total});
    index.set(heldInside(builder, extract.getLoc(), index.get(), bad));
  }
}

namespace {
/// One dimension of a slice, and the size that it must stay within.
struct Stretch {
  OpFoldResult offset, size, stride;
  Size whole;
  bool isAll() const {
    auto dim =
        dyn_cast_or_null<tensor::DimOp>(llvm::dyn_cast_if_present<Value>(size)
                                            ? cast<Value>(size).getDefiningOp()
                                            : nullptr);
    return isConstantIntValue(offset, 0) && dim &&
           dim.getSource() == whole.tensor &&
           dim.getConstantIndex() == whole.dim;
  }
};
} // namespace

static Value asValue(SizeChecks &checks, OpFoldResult number) {
  if (auto value = dyn_cast<Value>(number))
    return value;
  return checks.constant(*getConstantIntValue(number));
}

/// States that a stretch is inside; the condition under which it is not.
static Value checkStretch(OpBuilder &b, Operation *op, SizeChecks &checks,
                          const Stretch &stretch) {
  Location loc = op->getLoc();
  Value offset = asValue(checks, stretch.offset),
        extent = asValue(checks, stretch.size);
  if (!isConstantIntValue(stretch.stride, 1)) {
    // From the first element to the last one.
    Value none = checks.compare(Predicate::eq, extent, checks.constant(0));
    Value steps = arith::SubIOp::create(b, loc, extent, checks.constant(1));
    Value last =
        arith::MulIOp::create(b, loc, steps, asValue(checks, stretch.stride));
    last = arith::AddIOp::create(b, loc, last, checks.constant(1));
    extent = arith::SelectOp::create(b, loc, none, extent, last);
  }
  Value whole = checks.value(stretch.whole);
  Value isLong = checks.compare(Predicate::ugt, extent, whole);
  Value room = arith::SubIOp::create(b, loc, whole, extent);
  Value isLate = checks.compare(Predicate::ugt, offset, room);
  Value bad = arith::OrIOp::create(b, loc, isLong, isLate);
  std::string text = ("expects a slice within size {0} of dimension " +
                      Twine(stretch.whole.dim) + ", but got {1} from {2} on")
                         .str();
  // How much there is follows from sizes even where the place does not.
  if (isData(offset))
    checks.report(isLong, text, {whole, extent, checks.constant(0)});
  checks.report(bad, text, {whole, extent, offset});
  return bad;
}

template <typename Op> static void checkSlice(Op slice, Value whole) {
  SizeChecks checks(slice);
  OpBuilder b(slice);
  SmallVector<OpFoldResult> offsets = slice.getMixedOffsets();
  for (int64_t dim : llvm::seq<int64_t>(0, offsets.size())) {
    Stretch stretch{offsets[dim],
                    slice.getMixedSizes()[dim],
                    slice.getMixedStrides()[dim],
                    {"", whole, dim}};
    bool isKnown = stretch.whole.isKnown() && isa<Attribute>(stretch.offset) &&
                   isa<Attribute>(stretch.size) &&
                   isa<Attribute>(stretch.stride);
    if (isKnown || stretch.isAll())
      continue; // The verifier has seen to it, or nothing is left out.
    Value bad = checkStretch(b, slice, checks, stretch);
    if (auto offset = dyn_cast<Value>(stretch.offset))
      slice->setOperand(slice.getIndexOfDynamicOffset(dim),
                        heldInside(b, slice.getLoc(), offset, bad));
  }
}

//===- shapes -------------------------------------------------------------===//

static void checkExpand(tensor::ExpandShapeOp expand) {
  SizeChecks checks(expand);
  OpBuilder b(expand);
  SmallVector<OpFoldResult> sizes = expand.getMixedOutputShape();
  for (auto [dim, group] : llvm::enumerate(expand.getReassociationIndices())) {
    Size whole{"", expand.getSrc(), static_cast<int64_t>(dim)};
    bool isKnown = whole.isKnown();
    Value product = checks.constant(1);
    for (int64_t part : group) {
      isKnown &= isa<Attribute>(sizes[part]);
      product = arith::MulIOp::create(b, expand.getLoc(), product,
                                      asValue(checks, sizes[part]));
    }
    if (isKnown)
      continue;
    Value wanted = checks.value(whole);
    checks.report(checks.compare(Predicate::ne, product, wanted),
                  "expects sizes whose product is {0} for dimension " +
                      Twine(dim) + ", but got {1}",
                  {wanted, product});
  }
}

/// Each loop has one length, whoever says it.
static void checkLinalg(linalg::LinalgOp op) {
  SizeChecks checks(op);
  SmallVector<std::optional<std::pair<Value, int64_t>>> loops(op.getNumLoops());
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<RankedTensorType>(operand.get().getType()))
      continue;
    AffineMap map = op.getMatchingIndexingMap(&operand);
    for (auto [dim, place] : llvm::enumerate(map.getResults())) {
      auto loop = dyn_cast<AffineDimExpr>(place);
      if (!loop)
        continue;
      auto &first = loops[loop.getPosition()];
      if (!first) {
        first = {operand.get(), dim};
        continue;
      }
      std::string name = ("dimension " + Twine(dim) + " of operand " +
                          Twine(operand.getOperandNumber()))
                             .str(),
                  other = ("dimension " + Twine(first->second) +
                           " of an operand before it")
                              .str();
      checks.equal({name, operand.get(), static_cast<int64_t>(dim)},
                   {other, first->first, first->second});
    }
  }
}

void checkUpstream(Operation *op) {
  if (isa<linalg::LinalgDialect>(op->getParentOp()->getDialect()))
    return; // Code of one element.
  llvm::TypeSwitch<Operation *>(op)
      .Case([](tensor::ConcatOp op) { checkConcat(op); })
      .Case([](tensor::CastOp op) { checkCast(op); })
      .Case([](tensor::ExtractOp op) { checkElement(op); })
      .Case([](tensor::ExtractSliceOp op) { checkSlice(op, op.getSource()); })
      .Case([](tensor::InsertSliceOp op) { checkSlice(op, op.getDest()); })
      .Case([](tensor::ExpandShapeOp op) { checkExpand(op); })
      .Case([](linalg::LinalgOp op) { checkLinalg(op); })
      .Default([](Operation *op) {
        if (OpTrait::hasElementwiseMappableTraits(op))
          checkElementwise(op);
      });
}

} // namespace attention
