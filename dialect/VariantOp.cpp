#include "dialect/Attention.h"

using namespace mlir;

namespace attention {

/// What the region takes and yields, and that it does nothing else.
static LogicalResult verifyRegion(VariantOp op, StringRef name, Region &region,
                                  ArrayRef<Type> taken,
                                  ArrayRef<Type> yielded) {
  if (region.getArgumentTypes() != TypeRange(taken))
    return op.emitOpError("expects the region ")
           << name << " to take (" << taken << "), but got ("
           << region.getArgumentTypes() << ")";
  Operation *terminator = region.front().getTerminator();
  if (!isa<YieldOp>(terminator) ||
      terminator->getOperandTypes() != TypeRange(yielded))
    return op.emitOpError("expects the region ")
           << name << " to yield (" << yielded << "), but got ("
           << terminator->getOperandTypes() << ")";
  for (Operation &inner : region.front().without_terminator()) // (C6)
    if (!isMemoryEffectFree(&inner))
      return op.emitOpError("expects ops without side effects, but got ")
             << inner.getName();
  return success();
}

LogicalResult VariantOp::verify() {
  if (getState().empty()) // (C1)
    return emitOpError("expects a state of one type or more, but got none");
  for (Type type : getState().getAsValueRange<TypeAttr>())
    if (!type.isIntOrIndexOrFloat())
      return emitOpError("expects a state of floats and integers, but got ")
             << type;
  return success();
}

LogicalResult VariantOp::verifyRegions() {
  auto state = llvm::to_vector(getState().getAsValueRange<TypeAttr>());
  TypeRange lifted = getLift().getArgumentTypes();
  if (lifted.size() != 1 || !(lifted[0].isF32() || lifted[0].isF64())) // (C3)
    return emitOpError("expects the region lift to take a score, f32 or f64, "
                       "but got (")
           << lifted << ")";
  Type weight = lifted[0];
  SmallVector<Type> weighted(state), two(state), joint(state);
  weighted.push_back(weight);
  two.append(state);
  joint.append(2, weight);
  if (failed(verifyRegion(*this, "identity", getIdentity(), {}, state)) ||
      failed(verifyRegion(*this, "lift", getLift(), {weight}, weighted)) ||
      failed(verifyRegion(*this, "compose", getCompose(), two, joint)))
    return failure();
  return verifyRegion(*this, "finish", getFinish(), state, {weight});
}

} // namespace attention
