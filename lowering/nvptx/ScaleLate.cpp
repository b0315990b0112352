#include "lowering/nvptx/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace attention {
#define GEN_PASS_DEF_SCALELATE
#include "lowering/nvptx/Passes.h.inc"
} // namespace attention

using namespace mlir;
using namespace attention;

/// The factor, if `tile` is scaled by one that is positive and finite.
static std::optional<APFloat> positiveFactor(arith::MulFOp scaling) {
  APFloat factor(0.0);
  if (!scaling || !matchPattern(scaling.getRhs(), m_ConstantFloat(&factor)) ||
      factor.isNegative() || !factor.isFiniteNonZero())
    return std::nullopt;
  return factor;
}

static bool isMaximum(vector::CombiningKind kind) {
  return kind == vector::CombiningKind::MAXIMUMF ||
         kind == vector::CombiningKind::MAXNUMF;
}

namespace {

/// The maximum of scaled elements is the scaled maximum, to the last bit:
/// products by a positive factor are rounded in the order of what they are of.
struct ScaleMaximum : OpRewritePattern<vector::MultiDimReductionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(vector::MultiDimReductionOp reduction,
                                PatternRewriter &rewriter) const override {
    auto scaling = reduction.getSource().getDefiningOp<arith::MulFOp>();
    std::optional<APFloat> factor = positiveFactor(scaling);
    auto type = dyn_cast<VectorType>(reduction.getDestType());
    if (!factor || !type || !isMaximum(reduction.getKind()))
      return failure();
    Location loc = reduction.getLoc();
    auto splat = [&](APFloat value) -> Value {
      return arith::ConstantOp::create(rewriter, loc,
                                       DenseElementsAttr::get(type, value));
    };
    Value lowest =
        splat(APFloat::getInf(factor->getSemantics(), /*Negative=*/true));
    Value most = vector::MultiDimReductionOp::create(
        rewriter, loc, type, reduction.getKind(), scaling.getLhs(), lowest,
        reduction.getReductionDims());
    most = arith::MulFOp::create(rewriter, loc, most, splat(*factor));
    rewriter.replaceOp(reduction, vector::makeArithReduction(
                                      rewriter, loc, reduction.getKind(), most,
                                      reduction.getAcc()));
    return success();
  }
};

/// A scaled element that is only subtracted from is scaled by the instruction
/// that subtracts, which rounds once.
struct FuseScale : OpRewritePattern<arith::SubFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::SubFOp difference,
                                PatternRewriter &rewriter) const override {
    auto scaling = difference.getLhs().getDefiningOp<arith::MulFOp>();
    auto contract = arith::FastMathFlags::contract;
    if (!isa<VectorType>(difference.getType()) || !positiveFactor(scaling) ||
        !scaling->hasOneUse() ||
        bitEnumContainsAll(difference.getFastmath(), contract))
      return failure();
    rewriter.modifyOpInPlace(scaling, [&] {
      scaling.setFastmath(scaling.getFastmath() | contract);
    });
    rewriter.modifyOpInPlace(difference, [&] {
      difference.setFastmath(difference.getFastmath() | contract);
    });
    return success();
  }
};

struct ScaleLate : attention::impl::ScaleLateBase<ScaleLate> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ScaleMaximum, FuseScale>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
