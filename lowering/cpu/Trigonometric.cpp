#include "lowering/cpu/Trigonometric.h"

#include "lowering/cpu/Arithmetic.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace attention {

static Type withElement(Type type, Type element) {
  if (auto shaped = dyn_cast<VectorType>(type))
    return VectorType::get(shaped.getShape(), element);
  return element;
}

namespace {

/// The argument as n quarters of a turn and a rest of at most an eighth. The
/// rest is found in f64: then angles of thousands of turns keep their digits.
struct Angle {
  Value rest;
  Value quarters; // n and higher bits, i64
};

Angle reduce(ImplicitLocOpBuilder &b, Value x) {
  constexpr double kQuarter = 1.5707963267948966, kRound = 6755399441055744.0;
  Type wide = withElement(x.getType(), b.getF64Type());
  Arithmetic a(b, b.getLoc(), wide);
  x = arith::ExtFOp::create(b, wide, x);
  Value sum = a.addRounded(a.multiply(x, a.constant(1.0 / kQuarter)), kRound);
  Value n = a.addRounded(sum, -kRound);
  Value rest = a.multiplyAdd(n, a.constant(-kQuarter), x);
  // Beyond 2^51 turns nothing is known but that the result is bounded.
  rest = a.clamp(rest, -1.0, 1.0);
  return {arith::TruncFOp::create(b, withElement(x.getType(), b.getF32Type()),
                                  rest),
          arith::BitcastOp::create(b, withElement(x.getType(), b.getI64Type()),
                                   sum)};
}

/// Whether bit `bit` of n + `quarters` is set.
Value hasBit(ImplicitLocOpBuilder &b, Value n, int64_t quarters, int64_t bit) {
  auto constant = [&](int64_t value) -> Value {
    TypedAttr attr = b.getI64IntegerAttr(value);
    if (auto shaped = dyn_cast<VectorType>(n.getType()))
      attr = DenseElementsAttr::get(shaped, Attribute(attr));
    return arith::ConstantOp::create(b, attr);
  };
  Value turned = arith::AddIOp::create(b, n, constant(quarters));
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ne,
                               arith::AndIOp::create(b, turned, constant(bit)),
                               constant(0));
}

/// sin(x + `quarters` quarters of a turn); errors below 1e-7.
Value sineOf(ImplicitLocOpBuilder &b, Value x, int64_t quarters) {
  Angle angle = reduce(b, x);
  Arithmetic a(b, b.getLoc(), x.getType());
  Value square = a.multiply(angle.rest, angle.rest);
  auto polynomial = [&](ArrayRef<double> highestFirst) {
    Value sum = a.constant(highestFirst.front());
    for (double coefficient : highestFirst.drop_front())
      sum = a.multiplyAdd(sum, square, a.constant(coefficient));
    return sum;
  };
  Value sine =
      a.multiplyAdd(a.multiply(polynomial({-1.9515295891e-4, 8.3321608736e-3,
                                           -1.6666654611e-1}),
                               square),
                    angle.rest, angle.rest);
  Value cosine = polynomial({2.443315711809948e-5, -1.388731625493765e-3,
                             4.166664568298827e-2, -0.5, 1.0});
  Value isOdd = hasBit(b, angle.quarters, quarters, 1);
  Value isNegative = hasBit(b, angle.quarters, quarters, 2);
  Value result = arith::SelectOp::create(b, isOdd, cosine, sine);
  return arith::SelectOp::create(b, isNegative,
                                 arith::NegFOp::create(b, result), result);
}

template <typename Op, int64_t quarters>
struct ExpandTrigonometric : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32())
      return rewriter.notifyMatchFailure(op, "expects f32");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(op, sineOf(b, op.getOperand(), quarters));
    return success();
  }
};

} // namespace

void populateTrigonometric(RewritePatternSet &patterns) {
  patterns.add<ExpandTrigonometric<math::SinOp, 0>,
               ExpandTrigonometric<math::CosOp, 1>>(patterns.getContext());
}

} // namespace attention
