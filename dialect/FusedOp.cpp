#include "dialect/Attention.h"

using namespace mlir;

namespace attention {

LogicalResult FusedOp::verify() {
  if (bool(getInto()) != bool(getRows())) // (C3)
    return emitOpError("expects `into` and `rows` together, but got one alone");
  if (!getInto())
    return success();
  Type type = getInto().getType();
  if (type != getType() || cast<RankedTensorType>(type).getRank() != 2)
    return emitOpError("expects `into` to be a matrix of the result's type ")
           << getType() << ", but got " << type;
  if (int64_t rows = *getRows(); rows < 1)
    return emitOpError("expects 1 row or more, but got ") << rows;
  return success();
}

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
