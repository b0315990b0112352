#include "lowering/Extremes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace attention {

Value withNaN(OpBuilder &builder, Operation *op) {
  Value result = op->getResult(0);
  if (!isa<arith::MaximumFOp, arith::MinimumFOp>(op))
    return result;
  Location loc = op->getLoc();
  Value left = op->getOperand(0), right = op->getOperand(1);
  Value isNone = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UNO,
                                       left, right);
  Value none = arith::AddFOp::create(builder, loc, left, right);
  return arith::SelectOp::create(builder, loc, isNone, none, result);
}

} // namespace attention
