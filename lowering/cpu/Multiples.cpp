#include "lowering/cpu/Multiples.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace attention {

bool isMultiple(Value index, int64_t number) {
  if (number == 1)
    return true;
  if (std::optional<int64_t> constant = getConstantIntValue(index))
    return *constant % number == 0;
  auto is = [&](Value operand) { return isMultiple(operand, number); };
  if (scf::ForOp loop = scf::getForInductionVarOwner(index))
    return is(loop.getLowerBound()) && is(loop.getStep());
  Operation *op = index.getDefiningOp();
  if (!op)
    return false;
  if (auto apply = dyn_cast<affine::AffineApplyOp>(op))
    return apply.getAffineMap().getResult(0).isMultipleOf(number);
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return is(select.getTrueValue()) && is(select.getFalseValue());
  if (isa<arith::MulIOp>(op))
    return llvm::any_of(op->getOperands(), is);
  return isa<arith::AddIOp, arith::SubIOp, arith::MaxSIOp, arith::MinSIOp>(
             op) &&
         llvm::all_of(op->getOperands(), is);
}

} // namespace attention
