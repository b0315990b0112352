/// How many warps the block of a kernel has, and how tiles are dealt to them.
#ifndef ATTENTION_LOWERING_NVPTX_CHOOSEWARPS_H
#define ATTENTION_LOWERING_NVPTX_CHOOSEWARPS_H

#include "lowering/nvptx/LayoutAnalysis.h"

namespace attention::nvptx {

/// Whether the tiles that live at a time, and one element on its way, take more
/// registers than a thread has beside what else it needs, if a block has these
/// warps. Constants and what only repeats another tile count nothing.
bool takesTooManyRegisters(mlir::scf::ForallOp loop,
                           const LayoutAnalysis &layouts, Warps warps);

/// Whether a thread has registers for a fragment of type `tile` beside them.
bool hasRegistersFor(mlir::VectorType tile, mlir::scf::ForallOp loop,
                     const LayoutAnalysis &layouts, Warps warps);

/// One row of the grid of warps per 16 rows of the results of contractions (of
/// those that have most of the work, or, without any, of the largest tile
/// written or reduced), up to eight warps; and as many columns as it takes to
/// hold the tiles in registers, or four where a loop goes over tiles for one
/// row of warps alone.
Warps chooseWarps(mlir::scf::ForallOp loop, const GpuFeatures &features);

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_CHOOSEWARPS_H
