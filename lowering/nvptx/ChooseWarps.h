/// How many warps the block of a kernel has, and how tiles are dealt to them.
#ifndef ATTENTION_LOWERING_NVPTX_CHOOSEWARPS_H
#define ATTENTION_LOWERING_NVPTX_CHOOSEWARPS_H

#include "lowering/nvptx/LayoutAnalysis.h"

namespace attention::nvptx {

/// The most registers of a thread that tiles take at a time, if a block has
/// these warps: what lives while other tiles are computed, and one element on
/// its way. Constants and what only repeats another tile count nothing.
int64_t registersOfTiles(mlir::scf::ForallOp loop,
                         const LayoutAnalysis &layouts, Warps warps);

/// Whether that is more than a thread has, with what it needs besides.
bool takesTooManyRegisters(mlir::scf::ForallOp loop,
                           const LayoutAnalysis &layouts, Warps warps);

/// One row of the grid of warps per 16 rows of the results of contractions (of
/// those that have most of the work, or, without any, of the largest tile
/// written), up to eight warps; and as many columns as it takes to hold the
/// tiles in registers.
Warps chooseWarps(mlir::scf::ForallOp loop, const GpuFeatures &features);

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_CHOOSEWARPS_H
