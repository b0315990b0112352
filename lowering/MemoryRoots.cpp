#include "lowering/MemoryRoots.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;

namespace attention {

Value memoryRoot(Value memref) {
  while (auto view = memref.getDefiningOp<ViewLikeOpInterface>())
    memref = view.getViewSource();
  return memref;
}

Value readMemory(Operation *op) {
  if (auto read = dyn_cast<vector::TransferReadOp>(op))
    return read.getBase();
  if (auto gather = dyn_cast<vector::GatherOp>(op))
    return gather.getBase();
  return {};
}

static bool writesItself(Operation *op, Value root) {
  // What has no memref at hand cannot write where tiles are read.
  if (llvm::none_of(op->getOperandTypes(), llvm::IsaPred<BaseMemRefType>) ||
      isa<ViewLikeOpInterface, memref::PrefetchOp>(op))
    return false;
  auto effects = dyn_cast<MemoryEffectOpInterface>(op);
  if (!effects)
    return true;
  SmallVector<MemoryEffects::EffectInstance> instances;
  effects.getEffects(instances);
  return llvm::any_of(instances, [&](MemoryEffects::EffectInstance &effect) {
    if (!isa<MemoryEffects::Write>(effect.getEffect()))
      return false;
    Value written = effect.getValue();
    return !root || !written || memoryRoot(written) == root;
  });
}

bool mayWrite(Operation *op, Value root) {
  return op
      ->walk([&](Operation *inner) {
        return writesItself(inner, root) ? WalkResult::interrupt()
                                         : WalkResult::advance();
      })
      .wasInterrupted();
}

} // namespace attention
