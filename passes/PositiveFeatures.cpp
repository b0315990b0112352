#include "passes/PositiveFeatures.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attention {

std::optional<double> numberEverywhere(Value value) {
  APFloat number(0.0);
  if (matchPattern(value, m_ConstantFloat(&number)))
    return number.convertToDouble();
  if (auto splat = value.getDefiningOp<tensor::SplatOp>())
    return numberEverywhere(splat.getInput());
  if (auto fill = value.getDefiningOp<linalg::FillOp>())
    return numberEverywhere(fill.getInputs().front());
  return std::nullopt;
}

//===- elu + 1 ------------------------------------------------------------===//

static bool isNumber(Value value, double number) {
  return numberEverywhere(value) == number;
}

/// The other operand of a sum with `number`, or null.
static Value withoutSummand(Value value, double number) {
  if (auto sum = value.getDefiningOp<arith::AddFOp>()) {
    if (isNumber(sum.getRhs(), number))
      return sum.getLhs();
    if (isNumber(sum.getLhs(), number))
      return sum.getRhs();
  }
  auto difference = value.getDefiningOp<arith::SubFOp>();
  if (difference && isNumber(difference.getRhs(), -number))
    return difference.getLhs();
  return {};
}

template <typename Op> static Value operandOf(Value value) {
  auto op = value ? value.getDefiningOp<Op>() : Op();
  return op ? op->getOperand(0) : Value();
}

/// The x of `x > 0 ? positive : other`, however the comparison is written.
static Value selectsByPositive(Value value, Value &positive, Value &other) {
  using P = arith::CmpFPredicate;
  auto select = value.getDefiningOp<arith::SelectOp>();
  auto compare =
      select ? select.getCondition().getDefiningOp<arith::CmpFOp>() : nullptr;
  if (!compare || !isNumber(compare.getRhs(), 0))
    return {};
  P predicate = compare.getPredicate();
  positive = select.getTrueValue();
  other = select.getFalseValue();
  if (llvm::is_contained({P::OLT, P::OLE, P::ULT, P::ULE}, predicate))
    std::swap(positive, other);
  else if (!llvm::is_contained({P::OGT, P::OGE, P::UGT, P::UGE}, predicate))
    return {};
  return compare.getLhs();
}

/// x of elu(x): x where it is positive, else exp(x) - 1.
static Value operandOfElu(Value value) {
  Value positive, other, x = selectsByPositive(value, positive, other);
  if (!x || positive != x)
    return {};
  bool isElu = operandOf<math::ExpM1Op>(other) == x;
  if (Value exponential = withoutSummand(other, -1))
    isElu |= operandOf<math::ExpOp>(exponential) == x;
  return isElu ? x : Value();
}

/// The x of max(x, 0), or of min(x, 0).
template <typename... Ops> static Value againstZero(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || !isa<Ops...>(op))
    return {};
  if (isNumber(op->getOperand(1), 0))
    return op->getOperand(0);
  return isNumber(op->getOperand(0), 0) ? op->getOperand(1) : Value();
}

static Value operandOfRelu(Value value) {
  return againstZero<arith::MaximumFOp, arith::MaxNumFOp>(value);
}

/// x of elu(x) + 1, in the ways that people write it: elu(x) + 1,
/// x > 0 ? x + 1 : exp(x), and max(x, 0) + exp(min(x, 0)).
static Value operandOfElu1(Value value) {
  if (Value elu = withoutSummand(value, 1))
    if (Value x = operandOfElu(elu))
      return x;
  Value positive, other;
  if (Value x = selectsByPositive(value, positive, other))
    return withoutSummand(positive, 1) == x &&
                   operandOf<math::ExpOp>(other) == x
               ? x
               : Value();
  auto sum = value.getDefiningOp<arith::AddFOp>();
  if (!sum)
    return {};
  for (auto [left, right] : {std::pair(sum.getLhs(), sum.getRhs()),
                             std::pair(sum.getRhs(), sum.getLhs())})
    if (Value x = operandOfRelu(left))
      if (Value exponent = operandOf<math::ExpOp>(right))
        if (againstZero<arith::MinimumFOp, arith::MinNumFOp>(exponent) == x)
          return x;
  return {};
}

std::optional<FeatureMap> featureMapOf(Value value) {
  auto split = value.getDefiningOp<SplitHeadsOp>();
  if (split)
    value = split.getInput();
  if (Value x = operandOf<math::ExpOp>(value))
    return FeatureMap{Feature::Exp, x, split};
  if (Value x = operandOfElu1(value))
    return FeatureMap{Feature::Elu1, x, split};
  return std::nullopt;
}

//===- signs --------------------------------------------------------------===//

/// At least 0, or no number.
static bool isNotNegative(Value value) {
  if (isPositive(value) || operandOfRelu(value) ||
      value.getDefiningOp<math::AbsFOp>())
    return true;
  if (auto split = value.getDefiningOp<SplitHeadsOp>())
    return isNotNegative(split.getInput());
  auto product = value.getDefiningOp<arith::MulFOp>();
  return product && product.getLhs() == product.getRhs();
}

static bool isPositiveResult(Operation *op) {
  auto positive = [&](unsigned i) { return isPositive(op->getOperand(i)); };
  if (isa<math::ExpOp, math::Exp2Op, math::CoshOp>(op))
    return true;
  if (isa<math::SqrtOp, math::Log1pOp, SplitHeadsOp, MergeHeadsOp>(op))
    return positive(0);
  if (isa<arith::MulFOp, arith::DivFOp, arith::MinimumFOp>(op))
    return positive(0) && positive(1);
  if (isa<arith::MaximumFOp>(op))
    return positive(0) || positive(1);
  if (isa<arith::SelectOp>(op))
    return positive(1) && positive(2);
  if (isa<arith::AddFOp>(op))
    return (positive(0) && isNotNegative(op->getOperand(1))) ||
           (positive(1) && isNotNegative(op->getOperand(0)));
  return false;
}

bool isPositive(Value value) {
  if (std::optional<double> number = numberEverywhere(value))
    return *number > 0;
  if (operandOfElu1(value))
    return true;
  Operation *op = value.getDefiningOp();
  return op && isPositiveResult(op);
}

} // namespace attention
