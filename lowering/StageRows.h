/// Tiles of several rows, of what is computed row by row.
#ifndef ATTENTION_LOWERING_STAGEROWS_H
#define ATTENTION_LOWERING_STAGEROWS_H

#include "lowering/TileBuilder.h"

namespace attention {

/// Whether single rows of `tensor` can be computed, but no larger tiles.
bool needsStage(mlir::Value tensor);

/// Computes the rows of a tile one by one into scratch, and reads the tile.
mlir::Value stageRows(TileBuilder &tiles, mlir::Value tensor,
                      const TileRequest &request);

} // namespace attention

#endif // ATTENTION_LOWERING_STAGEROWS_H
