/// The first product of each iteration, computed an iteration ahead.
#ifndef ATTENTION_LOWERING_NVPTX_MULTIPLYAHEAD_H
#define ATTENTION_LOWERING_NVPTX_MULTIPLYAHEAD_H

#include "lowering/nvptx/LayoutAnalysis.h"

namespace attention::nvptx {

/// Where the first product of warpgroups in a loop is that of a tile that stays
/// with one that is read at a place that follows from the loop's variable, the
/// loop carries it, and computes that of the next iteration:
///
///     for i = first .. end:            for i = first - 1 .. end, p = 0:
///       p = a x b(i)                     next = a x b(i + 1)
///       s = f(s, p, i)                   if i >= first: s = f(s, p, i)
///                                        p = next
///
/// Products of warpgroups are asynchronous: nobody needs `next` before the end
/// of the iteration, so that it is computed under `f` (FlashAttention-3, arXiv
/// 2407.08608, section 3.2, "intra-warpgroup overlap"). The first iteration has
/// no `f`, and the last product is of no use: both belong to the loop, so that
/// its tiles are copied as those of all others. Not where a thread has no
/// registers left for one more tile, or other products have sums of that shape.
void multiplyAhead(mlir::scf::ForallOp loop, const LayoutAnalysis &layouts,
                   Warps warps);

/// Whether nobody needs a product before the end of the iteration: loops carry
/// it to the next.
bool isForNextIteration(mlir::vector::ContractionOp product);

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_MULTIPLYAHEAD_H
