#include "lowering/cpu/Arithmetic.h"
#include "lowering/cpu/Exponentials.h"
#include "lowering/cpu/Passes.h"
#include "lowering/cpu/PlainFunctions.h"
#include "lowering/cpu/Trigonometric.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_EXPANDMATH
#include "lowering/cpu/Passes.h.inc"

namespace {

Type withElement(Type type, Type element) {
  if (auto shaped = dyn_cast<ShapedType>(type))
    return shaped.clone(element);
  return element;
}

bool isHalf(Type type) {
  Type element = getElementTypeOrSelf(type);
  return element.isF16() || element.isBF16();
}

/// Functions of 16-bit numbers are functions of f32, rounded.
struct ComputeInFloat32 : RewritePattern {
  explicit ComputeInFloat32(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    if (!isa_and_nonnull<math::MathDialect>(op->getDialect()) ||
        op->getNumResults() != 1 || !isHalf(op->getResult(0).getType()))
      return failure();
    Location loc = op->getLoc();
    Type type = op->getResult(0).getType(), wide = rewriter.getF32Type();
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(
          isHalf(operand.getType())
              ? Value(arith::ExtFOp::create(
                    rewriter, loc, withElement(operand.getType(), wide),
                    operand))
              : operand);
    OperationState state(loc, op->getName(), operands,
                         {withElement(type, wide)}, op->getAttrs());
    Operation *widened = rewriter.create(state);
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, type,
                                                 widened->getResult(0));
    return success();
  }
};

/// The functions whose upstream polynomials keep to 1e-6 (see the test).
bool hasPolynomial(StringRef name) {
  return llvm::is_contained(
      {math::TanhOp::getOperationName(), math::ErfOp::getOperationName(),
       math::LogOp::getOperationName(), math::Log2Op::getOperationName(),
       math::Log1pOp::getOperationName(), math::SinOp::getOperationName(),
       math::CosOp::getOperationName()},
      name);
}

/// Upstream's logarithms take all numbers below the smallest normal one for
/// that: such numbers are multiplied by 2^24 before.
void keepSubnormals(Operation *log) {
  Type type = log->getResult(0).getType();
  if (!isa<math::LogOp, math::Log2Op>(log) ||
      !getElementTypeOrSelf(type).isF32())
    return;
  OpBuilder b(log);
  Arithmetic a(b, log->getLoc(), type);
  Value x = log->getOperand(0), result = log->getResult(0);
  double shift = isa<math::Log2Op>(log) ? 24 : 24 * llvm::numbers::ln2;
  Value isSmall = arith::CmpFOp::create(
      b, log->getLoc(), arith::CmpFPredicate::OLT, x, a.constant(0x1p-126));
  log->setOperand(0, arith::SelectOp::create(b, log->getLoc(), isSmall,
                                             a.multiply(x, a.constant(0x1p24)),
                                             x));
  b.setInsertionPointAfter(log);
  Value shifted =
      arith::SubFOp::create(b, log->getLoc(), result, a.constant(shift));
  auto either =
      arith::SelectOp::create(b, log->getLoc(), isSmall, shifted, result);
  result.replaceUsesWithIf(either, [&](OpOperand &use) {
    return use.getOwner() != either &&
           use.getOwner() != shifted.getDefiningOp();
  });
}

class ExpandMath : public impl::ExpandMathBase<ExpandMath> {
public:
  using ExpandMathBase::ExpandMathBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    if (powersOf2)
      populateScaledExponentials(patterns);
    if (powersOf2 && matrixBf16)
      populateCutExponentials(patterns);
    populateExponentials(patterns);
    populateTrigonometric(patterns);
    populatePlainFunctions(patterns);
    patterns.add<ComputeInFloat32>(&getContext());
    populateMathPolynomialApproximationPatterns(patterns, hasPolynomial);
    // Only these and what they become: functions of mathematics are few.
    SmallVector<Operation *> functions;
    getOperation().walk([&](Operation *op) {
      if (isa_and_nonnull<math::MathDialect>(op->getDialect()))
        functions.push_back(op);
    });
    for (Operation *op : functions)
      keepSubnormals(op);
    GreedyRewriteConfig config;
    config.setStrictness(GreedyRewriteStrictness::ExistingAndNewOps);
    if (failed(applyOpPatternsGreedily(functions, std::move(patterns), config)))
      signalPassFailure();
  }
};

} // namespace
} // namespace attention
