#include "dialect/Attention.h"
#include "passes/MeanHeads.h"
#include "passes/Passes.h"
#include "passes/PositiveFeatures.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_LINEARIZE
#include "passes/Passes.h.inc"

static bool isFiniteConstant(Value value) {
  APFloat number(0.0);
  return matchPattern(value, m_ConstantFloat(&number)) && number.isFinite();
}

/// `value` without the constants added to it, which a softmax does not see.
static Value withoutConstants(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (isa<arith::AddFOp, arith::SubFOp>(op) &&
        isFiniteConstant(op->getOperand(1)))
      value = op->getOperand(0);
    else if (isa<arith::AddFOp>(op) && isFiniteConstant(op->getOperand(0)))
      value = op->getOperand(1);
    else
      break;
  }
  return value;
}

/// Whether a logarithm is taken of the score itself.
static bool takesLogarithm(AttendOp op) {
  return !op.getScore().empty() &&
         llvm::any_of(op.getScore().getArgument(0).getUsers(),
                      [](Operation *user) { return isa<math::LogOp>(user); });
}

/// Why softmax over logarithms has no form of constant cost per token; empty
/// if it has.
static StringRef obstacle(AttendOp op) {
  Operation *yield = op.getScore().front().getTerminator();
  auto log =
      withoutConstants(yield->getOperand(0)).getDefiningOp<math::LogOp>();
  if (!log || log.getOperand() != op.getScore().getArgument(0))
    return "the score region is more than the logarithm of the score plus "
           "constants";
  if (!isPositive(op.getQuery()))
    return "query is not known to be positive, as math.exp and elu + 1 are: "
           "where all products are 0, softmax gives 0, but a quotient of sums "
           "no number";
  if (!isPositive(op.getKey()))
    return "key is not known to be positive, as math.exp and elu + 1 are: "
           "where all products are 0, softmax gives 0, but a quotient of sums "
           "no number";
  if (op.getScale() &&
      !(op.getScale()->isFiniteNonZero() && !op.getScale()->isNegative()))
    return "scale is not positive and finite";
  if (op.getMaskAttr() && !op.getMaskAttr().isCausal())
    return "the mask is neither causal nor absent";
  if (!op.getVisible().empty())
    return "visible chooses pairs one by one";
  if (op.getBias())
    return "bias changes scores pair by pair";
  if (op.getSink())
    return "sink joins the denominator";
  if (op.getLogSumExp())
    return "log_sum_exp is asked for";
  return "";
}

/// What the features are of, in heads if they are.
static Value inputOf(const FeatureMap &map) {
  if (!map.split)
    return map.input;
  SplitHeadsOp split = map.split;
  OpBuilder b(split);
  return SplitHeadsOp::create(b, split.getLoc(), map.input, split.getHeads());
}

/// Softmax over log <exp q, exp k> is what log_exp means; with other positive
/// features it is their products with the values over their products with ones.
static void linearize(AttendOp op) {
  std::optional<FeatureMap> query = featureMapOf(op.getQuery()),
                            key = featureMapOf(op.getKey());
  Feature feature = Feature::Identity;
  if (query && key && query->feature == key->feature) {
    feature = query->feature;
    op.getQueryMutable().assign(inputOf(*query));
    op.getKeyMutable().assign(inputOf(*key));
  }
  op.removeScaleAttr();
  op.getScore().dropAllReferences();
  op.getScore().getBlocks().clear();
  if (feature == Feature::Exp)
    op.setVariantAttr(LogExpAttr::get(op.getContext(), ValueForm::Linear));
  else
    op.setVariantAttr(
        LinearAttr::get(op.getContext(), feature, Normalizer::Keys));
}

static void rewrite(AttendOp op) {
  if (weighsAlike(op)) {
    StringRef reason = reduceToMean(op);
    if (!reason.empty())
      op.emitRemark("weighs all keys alike, but is no mean of all values: ")
          << reason;
    return;
  }
  if (!isa<SoftmaxAttr>(op.getVariant()) || !takesLogarithm(op))
    return;
  StringRef reason = obstacle(op);
  if (reason.empty())
    return linearize(op);
  op.emitRemark("keeps its cost per token, which grows with the past: ")
      << reason;
}

namespace {
struct Linearize : impl::LinearizeBase<Linearize> {
  void runOnOperation() override {
    getOperation().walk([](AttendOp op) { rewrite(op); });
  }
};
} // namespace

} // namespace attention
