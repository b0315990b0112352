/// Exponentials by the instructions of AVX-512 for their parts.
#include "lowering/cpu/Arithmetic.h"
#include "lowering/cpu/Exponentials.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace attention {

namespace {

/// For results that are rounded to bf16: relative error 2^-13, and 1 is 1.
constexpr double kCoefficientsForBf16[] = {0.9999252, 0.6958335, 0.2260672,
                                           0.0780245};
/// The same for results whose lower bits are cut off: half of the last place
/// that is left is added, which makes that rounding to the nearest.
constexpr double kCoefficientsForCutting[] = {
    kCoefficientsForBf16[0] + 0x1p-8, kCoefficientsForBf16[1],
    kCoefficientsForBf16[2], kCoefficientsForBf16[3]};

/// Of the polynomial in f of [-ln 2 / 2, ln 2 / 2] that approximates e^f in
/// float32: relative error 9.2e-8 before rounding, and 1 is 1.
constexpr double kNaturalCoefficients[] = {1.0,
                                           0.9999997063133556,
                                           0.49999147841127056,
                                           0.16667638127250656,
                                           0.041898159618743006,
                                           0.008290272111861815};

/// Emits such instructions for vectors of 4, 8 or 16 float32, or two of 16.
class PartsOfPowers {
public:
  PartsOfPowers(ImplicitLocOpBuilder &b, VectorType type) : b(b), type(type) {}

  /// x less the largest whole number that is not above it; 0 for infinities.
  Value fraction(Value x) {
    constexpr int64_t kDown = 0x09; // and no exceptions
    return call("reduce", {x, integer(32, kDown), x});
  }
  /// x, or the limit with the sign of x where x is farther from 0 than that, or
  /// NaN.
  Value within(Value x, Value limit) {
    constexpr int64_t kLeastMagnitude = 0x02;
    return call("range", {x, limit, integer(32, kLeastMagnitude), x});
  }
  /// x times 2 to the power of the largest whole number not above n.
  Value scale(Value x, Value n) { return call("scalef", {x, n, x}); }

private:
  Value integer(unsigned width, int64_t value) {
    return arith::ConstantIntOp::create(b, value, width);
  }
  Value call(StringRef name, ArrayRef<Value> operands) {
    int64_t lanes = type.getDimSize(0);
    if (lanes <= 16)
      return callOne(name, llvm::to_vector(operands), type);
    SmallVector<Value, 2> halves;
    auto half = VectorType::get({lanes / 2}, type.getElementType());
    for (int64_t from : {int64_t(0), lanes / 2}) {
      SmallVector<Value> parts;
      for (Value operand : operands)
        parts.push_back(isa<VectorType>(operand.getType())
                            ? vector::ExtractStridedSliceOp::create(
                                  b, operand, ArrayRef<int64_t>{from},
                                  half.getShape(), ArrayRef<int64_t>{1})
                            : operand);
      halves.push_back(callOne(name, parts, half));
    }
    return vector::ShuffleOp::create(
        b, halves[0], halves[1], llvm::to_vector(llvm::seq<int64_t>(lanes)));
  }
  Value callOne(StringRef name, SmallVector<Value> operands, VectorType type) {
    int64_t lanes = type.getDimSize(0);
    operands.push_back(integer(lanes == 16 ? 16 : 8, -1)); // all of them
    if (lanes == 16)
      operands.push_back(integer(32, 4)); // rounding as ever
    std::string intrinsic =
        ("llvm.x86.avx512.mask." + name + ".ps." + std::to_string(32 * lanes))
            .str();
    return LLVM::CallIntrinsicOp::create(b, type, b.getStringAttr(intrinsic),
                                         operands)
        .getResults();
  }

