/// Kernels on matrices instead of batches of them.
#ifndef ATTENTION_LOWERING_FLATTENROWS_H
#define ATTENTION_LOWERING_FLATTENROWS_H

#include "dialect/Attention.h"

namespace attention {

/// Where no op of the kernel needs to know its batch row, rewrites it to work
/// on
/// `[rows, columns]`: tensors of more dimensions are collapsed (a view), those
/// of one become a single row. So a batch of short sequences fills tiles.
/// Returns the kernel to go on with.
FusedOp flattenRows(FusedOp fused);

} // namespace attention

#endif // ATTENTION_LOWERING_FLATTENROWS_H
