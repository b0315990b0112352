#include "lowering/cpu/MaskedTiles.h"

#include "lowering/cpu/Intervals.h"
#include "lowering/cpu/Tiles.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attention {

using Outside = MaskedTile::Outside;

static std::optional<APFloat> splatNumber(Value tile) {
  DenseElementsAttr number;
  if (!matchPattern(tile, m_Constant(&number)) || !number.isSplat() ||
      !isa<FloatType>(number.getElementType()))
    return std::nullopt;
  return number.getSplatValue<APFloat>();
}

static std::optional<Outside> outsideOf(const APFloat &number) {
  if (number.isZero() && !number.isNegative())
    return Outside::Zero;
  if (number.isInfinity() && number.isNegative())
    return Outside::MinusInfinity;
  return std::nullopt;
}

/// What a comparison with one number says there; false is all that is of use.
static bool isFalse(arith::CmpFPredicate predicate, Outside outside,
                    const APFloat &number) {
  std::optional<Outside> other = outsideOf(number);
  if (outside == Outside::False || !other)
    return false;
  using P = arith::CmpFPredicate;
  bool isEqual = outside == *other;
  return isEqual ? predicate == P::UNE || predicate == P::ONE
                 : predicate == P::OEQ;
}

static std::optional<MaskedTile> maskedBySelect(arith::SelectOp op) {
  if (!isTile(op.getCondition()))
    return std::nullopt;
  std::optional<APFloat> number = splatNumber(op.getFalseValue());
  std::optional<Outside> otherwise = number ? outsideOf(*number) : std::nullopt;
  if (!otherwise)
    return std::nullopt;
  if (Intervals::isBounded(op.getCondition()))
    return MaskedTile{op.getCondition(), *otherwise};
  // Outside of a mask that is known, it takes the same number either way.
  std::optional<MaskedTile> condition = maskedTile(op.getCondition());
  if (condition && condition->outside == Outside::False)
    return MaskedTile{condition->mask, *otherwise};
  std::optional<MaskedTile> inner = maskedTile(op.getTrueValue());
  if (inner && inner->outside == *otherwise)
    return inner;
  return std::nullopt;
}

static bool keeps(arith::MulFOp op, Outside outside) {
  std::optional<APFloat> factor = splatNumber(op.getRhs());
  if (!factor || !factor->isFinite() || factor->isNegative())
    return false;
  return outside == Outside::Zero || !factor->isZero();
}

std::optional<MaskedTile> maskedTile(Value tile) {
  Operation *op = tile.getDefiningOp();
  if (!op || !isPointwise(op) || op->getNumOperands() == 0)
    return std::nullopt;
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return maskedBySelect(select);
  if (!isa<arith::ExtFOp, arith::TruncFOp, arith::MulFOp, arith::SubFOp,
           arith::CmpFOp, math::Exp2Op, math::ExpOp>(op))
    return std::nullopt;
  std::optional<MaskedTile> masked = maskedTile(op->getOperand(0));
  if (!masked)
    return std::nullopt;
  Outside outside = masked->outside;
  if (isa<arith::ExtFOp, arith::TruncFOp>(op))
    return masked;
  if (auto product = dyn_cast<arith::MulFOp>(op))
    return keeps(product, outside) ? masked : std::nullopt;
  if (isa<arith::SubFOp>(op))
    return outside == Outside::MinusInfinity ? masked : std::nullopt;
  if (auto compare = dyn_cast<arith::CmpFOp>(op)) {
    std::optional<APFloat> number = splatNumber(compare.getRhs());
    if (!number || !isFalse(compare.getPredicate(), outside, *number))
      return std::nullopt;
    return MaskedTile{masked->mask, Outside::False};
  }
  if (outside != Outside::MinusInfinity)
    return std::nullopt;
  return MaskedTile{masked->mask, Outside::Zero};
}

Value maskOfReduction(vector::MultiDimReductionOp reduction) {
  std::optional<MaskedTile> source = maskedTile(reduction.getSource());
  if (!source)
    return {};
  using K = vector::CombiningKind;
  bool isNeutral = false;
  if (source->outside == Outside::Zero)
    isNeutral = reduction.getKind() == K::ADD;
  else if (source->outside == Outside::MinusInfinity)
    isNeutral = reduction.getKind() == K::MAXIMUMF ||
                reduction.getKind() == K::MAXNUMF;
  else
    isNeutral = reduction.getKind() == K::OR;
  return isNeutral ? source->mask : Value();
}

/// Follows the users of `tile` to selects that drop it; false if one looks.
static bool isObservedWithin(Value tile, Value &mask,
                             llvm::DenseSet<Operation *> &seen) {
  return llvm::all_of(tile.getUses(), [&](OpOperand &use) {
    Operation *user = use.getOwner();
    auto select = dyn_cast<arith::SelectOp>(user);
    if (select && use.getOperandNumber() == 1 &&
        isTile(select.getCondition()) &&
        Intervals::isBounded(select.getCondition()) &&
        (!mask || mask == select.getCondition())) {
      mask = select.getCondition();
      return true;
    }
    if (!OpTrait::hasElementwiseMappableTraits(user) ||
        !isSpeculatable(user) || !isMemoryEffectFree(user))
      return false;
    return !seen.insert(user).second ||
           isObservedWithin(user->getResult(0), mask, seen);
  });
}

Value observedWhere(Value tile) {
  Value mask;
  llvm::DenseSet<Operation *> seen;
  if (!isObservedWithin(tile, mask, seen))
    return {};
  return mask;
}

} // namespace attention