  ImplicitLocOpBuilder &b;
  VectorType type;
};

bool isRegister(VectorType type) {
  return type && type.getRank() == 1 && !type.isScalable() &&
         type.getElementType().isF32() &&
         llvm::is_contained({4, 8, 16, 32}, type.getDimSize(0));
}

Value polynomial(ImplicitLocOpBuilder &b, Value x,
                 ArrayRef<double> coefficients) {
  auto type = cast<VectorType>(x.getType());
  auto constant = [&](double value) -> Value {
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(type, b.getF32FloatAttr(value).getValue()));
  };
  Value result = constant(coefficients.back());
  for (double coefficient : llvm::reverse(coefficients.drop_back()))
    result = vector::FMAOp::create(b, result, x, constant(coefficient));
  return result;
}

/// A power of `x`, or 0 where `x` is below the logarithm of the smallest normal
/// number. Processors take fifty times as long for a product with a subnormal
/// one, and exponentials without these instructions are 0 there as well.
Value withoutSubnormals(ImplicitLocOpBuilder &b, Value power, Value x,
                        double lowest) {
  Arithmetic a(b, b.getLoc(), x.getType());
  Value isNormal = arith::CmpFOp::create(b, arith::CmpFPredicate::UGE, x,
                                         a.constant(lowest));
  return arith::SelectOp::create(b, isNormal, power, a.constant(0));
}

Value scaledExp2(ImplicitLocOpBuilder &b, Value x,
                 ArrayRef<double> coefficients) {
  PartsOfPowers parts(b, cast<VectorType>(x.getType()));
  return parts.scale(polynomial(b, parts.fraction(x), coefficients), x);
}

Value normalExp2(ImplicitLocOpBuilder &b, Value x) {
  return withoutSubnormals(b, scaledExp2(b, x, exp2Coefficients32()), x, -126);
}

/// e^x = 2^n e^(x - n ln 2). That ln 2 is one number of float32 adds 2.7e-9 |x|
/// to the relative error, at most 2.4e-7. Where n is infinite, or too large to
/// leave anything but rounding, any rest does that is small: then n decides,
/// and so it does where it is NaN.
Value scaledExp(ImplicitLocOpBuilder &b, Value x) {
  constexpr double kLog2E = 1.4426950408889634, kLn2 = 0.6931471805599453;
  Arithmetic a(b, b.getLoc(), x.getType());
  Value n = math::RoundEvenOp::create(b, a.multiply(x, a.constant(kLog2E)));
  Value rest = a.multiplyAdd(n, a.constant(-kLn2), x);
  PartsOfPowers parts(b, cast<VectorType>(x.getType()));
  rest = parts.within(rest, a.constant(kLn2 / 2 + 0x1p-14));
  Value power = parts.scale(polynomial(b, rest, kNaturalCoefficients), n);
  return withoutSubnormals(b, power, x, -87.33654);
}

/// Whether all that becomes of `power` is a number of bf16.
bool isRoundedToBf16(Operation *power) {
  if (!power->hasOneUse())
    return false;
  auto rounded = dyn_cast<arith::TruncFOp>(*power->user_begin());
  return rounded && getElementTypeOrSelf(rounded.getType()).isBF16();
}

/// The error of the product matters to nobody who rounds to bf16.
struct RoundedNaturalToBinary : OpRewritePattern<math::ExpOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::ExpOp op,
                                PatternRewriter &rewriter) const override {
    if (!isRegister(dyn_cast<VectorType>(op.getType())) || !isRoundedToBf16(op))
      return rewriter.notifyMatchFailure(op, "expects one that is rounded");
    Arithmetic a(rewriter, op.getLoc(), op.getType());
    Value binary = a.multiply(op.getOperand(), a.constant(1.4426950408889634));
    rewriter.replaceOpWithNewOp<math::Exp2Op>(op, binary);
    return success();
  }
};

struct ScaleNaturalVector : OpRewritePattern<math::ExpOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::ExpOp op,
                                PatternRewriter &rewriter) const override {
    if (!isRegister(dyn_cast<VectorType>(op.getType())))
      return rewriter.notifyMatchFailure(op, "expects a register of f32");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(op, scaledExp(b, op.getOperand()));
    return success();
  }
};

