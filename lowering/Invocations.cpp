#include "lowering/Invocations.h"

#include "dialect/Names.h"
#include "lowering/FailToRuntime.h"
#include "passes/EntryFunctions.h"

using namespace mlir;

namespace attention {

static SmallVector<func::FuncOp> collectFunctions(ModuleOp module) {
  SmallVector<func::FuncOp> functions;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!isEntryFunction(function))
      continue;
    functions.push_back(function);
    if (auto name = function->getAttrOfType<FlatSymbolRefAttr>(resultSizesAttr))
      functions.push_back(module.lookupSymbol<func::FuncOp>(name));
  }
  return functions;
}

static FailureOr<Value> addInvocation(func::FuncOp function) {
  Builder builder(function.getContext());
  auto attributes = builder.getDictionaryAttr(
      builder.getNamedAttr(invocationAttr, builder.getUnitAttr()));
  auto pointer = LLVM::LLVMPointerType::get(function.getContext());
  if (failed(function.insertArgument(function.getNumArguments(), pointer,
                                     attributes, function.getLoc())))
    return failure();
  return Value(function.getArguments().back());
}

LogicalResult addInvocations(
    ModuleOp module,
    function_ref<LogicalResult(func::FuncOp function, Value invocation)>
        lower) {
  FailToRuntime failures(module, "attention.message");
  for (func::FuncOp function : collectFunctions(module)) {
    FailureOr<Value> invocation = addInvocation(function);
    if (failed(invocation) || failed(failures.lower(function, *invocation)) ||
        failed(lower(function, *invocation)))
      return failure();
  }
  return success();
}

} // namespace attention
