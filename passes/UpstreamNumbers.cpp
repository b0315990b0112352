/// Numbers that ops of upstream dialects want to be positive, or other than 0.
#include "dialect/Attention.h"
#include "passes/SizeChecks.h"
#include "passes/UpstreamChecks.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attention {

using Predicate = arith::CmpIPredicate;

/// A number of any type of whole numbers as an index, for a message.
static Value asIndex(OpBuilder &b, Location loc, Value value) {
  if (value.getType().isIndex())
    return value;
  return arith::IndexCastOp::create(b, loc, b.getIndexType(), value);
}

/// `value`, or 1 where `bad`.
static Value orOne(OpBuilder &b, Location loc, Value value, Value bad) {
  Value one =
      arith::ConstantOp::create(b, loc, b.getIntegerAttr(value.getType(), 1));
  return arith::SelectOp::create(b, loc, bad, one, value);
}

static Value compareTo(OpBuilder &b, Location loc, Predicate predicate,
                       Value value, int64_t number) {
  Value other = arith::ConstantOp::create(
      b, loc, b.getIntegerAttr(value.getType(), number));
  return arith::CmpIOp::create(b, loc, predicate, value, other);
}

void checkStep(scf::ForOp op) {
  Value step = op.getStep();
  if (getConstantIntValue(step).value_or(0) > 0)
    return;
  OpBuilder b(op);
  Location loc = op.getLoc();
  Value bad = compareTo(b, loc, Predicate::sle, step, 0);
  SizeChecks(op).report(bad, "expects a step above 0, but got {0}",
                        asIndex(b, loc, step));
  op.getStepMutable().assign(orOne(b, loc, step, bad)); // to come to an end
}

/// Whether a number that follows from sizes may be below 0.
static bool mayBeNegative(Value value) {
  if (std::optional<int64_t> number = getConstantIntValue(value))
    return *number < 0;
  Operation *op = value.getDefiningOp();
  if (!op || !isa<arith::ArithDialect>(op->getDialect()))
    return false;
  if (isa<arith::MaxSIOp>(op))
    return llvm::all_of(op->getOperands(), mayBeNegative);
  return isa<arith::SubIOp>(op) ||
         llvm::any_of(op->getOperands(), mayBeNegative);
}

void checkExtents(Operation *op) {
  SizeChecks checks(op);
  for (Value size : op->getOperands())
    if (size.getType().isIndex() && mayBeNegative(size))
      checks.report(checks.compare(Predicate::slt, size, checks.constant(0)),
                    "expects sizes of at least 0, but got {0}", size);
}

static bool isNumber(Value value, function_ref<bool(const APInt &)> holds) {
  APInt number;
  return matchPattern(value, m_ConstantInt(&number)) && holds(number);
}

bool isNeverZero(Value divisor) {
  auto isPositive = [](Value value) {
    return isNumber(value,
                    [](const APInt &n) { return n.isStrictlyPositive(); });
  };
  auto isOther = [](const APInt &number) { return !number.isZero(); };
  DenseIntElementsAttr numbers;
  if (isNumber(divisor, isOther) ||
      (matchPattern(divisor, m_Constant(&numbers)) &&
       llvm::all_of(numbers.getValues<APInt>(), isOther)))
    return true;
  if (auto larger = divisor.getDefiningOp<arith::MaxSIOp>())
    return llvm::any_of(larger->getOperands(), isPositive);
  // What `orOne` makes of it.
  auto select = divisor.getDefiningOp<arith::SelectOp>();
  auto compare = select ? select.getCondition().getDefiningOp<arith::CmpIOp>()
                        : arith::CmpIOp();
  return compare && compare.getPredicate() == Predicate::eq &&
         compare.getLhs() == select.getFalseValue() &&
         matchPattern(compare.getRhs(), m_Zero()) &&
         isNumber(select.getTrueValue(), isOther);
}

/// The same element by element, in a loop that can tell of each.
static void divideInLoop(Operation *op) {
  ImplicitLocOpBuilder b(op->getLoc(), op);
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  Value first = op->getOperand(0);
  Value init = tensor::EmptyOp::create(
      b, tensor::getMixedSizes(b, b.getLoc(), first), type.getElementType());
  SmallVector<AffineMap> maps(3, b.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> loops(type.getRank(),
                                         utils::IteratorType::parallel);
  Operation *divide = nullptr;
  auto body = [&](OpBuilder &inner, Location loc, ValueRange elements) {
    divide = inner.create(loc, op->getName().getIdentifier(),
                          elements.take_front(2), type.getElementType());
    linalg::YieldOp::create(inner, loc, divide->getResult(0));
  };
  auto loop = linalg::GenericOp::create(b, init.getType(), op->getOperands(),
                                        init, maps, loops, body);
  checkDivisor(divide);
  Value result = loop.getResult(0);
  if (result.getType() != type)
    result = tensor::CastOp::create(b, type, result);
  op->getResult(0).replaceAllUsesWith(result);
  op->erase();
}

void checkDivisor(Operation *op) {
  if (!isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp,
           arith::CeilDivSIOp, arith::CeilDivUIOp, arith::FloorDivSIOp>(op))
    return;
  // Within a region of pairs nothing can be reported.
  if (isa<AttentionDialect>(op->getParentOp()->getDialect()))
    return;
  Value divisor = op->getOperand(1);
  if (isNeverZero(divisor))
    return;
  if (isa<TensorType>(divisor.getType()))
    return divideInLoop(op);
  OpBuilder b(op);
  Location loc = op->getLoc();
  Value bad = compareTo(b, loc, Predicate::eq, divisor, 0);
  SizeChecks(op).report(bad, "expects a divisor other than 0, but got 0", {});
  op->setOperand(1, orOne(b, loc, divisor, bad));
}

} // namespace attention
