#include "lowering/cpu/PlainFunctions.h"

#include "lowering/cpu/Arithmetic.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"
#include <limits>

using namespace mlir;

namespace attention {

static constexpr double endless = std::numeric_limits<double>::infinity();

static Value constant(ImplicitLocOpBuilder &b, Type type, double number) {
  return Arithmetic(b, b.getLoc(), type).constant(number);
}

/// tanh(x/2) (exp(x) + 1): the difference is never taken.
static Value expm1(ImplicitLocOpBuilder &b, Value x) {
  Type type = x.getType();
  Value half = arith::MulFOp::create(b, x, constant(b, type, 0.5));
  Value sum = arith::AddFOp::create(b, math::ExpOp::create(b, x),
                                    constant(b, type, 1.0));
  return arith::MulFOp::create(b, math::TanhOp::create(b, half), sum);
}

/// With u = 1 + x rounded, log(u) x / (u - 1): what rounding took of x it took
/// of the quotient, too. x where u is 1, and infinite where u is.
static Value log1p(ImplicitLocOpBuilder &b, Value x) {
  using Predicate = arith::CmpFPredicate;
  Type type = x.getType();
  Value one = constant(b, type, 1.0);
  Value u = arith::AddFOp::create(b, x, one);
  Value rounded = arith::SubFOp::create(b, u, one);
  Value ratio = arith::DivFOp::create(b, x, rounded);
  Value log = math::LogOp::create(b, u);
  Value mended = arith::MulFOp::create(b, log, ratio);
  Value isOne = arith::CmpFOp::create(b, Predicate::OEQ, u, one);
  Value isEndless = arith::CmpFOp::create(b, Predicate::OEQ, u,
                                          arith::AddFOp::create(b, u, one));
  Value result = arith::SelectOp::create(b, isEndless, log, mended);
  return arith::SelectOp::create(b, isOne, x, result);
}

static Value isInf(ImplicitLocOpBuilder &b, Value x) {
  Value infinity = constant(b, x.getType(), endless);
  return arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ,
                               math::AbsFOp::create(b, x), infinity);
}

static Value isNormal(ImplicitLocOpBuilder &b, Value x) {
  using Predicate = arith::CmpFPredicate;
  const llvm::fltSemantics &semantics =
      cast<FloatType>(getElementTypeOrSelf(x)).getFloatSemantics();
  Value size = math::AbsFOp::create(b, x);
  Value least =
      constant(b, x.getType(),
               APFloat::getSmallestNormalized(semantics).convertToDouble());
  Value infinity = constant(b, x.getType(), endless);
  return arith::AndIOp::create(
      b, arith::CmpFOp::create(b, Predicate::OGE, size, least),
      arith::CmpFOp::create(b, Predicate::OLT, size, infinity));
}

namespace {
template <typename Op> struct Expand : OpRewritePattern<Op> {
  using Function = Value (*)(ImplicitLocOpBuilder &, Value);

  Expand(MLIRContext *context, Function function, ArrayRef<unsigned> widths)
      : OpRewritePattern<Op>(context), function(function), widths(widths) {}

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    Value x = op.getOperand();
    if (!llvm::is_contained(widths,
                            getElementTypeOrSelf(x).getIntOrFloatBitWidth()))
      return failure();
    ImplicitLocOpBuilder builder(op.getLoc(), rewriter);
    rewriter.replaceOp(op, function(builder, x));
    return success();
  }

  Function function;
  SmallVector<unsigned> widths;
};

struct ExpandClamp : OpRewritePattern<math::ClampFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::ClampFOp op,
                                PatternRewriter &rewriter) const override {
    Value raised = arith::MaxNumFOp::create(rewriter, op.getLoc(),
                                            op.getValue(), op.getMin());
    rewriter.replaceOpWithNewOp<arith::MinNumFOp>(op, raised, op.getMax());
    return success();
  }
};
} // namespace

void populatePlainFunctions(RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  patterns.add<Expand<math::ExpM1Op>>(context, expm1,
                                      ArrayRef<unsigned>{32, 64});
  patterns.add<Expand<math::Log1pOp>>(context, log1p, ArrayRef<unsigned>{64});
  patterns.add<Expand<math::IsInfOp>>(context, isInf,
                                      ArrayRef<unsigned>{16, 32, 64});
  patterns.add<Expand<math::IsNormalOp>>(context, isNormal,
                                         ArrayRef<unsigned>{16, 32, 64});
  patterns.add<ExpandClamp>(context);
}

} // namespace attention
