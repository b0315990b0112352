#include "lowering/nvptx/Divisor.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include <numeric>

using namespace mlir;

namespace attention::nvptx {

/// An affine expression of operands with known divisors.
static int64_t divisorOf(AffineExpr expr, ArrayRef<int64_t> operands,
                         unsigned dims) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return std::abs(constant.getValue());
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return operands[dim.getPosition()];
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return operands[dims + symbol.getPosition()];
  auto binary = cast<AffineBinaryOpExpr>(expr);
  int64_t left = divisorOf(binary.getLHS(), operands, dims);
  int64_t right = divisorOf(binary.getRHS(), operands, dims);
  if (expr.getKind() == AffineExprKind::Add)
    return std::gcd(left, right);
  return expr.getKind() == AffineExprKind::Mul ? left * right : 1;
}

int64_t divisorOf(Value index) {
  if (std::optional<int64_t> constant = getConstantIntValue(index))
    return std::abs(*constant);
  if (auto loop = scf::getForInductionVarOwner(index))
    return std::gcd(divisorOf(loop.getLowerBound()), divisorOf(loop.getStep()));
  Operation *op = index.getDefiningOp();
  if (isa_and_nonnull<arith::MulIOp>(op))
    return divisorOf(op->getOperand(0)) * divisorOf(op->getOperand(1));
  if (isa_and_nonnull<arith::AddIOp, arith::SubIOp, arith::MinSIOp,
                      arith::MaxSIOp, arith::MinUIOp, arith::MaxUIOp>(op))
    return std::gcd(divisorOf(op->getOperand(0)), divisorOf(op->getOperand(1)));
  if (auto select = dyn_cast_or_null<arith::SelectOp>(op))
    return std::gcd(divisorOf(select.getTrueValue()),
                    divisorOf(select.getFalseValue()));
  if (auto apply = dyn_cast_or_null<affine::AffineApplyOp>(op)) {
    SmallVector<int64_t> operands;
    for (Value operand : apply.getMapOperands())
      operands.push_back(divisorOf(operand));
    return divisorOf(apply.getAffineMap().getResult(0), operands,
                     apply.getAffineMap().getNumDims());
  }
  return 1;
}

} // namespace attention::nvptx