struct ScaleVector : OpRewritePattern<math::Exp2Op> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::Exp2Op op,
                                PatternRewriter &rewriter) const override {
    if (!isRegister(dyn_cast<VectorType>(op.getType())))
      return rewriter.notifyMatchFailure(op, "expects a register of f32");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    // Products of bf16 take subnormal numbers for zeros.
    rewriter.replaceOp(
        op, isRoundedToBf16(op)
                ? scaledExp2(b, op.getOperand(), kCoefficientsForBf16)
                : normalExp2(b, op.getOperand()));
    return success();
  }
};

/// Rounds a power by cutting bits off. Who widens the result again takes the
/// number that has zeros there.
struct CutVector : OpRewritePattern<math::Exp2Op> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::Exp2Op op,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<VectorType>(op.getType());
    if (!isRegister(type) || !isRoundedToBf16(op))
      return rewriter.notifyMatchFailure(op, "expects one that is rounded");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto rounded = cast<arith::TruncFOp>(*op->user_begin());
    Value power = scaledExp2(b, op.getOperand(), kCoefficientsForCutting);
    Value wide = withoutLowerHalves(b, power), narrow = upperHalves(b, power);
    for (Operation *user : llvm::make_early_inc_range(rounded->getUsers()))
      if (auto widened = dyn_cast<arith::ExtFOp>(user);
          widened && widened.getType() == type)
        rewriter.replaceOp(widened, wide);
    rewriter.replaceOp(rounded, narrow);
    rewriter.eraseOp(op);
    return success();
  }

private:
  static Value withoutLowerHalves(ImplicitLocOpBuilder &b, Value numbers) {
    auto type = cast<VectorType>(numbers.getType());
    VectorType bits = type.clone(b.getI32Type());
    Value upper = arith::ConstantOp::create(
        b, DenseElementsAttr::get(bits, APInt(32, 0xffff0000)));
    Value cut = arith::AndIOp::create(
        b, vector::BitCastOp::create(b, bits, numbers), upper);
    return vector::BitCastOp::create(b, type, cut);
  }
  static Value upperHalves(ImplicitLocOpBuilder &b, Value numbers) {
    int64_t lanes = cast<VectorType>(numbers.getType()).getDimSize(0);
    auto halves = VectorType::get({2 * lanes}, b.getI16Type());
    Value all = vector::BitCastOp::create(b, halves, numbers);
    SmallVector<int64_t> upper;
    for (int64_t lane = 0; lane < lanes; ++lane)
      upper.push_back(2 * lane + 1);
    return vector::BitCastOp::create(
        b, VectorType::get({lanes}, b.getBF16Type()),
        vector::ShuffleOp::create(b, all, all, upper));
  }
};

/// A scalar is an element of the smallest register.
template <typename Op> struct ScaleScalar : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    if (!op.getType().isF32())
      return rewriter.notifyMatchFailure(op, "expects f32");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Value wide = vector::BroadcastOp::create(
        b, VectorType::get({4}, op.getType()), op.getOperand());
    Value power = std::is_same_v<Op, math::ExpOp> ? scaledExp(b, wide)
                                                  : normalExp2(b, wide);
    rewriter.replaceOp(
        op, vector::ExtractOp::create(b, power, ArrayRef<int64_t>{0}));
    return success();
  }
};

} // namespace

void populateCutExponentials(RewritePatternSet &patterns) {
  patterns.add<CutVector>(patterns.getContext(), /*benefit=*/3);
}

void populateScaledExponentials(RewritePatternSet &patterns) {
  patterns.add<ScaleVector, ScaleScalar<math::Exp2Op>, ScaleNaturalVector,
               ScaleScalar<math::ExpOp>>(patterns.getContext(), /*benefit=*/2);
  patterns.add<RoundedNaturalToBinary>(patterns.getContext(), /*benefit=*/3);
}

} // namespace attention
