#include "lowering/nvptx/DoubleMath.h"
#include "lowering/nvptx/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace attention {
#define GEN_PASS_DEF_EXPANDGPUMATH
#include "lowering/nvptx/Passes.h.inc"
} // namespace attention

using namespace mlir;

/// A constant of `type`, a float or a vector of such.
static Value real(ImplicitLocOpBuilder &b, Type type, double value) {
  Type element = getElementTypeOrSelf(type);
  TypedAttr attribute = b.getFloatAttr(element, value);
  if (auto vector = dyn_cast<ShapedType>(type))
    attribute = DenseElementsAttr::get(vector, attribute);
  return arith::ConstantOp::create(b, attribute);
}

/// ex2.approx on f32: relative error 2^-22; results below the smallest normal
/// number are 0, -infinity gives 0, NaN stays.
static Value exp2Instruction(ImplicitLocOpBuilder &b, Value x) {
  auto call = [&](Value value) {
    return LLVM::CallIntrinsicOp::create(
               b, b.getF32Type(), b.getStringAttr("llvm.nvvm.ex2.approx.ftz.f"),
               ValueRange(value))
        .getResult(0);
  };
  auto vector = dyn_cast<VectorType>(x.getType());
  if (!vector)
    return call(x);
  SmallVector<Value> values;
  for (int64_t i = 0; i < vector.getNumElements(); ++i)
    values.push_back(call(vector::ExtractOp::create(b, x, i)));
  return vector::FromElementsOp::create(b, vector, values);
}

/// exp(x) = 2^h (1 + l ln 2), where h + l = x log2(e) with h rounded.
static Value expOfFloat(ImplicitLocOpBuilder &b, Value x) {
  Type type = x.getType();
  Value high = real(b, type, 0x1.715476p+0), low = real(b, type, 0x1.4ae0cp-26);
  Value h = arith::MulFOp::create(b, x, high);
  Value l = math::FmaOp::create(b, x, high, arith::NegFOp::create(b, h));
  l = math::FmaOp::create(b, x, low, l);
  // Infinities have no low part: there l is NaN, which compares false.
  Value small =
      arith::CmpFOp::create(b, arith::CmpFPredicate::OLT,
                            math::AbsFOp::create(b, l), real(b, type, 1.0));
  l = arith::SelectOp::create(b, small, l, real(b, type, 0.0));
  Value factor = math::FmaOp::create(b, l, real(b, type, 0x1.62e43p-1),
                                     real(b, type, 1.0));
  return arith::MulFOp::create(b, exp2Instruction(b, h), factor);
}

namespace {

/// Rewrites one operation of `math` on floats of `bits` bits by a function.
template <typename Op> struct Expand : OpRewritePattern<Op> {
  using Function = Value (*)(ImplicitLocOpBuilder &, Value);
  Expand(MLIRContext *context, unsigned bits, Function function)
      : OpRewritePattern<Op>(context, /*benefit=*/10), bits(bits),
        function(function) {}

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    Type element = getElementTypeOrSelf(op.getType());
    if (element.getIntOrFloatBitWidth() != bits)
      return rewriter.notifyMatchFailure(op, "is of another width");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(op, function(b, op.getOperand()));
    return success();
  }

  unsigned bits;
  Function function;
};

} // namespace

/// Operations that stay: NVPTX has instructions for them, or LLVM expands them.
static bool isNative(Operation *op) {
  return isa<math::AbsFOp, math::AbsIOp, math::CeilOp, math::CopySignOp,
             math::FloorOp, math::FmaOp, math::RoundEvenOp, math::RsqrtOp,
             math::SqrtOp, math::TruncOp, math::CountLeadingZerosOp,
             math::CountTrailingZerosOp, math::CtPopOp, math::IsNaNOp,
             math::IsInfOp, math::IsFiniteOp, math::IsNormalOp>(op);
}

/// Computes operations on 16-bit floats in f32.
static LogicalResult extendHalves(Operation *root) {
  MLIRContext *context = root->getContext();
  TypeConverter types;
  llvm::SetVector<Type> supported;
  supported.insert(Float32Type::get(context));
  supported.insert(Float64Type::get(context));
  math::populateExtendToSupportedTypesTypeConverter(types, supported,
                                                    Float32Type::get(context));
  ConversionTarget target(*context);
  math::populateExtendToSupportedTypesConversionTarget(target, types);
  RewritePatternSet patterns(context);
  math::populateExtendToSupportedTypesPatterns(patterns, types);
  return applyPartialConversion(root, target, std::move(patterns));
}

namespace {

struct ExpandGpuMath : attention::impl::ExpandGpuMathBase<ExpandGpuMath> {
  void runOnOperation() override {
    if (failed(extendHalves(getOperation())))
      return signalPassFailure();
    RewritePatternSet patterns(&getContext());
    patterns.add<Expand<math::Exp2Op>>(&getContext(), 32, exp2Instruction);
    patterns.add<Expand<math::ExpOp>>(&getContext(), 32, expOfFloat);
    patterns.add<Expand<math::Exp2Op>>(&getContext(), 64,
                                       attention::nvptx::exp2OfDouble);
    patterns.add<Expand<math::ExpOp>>(&getContext(), 64,
                                      attention::nvptx::expOfDouble);
    patterns.add<Expand<math::LogOp>>(&getContext(), 64,
                                      attention::nvptx::logOfDouble);
    patterns.add<Expand<math::Log2Op>>(&getContext(), 64,
                                       attention::nvptx::log2OfDouble);
    patterns.add<Expand<math::TanhOp>>(&getContext(), 64,
                                       attention::nvptx::tanhOfDouble);
    math::populateExpansionPatterns(patterns, {"sinh", "cosh", "tan", "asinh",
                                               "acosh", "atanh", "powf",
                                               "fpowi", "round", "clampf"});
    populateMathPolynomialApproximationPatterns(patterns,
                                                [](StringRef) { return true; });
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    WalkResult result = getOperation()->walk([](Operation *op) {
      if (op->getName().getDialectNamespace() != "math" || isNative(op))
        return WalkResult::advance();
      op->emitError("expects a function that this target can compute, but "
                    "got ")
          << op->getName() << " of "
          << getElementTypeOrSelf(op->getResult(0).getType());
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};

} // namespace
