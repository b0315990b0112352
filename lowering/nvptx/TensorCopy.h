/// Copies of whole tiles by the tensor memory accelerator (TMA, sm_90 and up).
#ifndef ATTENTION_LOWERING_NVPTX_TENSORCOPY_H
#define ATTENTION_LOWERING_NVPTX_TENSORCOPY_H

#include "lowering/nvptx/KernelInputs.h"
#include "lowering/nvptx/WarpBuilder.h"

namespace attention::nvptx {

/// Whether tensor copies can bring the tiles of a feed: rows start at multiples
/// of 16 bytes, and the tile is swizzled as the copies do it.
bool canCopyTensor(const Feed &feed, const SharedMemoryPlan &plan,
                   const KernelInputs &inputs);

/// Starts the copies of one thread, one for each slab of the tile; what lies
/// outside of the memref becomes zero. Their bytes complete on `barrier`, which
/// expects those of the tile.
void copyTensor(WarpBuilder &b, KernelInputs &inputs, const Feed &feed,
                const SharedTile &target, mlir::Value barrier);

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_TENSORCOPY_H
