/// The most that sizes can be which vary from one iteration of a loop to the
/// next: half of `SizeSlice`.
#include "passes/SizeSlice.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attention {

/// Whether `expression` cannot be negative, its dimensions and symbols being
/// sizes.
static bool isSize(AffineExpr expression) {
  if (auto binary = dyn_cast<AffineBinaryOpExpr>(expression))
    return isSize(binary.getLHS()) && isSize(binary.getRHS());
  auto constant = dyn_cast<AffineConstantExpr>(expression);
  return !constant || constant.getValue() >= 0;
}

/// Whether `expression` never falls while the value of `place`, a dimension or
/// symbol, rises.
static bool growsWith(AffineExpr expression, AffineExpr place) {
  auto binary = dyn_cast<AffineBinaryOpExpr>(expression);
  if (!binary)
    return true;
  AffineExpr left = binary.getLHS(), right = binary.getRHS();
  auto uses = [&](AffineExpr part) {
    bool found = false;
    part.walk([&](AffineExpr inner) { found |= inner == place; });
    return found;
  };
  if (!uses(expression))
    return true;
  if (binary.getKind() == AffineExprKind::Add)
    return growsWith(left, place) && growsWith(right, place);
  if (binary.getKind() == AffineExprKind::Mul && isSize(binary))
    return growsWith(left, place) && growsWith(right, place);
  auto factor = dyn_cast<AffineConstantExpr>(right);
  return factor && factor.getValue() > 0 &&
         binary.getKind() != AffineExprKind::Mod && growsWith(left, place);
}

static AffineExpr placeOf(AffineMap map, unsigned operand) {
  return operand < map.getNumDims()
             ? getAffineDimExpr(operand, map.getContext())
             : getAffineSymbolExpr(operand - map.getNumDims(),
                                   map.getContext());
}

/// A copy of `op` whose operands are the most that they can be, where the
/// result grows with them.
Value SizeSlice::boundGrowing(Operation *op,
                              function_ref<bool(unsigned)> grows) {
  IRMapping operands;
  for (OpOperand &operand : op->getOpOperands()) {
    Value bounded = grows(operand.getOperandNumber())
                        ? bound(operand.get())
                        : copyExactly(operand.get());
    if (!bounded)
      return {};
    operands.map(operand.get(), bounded);
  }
  return builder.clone(*op, operands)->getResult(0);
}

Value SizeSlice::smallest(ArrayRef<Value> bounds, Operation *op) {
  if (bounds.empty())
    return stop(op->getResult(0));
  Value result = bounds.front();
  for (Value other : bounds.drop_front())
    result = arith::MinSIOp::create(builder, op->getLoc(), result, other);
  return result;
}

/// What varies need not tell: each of the others is a bound.
Value SizeSlice::boundMinimum(affine::AffineMinOp op) {
  SmallVector<Value> bounds;
  AffineMap map = op.getMap();
  for (AffineExpr expression : map.getResults()) {
    SmallVector<Value> operands;
    bool isKnown = true;
    for (auto [number, operand] : llvm::enumerate(op.getOperands())) {
      AffineExpr place = placeOf(map, number);
      bool used = false;
      expression.walk([&](AffineExpr inner) { used |= inner == place; });
      Value copied;
      if (used)
        copied = growsWith(expression, place) ? bound(operand)
                                              : copyExactly(operand);
      else
        copied = arith::ConstantIndexOp::create(builder, op.getLoc(), 0);
      isKnown &= bool(copied);
      operands.push_back(copied);
    }
    if (isKnown)
      bounds.push_back(affine::AffineApplyOp::create(
          builder, op.getLoc(),
          AffineMap::get(map.getNumDims(), map.getNumSymbols(), expression),
          operands));
  }
  return smallest(bounds, op);
}

/// What is taken away is itself a size where it is not known.
Value SizeSlice::boundDifference(arith::SubIOp op) {
  Value from = bound(op.getLhs());
  if (!from)
    return {};
  Value taken = copyExactly(op.getRhs());
  return taken ? Value(arith::SubIOp::create(builder, op.getLoc(), from, taken))
               : from;
}

Value SizeSlice::boundOperation(Operation *op) {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case<arith::MinSIOp, arith::MinUIOp>([&](auto minimum) {
        SmallVector<Value> bounds;
        for (Value operand : minimum->getOperands())
          if (Value most = bound(operand))
            bounds.push_back(most);
        return smallest(bounds, op);
      })
      .Case([&](affine::AffineMinOp minimum) { return boundMinimum(minimum); })
      .Case<affine::AffineApplyOp, affine::AffineMaxOp>([&](auto apply) {
        AffineMap map = apply.getAffineMap();
        return boundGrowing(op, [&](unsigned operand) {
          return llvm::all_of(map.getResults(), [&](AffineExpr expression) {
            return growsWith(expression, placeOf(map, operand));
          });
        });
      })
      .Case<arith::AddIOp, arith::MulIOp, arith::MaxSIOp, arith::MaxUIOp>(
          [&](auto) { return boundGrowing(op, [](unsigned) { return true; }); })
      .Case<arith::DivUIOp, arith::DivSIOp, arith::CeilDivUIOp,
            arith::CeilDivSIOp>([&](auto) {
        return boundGrowing(op, [](unsigned operand) { return operand == 0; });
      })
      .Case([&](arith::SubIOp difference) {
        return boundDifference(difference);
      })
      .Case([&](arith::SelectOp choice) -> Value {
        Value one = bound(choice.getTrueValue()),
              other = bound(choice.getFalseValue());
        if (!one || !other)
          return {};
        return arith::MaxSIOp::create(builder, op->getLoc(), one, other);
      })
      .Default([&](Operation *) { return stop(op->getResult(0)); });
}

Value SizeSlice::bound(Value size) {
  bool outer = std::exchange(bounding, false);
  Value result = copy(size);
  bounding = true;
  if (!result) {
    Operation *op = size.getDefiningOp();
    bool isDim = op && op->getName().stripDialect() == "dim";
    result = isDim ? copy(size) : op ? boundOperation(op) : stop(size);
  }
  bounding = outer;
  return result;
}

} // namespace attention
