/// Which functions of a module the runtime calls.
#ifndef ATTENTION_PASSES_ENTRYFUNCTIONS_H
#define ATTENTION_PASSES_ENTRYFUNCTIONS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace attention {

/// Whether `function` prepares weights for another one.
bool isPreparation(mlir::func::FuncOp function);

/// Whether `function` goes on where a session of another one is.
bool isStep(mlir::func::FuncOp function);

/// Whether the runtime calls `function`, so that it needs a workspace and an
/// entry point: public functions, preparations and steps that have a body.
bool isEntryFunction(mlir::func::FuncOp function);

} // namespace attention

#endif // ATTENTION_PASSES_ENTRYFUNCTIONS_H
