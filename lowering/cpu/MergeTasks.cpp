#include "lowering/cpu/MergeTasks.h"

#include "lowering/cpu/EqualCode.h"
#include "mlir/IR/OperationSupport.h"

using namespace mlir;

namespace attention {

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
    SmallVector<func::FuncOp> &candidates = kept[hashCode(task->getRegions())];
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
