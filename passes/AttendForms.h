/// What the forms that `attend` is compiled to have in common.
#ifndef ATTENTION_PASSES_ATTENDFORMS_H
#define ATTENTION_PASSES_ATTENDFORMS_H

#include "dialect/Attention.h"

namespace attention {

/// Compiled code is made for given heads and columns: fails with a diagnostic
/// if a size of them is dynamic.
mlir::LogicalResult requireStatic(AttendOp op);

} // namespace attention

#endif // ATTENTION_PASSES_ATTENDFORMS_H
