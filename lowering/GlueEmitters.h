/// Tiles of each family of ops; `emitterOf` chooses.
#ifndef ATTENTION_LOWERING_GLUEEMITTERS_H
#define ATTENTION_LOWERING_GLUEEMITTERS_H

#include "dialect/Attention.h"
#include "lowering/TileBuilder.h"

namespace attention {

// Elementwise ops of any dialect, and what is the same everywhere or repeated.
mlir::Value emitElementwise(TileBuilder &tiles, mlir::Operation *op,
                            const TileRequest &request);
mlir::Value emitConstant(TileBuilder &tiles, mlir::Operation *op,
                         const TileRequest &request);
mlir::Value emitSplat(TileBuilder &tiles, mlir::Operation *op,
                      const TileRequest &request);
mlir::Value emitFill(TileBuilder &tiles, mlir::Operation *op,
                     const TileRequest &request);
mlir::Value emitBroadcast(TileBuilder &tiles, mlir::Operation *op,
                          const TileRequest &request);

/// What only states other sizes in its type.
mlir::Value emitCast(TileBuilder &tiles, mlir::Operation *op,
                     const TileRequest &request);

/// A reduction of whole rows of static size: one value for each row.
mlir::Value emitReduce(TileBuilder &tiles, mlir::Operation *op,
                       const TileRequest &request);

mlir::Value emitSilu(TileBuilder &tiles, mlir::Operation *op,
                     const TileRequest &request);
mlir::Value emitGelu(TileBuilder &tiles, mlir::Operation *op,
                     const TileRequest &request);

// Tiles of rows and columns only; the last size is static.
mlir::Value emitRmsNorm(TileBuilder &tiles, mlir::Operation *op,
                        const TileRequest &request);
mlir::Value emitLayerNorm(TileBuilder &tiles, mlir::Operation *op,
                          const TileRequest &request);
mlir::Value emitProject(TileBuilder &tiles, mlir::Operation *op,
                        const TileRequest &request);

/// Halves: a tile starts at a cut of `rotaryCuts`. Interleaved: tiles of one
/// row alone.
mlir::Value emitRotary(TileBuilder &tiles, mlir::Operation *op,
                       const TileRequest &request);

/// Where in the input of `split` the tile `request` of its result lies.
TileRequest mergedRequest(TileBuilder &tiles, SplitHeadsOp split,
                          const TileRequest &request);
mlir::Value emitSplitHeads(TileBuilder &tiles, mlir::Operation *op,
                           const TileRequest &request);
/// Tiles of one row alone.
mlir::Value emitMeanRows(TileBuilder &tiles, mlir::Operation *op,
                         const TileRequest &request);
mlir::Value emitBroadcastRows(TileBuilder &tiles, mlir::Operation *op,
                              const TileRequest &request);
/// Tiles of one row; a tile of several rows is gathered in scratch.
mlir::Value emitEmbed(TileBuilder &tiles, mlir::Operation *op,
                      const TileRequest &request);

} // namespace attention

#endif // ATTENTION_LOWERING_GLUEEMITTERS_H
