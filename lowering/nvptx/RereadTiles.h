/// Reading again instead of keeping.
#ifndef ATTENTION_LOWERING_NVPTX_REREADTILES_H
#define ATTENTION_LOWERING_NVPTX_REREADTILES_H

#include "lowering/nvptx/LayoutAnalysis.h"

namespace attention::nvptx {

/// Gives each use of a fragment that is read from memory which the loop never
/// writes, or computed of such by little arithmetic, a read of its own: what
/// is used far apart need not be kept in registers in between.
void rereadTiles(mlir::scf::ForallOp loop, const LayoutAnalysis &layouts);

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_REREADTILES_H
