#include "lowering/Signs.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attention {

/// Further back nothing is looked at: values may be used many times.
static constexpr unsigned farthest = 12;

static bool isNotNegative(Value tile, unsigned depth);

/// `yes` where a number x is positive, `no` where it is not; or the other way
/// round: x itself, or x and what is added, is not negative where x is
/// positive.
static bool isNotNegative(arith::SelectOp select, unsigned depth) {
  using P = arith::CmpFPredicate;
  Value yes = select.getTrueValue(), no = select.getFalseValue();
  auto compare = select.getCondition().getDefiningOp<arith::CmpFOp>();
  if (compare && matchPattern(compare.getRhs(), m_AnyZeroFloat())) {
    Value x = compare.getLhs();
    if (compare.getPredicate() == P::OLT && no == x)
      return isNotNegative(yes, depth);
    auto sum = yes.getDefiningOp<arith::AddFOp>();
    bool isSum = sum && sum.getLhs() == x && isNotNegative(sum.getRhs(), depth);
    if (compare.getPredicate() == P::OGT && (yes == x || isSum))
      return isNotNegative(no, depth);
  }
  return isNotNegative(yes, depth) && isNotNegative(no, depth);
}

static bool isNotNegative(Value tile, unsigned depth) {
  Operation *op = tile.getDefiningOp();
  if (!op || depth == 0)
    return false;
  auto holds = [&](Value value) { return isNotNegative(value, depth - 1); };
  APFloat number(0.0);
  if (matchPattern(tile, m_ConstantFloat(&number)))
    return !number.isNegative();
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return isNotNegative(select, depth - 1);
  if (auto product = dyn_cast<arith::MulFOp>(op))
    if (product.getLhs() == product.getRhs())
      return true;
  if (isa<arith::AddFOp, arith::MulFOp, arith::DivFOp, arith::ExtFOp,
          arith::TruncFOp, vector::BroadcastOp, vector::ShapeCastOp,
          vector::ContractionOp>(op))
    return llvm::all_of(op->getOperands(), holds);
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    unsigned result = cast<OpResult>(tile).getResultNumber();
    return holds(branch.thenYield().getOperand(result)) &&
           holds(branch.elseYield().getOperand(result));
  }
  return isa<math::ExpOp, math::Exp2Op>(op);
}

bool isNeverNegative(Value tile) { return isNotNegative(tile, farthest); }

} // namespace attention
