/// Exponentials by the instructions of AVX-512 for their parts.
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

/// Emits the two instructions for vectors of 4, 8 or 16 float32.
class PartsOfPowers {
public:
  PartsOfPowers(ImplicitLocOpBuilder &b, VectorType type) : b(b), type(type) {}

  /// x less the largest whole number that is not above it; 0 for infinities.
  Value fraction(Value x) {
    constexpr int64_t kDown = 0x09; // and no exceptions
    return call("reduce", {x, integer(32, kDown), x});
  }
  /// x times 2 to the power of the largest whole number not above n.
  Value scale(Value x, Value n) { return call("scalef", {x, n, x}); }

private:
  Value integer(unsigned width, int64_t value) {
    return arith::ConstantIntOp::create(b, value, width);
  }
  Value call(StringRef name, SmallVector<Value> operands) {
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
         llvm::is_contained({4, 8, 16}, type.getDimSize(0));
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

Value scaledExp2(ImplicitLocOpBuilder &b, Value x,
                 ArrayRef<double> coefficients) {
  PartsOfPowers parts(b, cast<VectorType>(x.getType()));
  return parts.scale(polynomial(b, parts.fraction(x), coefficients), x);
}

struct ScaleVector : OpRewritePattern<math::Exp2Op> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::Exp2Op op,
                                PatternRewriter &rewriter) const override {
    if (!isRegister(dyn_cast<VectorType>(op.getType())))
      return rewriter.notifyMatchFailure(op, "expects a register of f32");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    bool isRounded =
        op->hasOneUse() && isa<arith::TruncFOp>(*op->user_begin()) &&
        getElementTypeOrSelf(op->user_begin()->getResult(0).getType()).isBF16();
    rewriter.replaceOp(op, scaledExp2(b, op.getOperand(),
                                      isRounded ? ArrayRef(kCoefficientsForBf16)
                                                : exp2Coefficients32()));
    return success();
  }
};

/// A scalar is an element of the smallest register.
struct ScaleScalar : OpRewritePattern<math::Exp2Op> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::Exp2Op op,
                                PatternRewriter &rewriter) const override {
    if (!op.getType().isF32())
      return rewriter.notifyMatchFailure(op, "expects f32");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Value wide = vector::BroadcastOp::create(
        b, VectorType::get({4}, op.getType()), op.getOperand());
    Value power = scaledExp2(b, wide, exp2Coefficients32());
    rewriter.replaceOp(
        op, vector::ExtractOp::create(b, power, ArrayRef<int64_t>{0}));
    return success();
  }
};

} // namespace

void populateScaledExponentials(RewritePatternSet &patterns) {
  patterns.add<ScaleVector, ScaleScalar>(patterns.getContext(), /*benefit=*/2);
}

} // namespace attention
