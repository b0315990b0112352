/// How sizes of intermediate tensors follow from sizes of arguments.
#ifndef ATTENTION_PASSES_RESOLVESIZES_H
#define ATTENTION_PASSES_RESOLVESIZES_H

#include "mlir/IR/PatternMatch.h"

namespace attention {

/// Patterns that move a `tensor.dim` from the result of an operation to its
/// operands, until it stands at arguments.
void populateResolveSizesPatterns(mlir::RewritePatternSet &patterns);

/// Whether two resolved sizes are known to be the same.
bool isSameSize(mlir::Value a, mlir::Value b);

/// Applies these to every `tensor.dim` within `root`, and to nothing else.
void resolveDims(mlir::Operation *root);

} // namespace attention

#endif // ATTENTION_PASSES_RESOLVESIZES_H
