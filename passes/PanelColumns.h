/// How a projection's weight is cut into panels.
#ifndef ATTENTION_PASSES_PANELCOLUMNS_H
#define ATTENTION_PASSES_PANELCOLUMNS_H

#include "dialect/Attention.h"

namespace attention {

/// Columns of the result (rows of the weights) in one panel, such that the
/// panels of all `projects`, which have as many columns, take about
/// `panelBytes` together, or have 96 columns: a multiple of 48 or 32, or, for
/// few columns, of 16. For 0 bytes, 48 or 32.
/// Those of weights that are packed are what they are packed for.
int64_t panelColumns(llvm::ArrayRef<ProjectOp> projects, int64_t panelBytes);

/// The columns of the panels that the weight of `project` is packed in.
std::optional<int64_t> packedColumns(ProjectOp project);
/// The weight of `project` in panels `[panels, in, columns]`, perhaps of a
/// narrower type, or `[panels, in / 2, columns, 2]`; or null.
mlir::Value packedWeight(ProjectOp project);
/// Whether rows of such panels lie in pairs.
bool liesInPairs(mlir::Value packed);
/// The rows, with padding, `[out, in]` that become pairs in the same function
/// which reads the panels; null where they were laid out before, or are none.
mlir::Value rowsBeforePairs(mlir::Value packed);

} // namespace attention

#endif // ATTENTION_PASSES_PANELCOLUMNS_H
