/// What ops of upstream dialects rely on: there it is undefined what happens
/// otherwise, here it is an error of the run.
#include "dialect/Attention.h"
#include "passes/SizeChecks.h"
#include "passes/UpstreamChecks.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
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
  if (op->getParentOfType<linalg::LinalgOp>()) { // Code of one element.
    if (auto extract = dyn_cast<tensor::ExtractOp>(op))
      checkElement(extract);
    checkDivisor(op);
    return;
  }
  llvm::TypeSwitch<Operation *>(op)
      .Case<scf::ForOp>([](auto op) { checkStep(op); })
      .Case([](tensor::ConcatOp op) { checkConcat(op); })
      .Case([](tensor::CastOp op) { checkCast(op); })
      .Case([](tensor::ExtractOp op) { checkElement(op); })
      .Case([](tensor::InsertOp op) { checkElement(op); })
      .Case<tensor::EmptyOp, tensor::SplatOp, tensor::GenerateOp>(
          [](auto op) { checkExtents(op); })
      .Case([](tensor::ExtractSliceOp op) { checkSlice(op); })
      .Case([](tensor::InsertSliceOp op) { checkSlice(op); })
      .Case([](tensor::ExpandShapeOp op) { checkExpand(op); })
      .Case([](linalg::LinalgOp op) { checkLinalg(op); })
      .Default([](Operation *op) {
        if (OpTrait::hasElementwiseMappableTraits(op))
          checkElementwise(op);
        checkDivisor(op);
      });
}

} // namespace attention
