/// Tasks that are the same code.
#ifndef ATTENTION_LOWERING_CPU_MERGETASKS_H
#define ATTENTION_LOWERING_CPU_MERGETASKS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace attention {

/// Keeps one of several private functions with the same body, and lets the
/// `func.constant`s of `module` name it: the layers of a model differ in their
/// weights, which tasks find in their context, not in their code.
void mergeTasks(mlir::ModuleOp module,
                llvm::ArrayRef<mlir::func::FuncOp> tasks);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_MERGETASKS_H
