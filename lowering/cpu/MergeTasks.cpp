#include "lowering/cpu/MergeTasks.h"

#include "mlir/IR/OperationSupport.h"

using namespace mlir;

namespace attention {

/// Equal for equal bodies; which operand is which does not count.
static llvm::hash_code hashBody(func::FuncOp task) {
  llvm::hash_code hash = mlir::hash_value(task.getFunctionType());
  task.getBody().walk<WalkOrder::PreOrder>([&](Operation *op) {
    hash =
        llvm::hash_combine(hash, OperationEquivalence::computeHash(
                                     op, OperationEquivalence::ignoreHashValue,
                                     OperationEquivalence::ignoreHashValue,
                                     OperationEquivalence::IgnoreLocations));
  });
  return hash;
}

static bool areEqual(func::FuncOp a, func::FuncOp b) {
  return a.getFunctionType() == b.getFunctionType() &&
         a.getAllArgAttrs() == b.getAllArgAttrs() &&
         OperationEquivalence::isRegionEquivalentTo(
             &a.getBody(), &b.getBody(), OperationEquivalence::IgnoreLocations);
}

void mergeTasks(ModuleOp module, ArrayRef<func::FuncOp> tasks) {
  DenseMap<size_t, SmallVector<func::FuncOp>> kept;
  DenseMap<StringAttr, StringAttr> renamed;
  for (func::FuncOp task : tasks) {
    SmallVector<func::FuncOp> &candidates = kept[hashBody(task)];
    auto *same = llvm::find_if(
        candidates, [&](func::FuncOp other) { return areEqual(task, other); });
    if (same == candidates.end()) {
      candidates.push_back(task);
      continue;
    }
    renamed[task.getSymNameAttr()] = same->getSymNameAttr();
    task.erase();
  }
  module.walk([&](func::ConstantOp constant) {
    if (StringAttr name = renamed.lookup(constant.getValueAttr().getAttr()))
      constant.setValueAttr(FlatSymbolRefAttr::get(name));
  });
}

} // namespace attention
