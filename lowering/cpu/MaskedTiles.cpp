#include "lowering/cpu/MaskedTiles.h"

#include "lowering/Tiles.h"
#include "lowering/cpu/Intervals.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attention {

/// Tiles of fewer elements are not worth the question.
static constexpr int64_t kFewestElements = 2048;

static bool isMask(Value condition) {
  return isTile(condition) &&
         tileType(condition).getNumElements() >= kFewestElements &&
         Intervals::isBounded(condition);
}

/// What `tile` is outside of `mask`, which is found if it is null; null if that
/// is not known.
static TypedAttr outsideOf(Value tile, Value &mask) {
  if (TypedAttr number = splatOf(tile))
    return number;
  std::optional<MaskedTile> masked = maskedTile(tile);
  if (!masked || (mask && mask != masked->mask))
    return {};
  mask = masked->mask;
  return masked->outside;
}

static TypedAttr outsideOfSelect(arith::SelectOp op, Value &mask) {
  Value condition = op.getCondition();
  if (!isTile(condition))
    return {};
  if (isMask(condition)) {
    mask = condition;
    return splatOf(op.getFalseValue());
  }
  // Outside of a mask that is known, it may take one side.
  if (auto taken = dyn_cast_or_null<BoolAttr>(outsideOf(condition, mask)))
    return outsideOf(taken.getValue() ? op.getTrueValue() : op.getFalseValue(),
                     mask);
  // Or either is the same.
  mask = {};
  TypedAttr yes = outsideOf(op.getTrueValue(), mask),
            no = outsideOf(op.getFalseValue(), mask);
  return yes == no ? yes : TypedAttr();
}

/// Of arithmetic on floating point numbers; null where nothing is known.
static TypedAttr outsideOfFloats(Operation *op, Value &mask) {
  auto left = dyn_cast_or_null<FloatAttr>(outsideOf(op->getOperand(0), mask));
  if (!left)
    return {};
  APFloat number = left.getValue();
  auto result = [&](const APFloat &value) -> TypedAttr {
    Type type = tileType(op->getResult(0)).getElementType();
    return value.isNaN() ? TypedAttr() : FloatAttr::get(type, value);
  };
  if (isa<arith::ExtFOp, arith::TruncFOp>(op)) {
    bool loses = false;
    number.convert(cast<FloatType>(tileType(op->getResult(0)).getElementType())
                       .getFloatSemantics(),
                   APFloat::rmNearestTiesToEven, &loses);
    return result(number);
  }
  bool isLowest = number.isInfinity() && number.isNegative();
  if (isa<math::Exp2Op, math::ExpOp>(op))
    return isLowest ? result(APFloat::getZero(number.getSemantics()))
                    : TypedAttr();
  if (isa<arith::SubFOp>(op))
    return isLowest ? TypedAttr(left) : TypedAttr();
  auto right = dyn_cast_or_null<FloatAttr>(outsideOf(op->getOperand(1), mask));
  if (!right)
    return {};
  if (auto compare = dyn_cast<arith::CmpFOp>(op))
    return BoolAttr::get(op->getContext(),
                         arith::applyCmpPredicate(compare.getPredicate(),
                                                  number, right.getValue()));
  return result(number * right.getValue());
}

bool MaskedTile::isZero() const {
  auto number = dyn_cast<FloatAttr>(outside);
  return number && number.getValue().isPosZero();
}

std::optional<MaskedTile> maskedTile(Value tile) {
  Operation *op = tile.getDefiningOp();
  Value mask;
  TypedAttr outside;
  if (auto select = dyn_cast_or_null<arith::SelectOp>(op))
    outside = outsideOfSelect(select, mask);
  else if (isa_and_nonnull<arith::ExtFOp, arith::TruncFOp, arith::MulFOp,
                           arith::SubFOp, arith::CmpFOp, math::Exp2Op,
                           math::ExpOp>(op) &&
           isTile(tile))
    outside = outsideOfFloats(op, mask);
  if (!outside || !mask)
    return std::nullopt;
  return MaskedTile{mask, outside};
}

Value maskOfReduction(vector::MultiDimReductionOp reduction) {
  std::optional<MaskedTile> source = maskedTile(reduction.getSource());
  if (!source)
    return {};
  using K = vector::CombiningKind;
  K kind = reduction.getKind();
  if (source->isZero())
    return kind == K::ADD ? source->mask : Value();
  auto number = dyn_cast<FloatAttr>(source->outside);
  bool isLowest = number && number.getValue().isInfinity() &&
                  number.getValue().isNegative();
  bool isMaximum = kind == K::MAXIMUMF || kind == K::MAXNUMF;
  return isLowest && isMaximum ? source->mask : Value();
}

/// Follows the users of `tile` to selects that drop it; false if one looks.
static bool isObservedWithin(Value tile, Value &mask,
                             llvm::DenseSet<Operation *> &seen) {
  return llvm::all_of(tile.getUses(), [&](OpOperand &use) {
    Operation *user = use.getOwner();
    auto select = dyn_cast<arith::SelectOp>(user);
    if (select && use.getOperandNumber() == 1 &&
        isMask(select.getCondition()) &&
        (!mask || mask == select.getCondition())) {
      mask = select.getCondition();
      return true;
    }
    if (!OpTrait::hasElementwiseMappableTraits(user) || !isSpeculatable(user) ||
        !isMemoryEffectFree(user))
      return false;
    return !seen.insert(user).second ||
           isObservedWithin(user->getResult(0), mask, seen);
  });
}

static bool looksOutside(Operation *user, OpOperand &use, Value mask,
                         llvm::DenseSet<Operation *> &seen) {
  if (auto reduction = dyn_cast<vector::MultiDimReductionOp>(user))
    return !isRowReduction(user) || use.getOperandNumber() != 0 ||
           maskOfReduction(reduction) != mask;
  std::optional<MaskedTile> read = maskedTile(use.get());
  if (auto contraction = dyn_cast<vector::ContractionOp>(user)) {
    ContractionShape shape = *ContractionShape::of(contraction);
    bool isLeft = shape.left == use.get() && !shape.leftByK &&
                  shape.right != use.get() && contraction.getAcc() != use.get();
    return !isLeft || !read || read->mask != mask || !read->isZero();
  }
  auto select = dyn_cast<arith::SelectOp>(user);
  if (select && select.getCondition() == mask && use.getOperandNumber() == 1)
    return false;
  if (!OpTrait::hasElementwiseMappableTraits(user))
    return true;
  std::optional<MaskedTile> result = maskedTile(user->getResult(0));
  if (!result || result->mask != mask)
    return true;
  return seen.insert(user).second &&
         llvm::any_of(user->getResult(0).getUses(), [&](OpOperand &next) {
           return looksOutside(next.getOwner(), next, mask, seen);
         });
}

bool isObservedOutside(Value tile, Value mask) {
  llvm::DenseSet<Operation *> seen;
  return llvm::any_of(tile.getUses(), [&](OpOperand &use) {
    return looksOutside(use.getOwner(), use, mask, seen);
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
