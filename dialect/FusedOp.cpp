#include "dialect/Attention.h"

using namespace mlir;

namespace attention {

LogicalResult FusedOp::verifyRegions() {
  Operation *terminator = getBody().front().getTerminator();
  if (!isa<YieldOp>(terminator) || terminator->getNumOperands() != 1) // (C1)
    return emitOpError("expects a region that yields one value, but got ")
           << terminator->getNumOperands();
  if (Type yielded = terminator->getOperand(0).getType(); yielded != getType())
    return emitOpError("expects a region that yields ")
           << getType() << ", but got " << yielded;
  for (Operation &op : getBody().front().without_terminator()) // (C2)
    if (!isMemoryEffectFree(&op))
      return emitOpError("expects ops without side effects, but got ")
             << op.getName();
  return success();
}

} // namespace attention
