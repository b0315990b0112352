/// Places within tensors that ops of upstream dialects read and write.
#include "dialect/Attention.h"
#include "passes/SizeChecks.h"
#include "passes/UpstreamChecks.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;

namespace attention {

using Predicate = arith::CmpIPredicate;

/// Whether a number is only known once the model runs: what looks at sizes
/// beforehand does not see it.
static bool isData(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    // Loops are counted beforehand, what they carry is not.
    Operation *parent = argument.getOwner()->getParentOp();
    if (auto loop = dyn_cast<scf::ForOp>(parent))
      return value != loop.getInductionVar();
    return !isa<FunctionOpInterface>(parent);
  }
  Operation *op = value.getDefiningOp();
  if (isa<tensor::DimOp>(op))
    return false;
  if (isa<tensor::ExtractOp>(op) || op->getNumRegions() != 0)
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

Value asValue(SizeChecks &checks, OpFoldResult number) {
  if (auto value = dyn_cast<Value>(number))
    return value;
  return checks.constant(*getConstantIntValue(number));
}

//===- elements -----------------------------------------------------------===//

/// Whether an index is known to be within a dimension.
static bool isKnownInside(Value index, const Size &size) {
  std::optional<int64_t> number = getConstantIntValue(index);
  return number && size.isKnown() && *number >= 0 && *number < size.known();
}

static std::string wrongIndex(size_t dim) {
  return ("expects an index within size {0} of dimension " + Twine(dim) +
          ", but got {1}")
      .str();
}

template <typename Op> static void checkIndices(Op op, Value tensor) {
  SizeChecks checks(op);
  OpBuilder builder(op);
  for (auto [dim, index] : llvm::enumerate(op.getIndicesMutable())) {
    Size size{"", tensor, static_cast<int64_t>(dim)};
    if (isKnownInside(index.get(), size))
      continue;
    Value total = checks.value(size);
    Value bad = checks.compare(Predicate::uge, index.get(), total);
    checks.report(bad, wrongIndex(dim), {total, index.get()});
    if (isData(index.get()) && !size.isKnown())
      checks.report(checks.compare(Predicate::eq, total, checks.constant(0)),
                    "expects elements along dimension " + Twine(dim) +
                        ", but got {0}",
                    {total});
    index.set(heldInside(builder, op.getLoc(), index.get(), bad));
  }
}

/// Code of one element reads only where there is something: a loop that never
/// runs may stand above a tensor that has no elements.
static void guardElement(tensor::ExtractOp op) {
  SizeChecks checks(op);
  OpBuilder builder(op);
  Location loc = op.getLoc();
  Value bad;
  for (auto [dim, index] : llvm::enumerate(op.getIndices())) {
    Size size{"", op.getTensor(), static_cast<int64_t>(dim)};
    if (isKnownInside(index, size))
      continue;
    Value total = checks.value(size);
    Value outside = checks.compare(Predicate::uge, index, total);
    checks.report(outside, wrongIndex(dim), {total, index});
    bad =
        bad ? Value(arith::OrIOp::create(builder, loc, bad, outside)) : outside;
  }
  if (!bad)
    return;
  auto choice =
      scf::IfOp::create(builder, loc, op.getType(), bad, /*withElse=*/true);
  op.getResult().replaceAllUsesWith(choice.getResult(0));
  builder.setInsertionPointToStart(choice.thenBlock());
  Value none = arith::ConstantOp::create(builder, loc,
                                         builder.getZeroAttr(op.getType()));
  scf::YieldOp::create(builder, loc, none);
  builder.setInsertionPointToStart(choice.elseBlock());
  op->moveBefore(choice.elseBlock(), choice.elseBlock()->end());
  builder.setInsertionPointAfter(op);
  scf::YieldOp::create(builder, loc, op.getResult());
}

void checkElement(tensor::ExtractOp op) {
  // Pairs whose index is out of bounds read zero (lowering/PairRegions.cpp).
  if (isa<AttentionDialect>(op->getParentOp()->getDialect()))
    return;
  if (op->getParentOfType<linalg::LinalgOp>())
    return guardElement(op);
  checkIndices(op, op.getTensor());
}

void checkElement(tensor::InsertOp op) { checkIndices(op, op.getDest()); }

//===- slices -------------------------------------------------------------===//

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

template <typename Op> static void checkStretches(Op slice, Value whole) {
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

void checkSlice(tensor::ExtractSliceOp op) {
  checkStretches(op, op.getSource());
}
void checkSlice(tensor::InsertSliceOp op) { checkStretches(op, op.getDest()); }

} // namespace attention
