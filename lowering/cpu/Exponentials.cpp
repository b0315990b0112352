#include "lowering/cpu/Exponentials.h"

#include "lowering/cpu/Arithmetic.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace attention {

namespace {

/// The constants of one floating-point type. 2^x is 2^n (1 + f q(f)) with
/// n = floor(x) and f in [0, 1]; the coefficients minimise the largest relative
/// error, 1.4e-7 with the rounding of float32 and 1.2e-19 before rounding for
/// float64.
struct ExponentialOf {
  ArrayRef<double> coefficients;
  /// Adding `magic` to a number rounds it, and leaves it with the bias of the
  /// exponent in the lowest bits of the sum.
  double magic, bias;
  int64_t mantissaBits;
  /// Rounding x less this gives floor(x), and of whole numbers themselves up to
  /// the highest: a unit in the last place of that is missing to a half.
  double almostHalf;
  /// Arguments of exp2 are clamped to [lowest, highest]: floor(lowest) + bias
  /// is 0, so that the factor 2^n becomes 0, and at the highest it becomes inf.
  double lowest, highest;
  /// The same for exp.
  double naturalLowest, naturalHighest;
  /// ln 2 in two parts: n times the first is exact.
  double ln2High, ln2Low;
};

constexpr double kCoefficients32[] = {1.0,
                                      0.6931512951850891,
                                      0.24016444385051727,
                                      0.05579991266131401,
                                      0.009017030708491802,
                                      0.0018671300495043397};
constexpr double kCoefficients64[] = {1.0,
                                      0.6931471805599453,
                                      0.24022650695910078,
                                      0.05550410866481856,
                                      0.009618129107684748,
                                      0.001333355814101557,
                                      0.0001540353070023987,
                                      1.5252722792813224e-05,
                                      1.3215746344148444e-06,
                                      1.017401785226927e-07,
                                      7.09679519777704e-09,
                                      4.175052805899359e-10,
                                      3.5440421858907e-11};

const ExponentialOf kFloat32{/*coefficients=*/kCoefficients32,
                             /*magic=*/12582912.0,
                             /*bias=*/127.0,
                             /*mantissaBits=*/23,
                             /*almostHalf=*/0.5 - 0x1p-17,
                             /*lowest=*/-126.99999,
                             /*highest=*/128.0,
                             /*naturalLowest=*/-88.02,
                             /*naturalHighest=*/88.73,
                             /*ln2High=*/0.693359375,
                             /*ln2Low=*/-2.12194440e-4};
const ExponentialOf kFloat64{/*coefficients=*/kCoefficients64,
                             /*magic=*/6755399441055744.0,
                             /*bias=*/1023.0,
                             /*mantissaBits=*/52,
                             /*almostHalf=*/0.5 - 0x1p-43,
                             /*lowest=*/-1022.9999999,
                             /*highest=*/1024.0,
                             /*naturalLowest=*/-709.0,
                             /*naturalHighest=*/709.79,
                             /*ln2High=*/6.93147180369123816490e-01,
                             /*ln2Low=*/1.90821492927058770002e-10};

/// 2^n for the `rounded` sum of n, the bias and the magic number, times 2^f.
Value scaledPower(Arithmetic &a, const ExponentialOf &of, Value rounded,
                  Value f) {
  Value power = a.constant(of.coefficients.back());
  for (double coefficient : llvm::reverse(of.coefficients.drop_back()))
    power = a.multiplyAdd(power, f, a.constant(coefficient));
  return a.multiply(power, a.shiftBits(rounded, of.mantissaBits));
}

Value exp2Of(Arithmetic &a, const ExponentialOf &of, Value x) {
  x = a.clamp(x, of.lowest, of.highest);
  double magic = of.magic + of.bias;
  Value rounded = a.addRounded(a.addRounded(x, -of.almostHalf), magic);
  Value n = a.addRounded(rounded, -magic);
  return scaledPower(a, of, rounded, a.subtract(x, n));
}

Value expOf(Arithmetic &a, const ExponentialOf &of, Value x) {
  constexpr double kLog2E = 1.4426950408889634;
  x = a.clamp(x, of.naturalLowest, of.naturalHighest);
  double magic = of.magic + of.bias;
  Value binary = a.multiplyAdd(x, a.constant(kLog2E), a.constant(-0.5));
  Value rounded = a.addRounded(binary, magic);
  Value n = a.addRounded(rounded, -magic);
  Value rest = a.multiplyAdd(n, a.constant(-of.ln2High), x);
  rest = a.multiplyAdd(n, a.constant(-of.ln2Low), rest);
  return scaledPower(a, of, rounded, a.multiply(rest, a.constant(kLog2E)));
}

template <typename Op,
          Value (*expand)(Arithmetic &, const ExponentialOf &, Value)>
struct ExpandExponential : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    Type type = op.getType(), element = getElementTypeOrSelf(type);
    if (!element.isF32() && !element.isF64())
      return rewriter.notifyMatchFailure(op, "expects f32 or f64");
    Arithmetic arithmetic(rewriter, op.getLoc(), type);
    rewriter.replaceOp(op,
                       expand(arithmetic, element.isF32() ? kFloat32 : kFloat64,
                              op.getOperand()));
    return success();
  }
};

} // namespace

ArrayRef<double> exp2Coefficients32() { return kCoefficients32; }

void populateExponentials(RewritePatternSet &patterns) {
  patterns.add<ExpandExponential<math::Exp2Op, exp2Of>,
               ExpandExponential<math::ExpOp, expOf>>(patterns.getContext());
}

} // namespace attention
