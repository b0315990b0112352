#include "lowering/cpu/Visits.h"

#include "lowering/MemoryRoots.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace attention {

Value Visits::truth(bool value) {
  return arith::ConstantIntOp::create(b, value, 1);
}

Value Visits::of(Block &block, function_ref<bool(Operation *)> isWork) {
  Value visits = truth(false);
  auto include = [&](Value condition) {
    visits = b.createOrFold<arith::OrIOp>(visits, condition);
  };
  for (Operation &op : block) {
    if (isWork(&op))
      return truth(true);
    auto branch = dyn_cast<scf::IfOp>(op);
    if (branch && !branch.getThenRegion().empty()) {
      Value inside = of(*branch.thenBlock(), isWork);
      if (!matchPattern(inside, m_Zero()))
        include(b.createOrFold<arith::AndIOp>(mostOf(branch.getCondition()),
                                              inside));
    }
    for (Region &region : op.getRegions().drop_front(branch ? 1 : 0))
      for (Block &inner : region)
        include(of(inner, isWork));
  }
  return visits;
}

/// A condition that holds wherever `condition` does: of what has to hold at
/// once, all that is known.
Value Visits::mostOf(Value condition) {
  if (Value copied = copy(condition))
    return copied;
  auto both = condition.getDefiningOp<arith::AndIOp>();
  if (!both)
    return truth(true);
  return b.createOrFold<arith::AndIOp>(mostOf(both.getLhs()),
                                       mostOf(both.getRhs()));
}

/// Numbers, and what loops find in memory that no task writes.
bool Visits::isCopyable(Operation *op) {
  auto isAllowed = [&](Operation *inner) {
    if (auto load = dyn_cast<memref::LoadOp>(inner))
      return !mayWrite(tasks, memoryRoot(load.getMemRef()));
    if (llvm::any_of(inner->getResultTypes(),
                     [](Type type) { return !type.isIntOrIndex(); }))
      return false;
    return isa<scf::ForOp, scf::IfOp>(inner) || isPure(inner);
  };
  return !op->walk([&](Operation *inner) {
              return isAllowed(inner) ? WalkResult::advance()
                                      : WalkResult::interrupt();
            }).wasInterrupted();
}

/// The value at the builder's place, or null where it is not known there.
Value Visits::copy(Value value) {
  if (known.contains(value) || tasks.isDefinedOutsideOfLoop(value))
    return known.lookupOrDefault(value);
  Operation *op = value.getDefiningOp();
  if (!op || !isCopyable(op))
    return {};
  SetVector<Value> inputs;
  inputs.insert_range(op->getOperands());
  getUsedValuesDefinedAbove(op->getRegions(), inputs);
  for (Value input : inputs)
    if (!copy(input))
      return {};
  b.clone(*op, known);
  return known.lookup(value);
}

} // namespace attention
