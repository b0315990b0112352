/// Sizes of tensors that loops carry.
#ifndef ATTENTION_PASSES_LOOPSIZES_H
#define ATTENTION_PASSES_LOOPSIZES_H

#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace attention {

/// Lets questions for sizes of what a loop in `root` carries, and of its
/// results, be questions for the tensors that it starts with, where no
/// iteration changes them. `resolve` follows sizes back to what they are made
/// of.
void resolveSizesOfLoops(mlir::Operation *root,
                         llvm::function_ref<void()> resolve);

/// Moves what checks sizes, and does not change from step to step, out of
/// loops: it is checked before a run.
void hoistSizeChecks(mlir::FunctionOpInterface function);

} // namespace attention

#endif // ATTENTION_PASSES_LOOPSIZES_H
