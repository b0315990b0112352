/// The record of a run (lowering/Abi.h), as functions pass it on.
#ifndef ATTENTION_LOWERING_INVOCATIONS_H
#define ATTENTION_LOWERING_INVOCATIONS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace attention {

/// Adds the record as the last argument of each function that an entry point
/// calls: those that the runtime knows, and those that compute sizes for them.
/// Reports of bad values become calls of the host, then `lower` does the rest.
mlir::LogicalResult addInvocations(
    mlir::ModuleOp module,
    llvm::function_ref<mlir::LogicalResult(mlir::func::FuncOp function,
                                           mlir::Value invocation)>
        lower);

} // namespace attention

#endif // ATTENTION_LOWERING_INVOCATIONS_H
