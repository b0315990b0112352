#include "dialect/variants/Reductions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attention {

namespace {
class Matcher {
public:
  explicit Matcher(VariantOp op)
      : block(op.getCompose().front()), size(op.getState().size()),
        yielded(block.getTerminator()->getOperands()) {}

  std::optional<SmallVector<ReducedScalar>> run();

private:
  Value first(size_t scalar) { return block.getArgument(scalar); }
  Value second(size_t scalar) { return block.getArgument(size + scalar); }
  bool matchExtreme(size_t scalar);
  bool matchSum(size_t scalar);
  std::optional<Value> factorOf(Value term, Value scalar);
  bool mirrored(Value ofFirst, Value ofSecond);

  Block &block;
  size_t size;
  ValueRange yielded;
  SmallVector<ReducedScalar> scalars;
};
} // namespace

static std::optional<vector::CombiningKind> extremeKind(Operation *op) {
  using Kind = vector::CombiningKind;
  return llvm::TypeSwitch<Operation *, std::optional<Kind>>(op)
      .Case([](arith::MaximumFOp) { return Kind::MAXIMUMF; })
      .Case([](arith::MaxNumFOp) { return Kind::MAXNUMF; })
      .Case([](arith::MinimumFOp) { return Kind::MINIMUMF; })
      .Case([](arith::MinNumFOp) { return Kind::MINNUMF; })
      .Default([](Operation *) { return std::nullopt; });
}

/// The scalars themselves, in any order.
static bool areBoth(Operation *op, Value first, Value second) {
  Value left = op->getOperand(0), right = op->getOperand(1);
  return (left == first && right == second) ||
         (left == second && right == first);
}

bool Matcher::matchExtreme(size_t scalar) {
  Operation *op = yielded[scalar].getDefiningOp();
  if (!op)
    return false;
  std::optional<vector::CombiningKind> kind = extremeKind(op);
  if (!kind || !areBoth(op, first(scalar), second(scalar)))
    return false;
  scalars[scalar] = {*kind, /*extreme=*/true, Value(), Value()};
  return true;
}

/// What `term` is times the scalar, null for 1; nothing if it is no multiple.
std::optional<Value> Matcher::factorOf(Value term, Value scalar) {
  if (term == scalar)
    return Value();
  auto product = term.getDefiningOp<arith::MulFOp>();
  if (product && product.getLhs() == scalar)
    return product.getRhs();
  if (product && product.getRhs() == scalar)
    return product.getLhs();
  return std::nullopt;
}

/// Whether one is for the first range what the other is for the second, and
/// neither depends on more than its own extremes and the joint ones.
bool Matcher::mirrored(Value ofFirst, Value ofSecond) {
  for (size_t scalar = 0; scalar < size; ++scalar)
    if (scalars[scalar].extreme &&
        ((ofFirst == first(scalar) && ofSecond == second(scalar)) ||
         (ofFirst == yielded[scalar] && ofSecond == yielded[scalar])))
      return true;
  Operation *a = ofFirst.getDefiningOp(), *b = ofSecond.getDefiningOp();
  if (!a || !b || a->getName() != b->getName() || a->getNumResults() != 1 ||
      a->getNumOperands() != b->getNumOperands() ||
      a->getAttrDictionary() != b->getAttrDictionary())
    return false;
  return llvm::all_of(llvm::zip_equal(a->getOperands(), b->getOperands()),
                      [&](auto pair) {
                        return mirrored(std::get<0>(pair), std::get<1>(pair));
                      });
}

bool Matcher::matchSum(size_t scalar) {
  Operation *op = yielded[scalar].getDefiningOp();
  using Kind = vector::CombiningKind;
  if (isa_and_nonnull<arith::AddIOp>(op) &&
      areBoth(op, first(scalar), second(scalar))) {
    scalars[scalar] = {Kind::ADD, /*extreme=*/false, Value(), Value()};
    return true;
  }
  auto sum = dyn_cast_or_null<arith::AddFOp>(op);
  if (!sum)
    return false;
  for (auto [left, right] :
       {std::pair(sum.getLhs(), sum.getRhs()), {sum.getRhs(), sum.getLhs()}}) {
    std::optional<Value> ofFirst = factorOf(left, first(scalar)),
                         ofSecond = factorOf(right, second(scalar));
    if (!ofFirst || !ofSecond || !*ofFirst != !*ofSecond ||
        (*ofFirst && !mirrored(*ofFirst, *ofSecond)))
      continue;
    scalars[scalar] = {Kind::ADD, /*extreme=*/false, *ofFirst, *ofSecond};
    return true;
  }
  return false;
}

std::optional<SmallVector<ReducedScalar>> Matcher::run() {
  scalars.assign(size, {vector::CombiningKind::ADD, false, Value(), Value()});
  // Extremes first: factors speak of them.
  for (size_t scalar = 0; scalar < size; ++scalar)
    matchExtreme(scalar);
  for (size_t scalar = 0; scalar < size; ++scalar)
    if (!scalars[scalar].extreme && !matchSum(scalar))
      return std::nullopt;
  if (!mirrored(yielded[size], yielded[size + 1]))
    return std::nullopt;
  return scalars;
}

std::optional<SmallVector<ReducedScalar>> matchReductions(VariantOp op) {
  return Matcher(op).run();
}

} // namespace attention
