/// The way from a model to tiles on buffers, which all targets share.
#ifndef ATTENTION_LOWERING_MODELPIPELINE_H
#define ATTENTION_LOWERING_MODELPIPELINE_H

#include "lowering/TileOptions.h"
#include "mlir/Pass/PassManager.h"

namespace attention {

/// Bytes of a panel of prepared weights, which one task multiplies by. Small: a
/// single row has no other tasks than panels, and larger ones gain nothing.
constexpr int64_t weightPanelBytes = 32768;

/// What a target wants of tiles.
struct TileSizes {
  int64_t queries = 128; ///< rows of a query tile
  int64_t halfQueries =
      0;                ///< the same where queries have 16 bits, or 0: as many
  int64_t keys = 64;    ///< rows of a key tile
  int64_t bf16Keys = 0; ///< the same where queries are bf16, or 0: as many
  int64_t fewQueries =
      16; ///< the most queries for which keys are split, or 0: never
  int64_t rowBytes =
      0; ///< of scores and sums of values of one row, or 0: any number
  int64_t fewRows = 0;      ///< the most queries of a tile that are few
  int64_t fewRowsBytes = 0; ///< of the keys of their tiles
  int64_t fewRowsKeys = 8;  ///< of their tiles, at least
  int64_t keySpan = 1024;   ///< keys of a stretch of a split
  int64_t splitTasks = 0;   ///< of a split, or 0: one for each stretch
  int64_t splitFan = 0;     ///< partials that one task joins, or 0: any number
  int64_t leastRows = 1;    ///< of a tile where keys are split
  int64_t chunk = 0; ///< tokens of a chunk, or 0: the target has no such form
  int64_t chunkBytes = 0;   ///< of its keys at most, or 0: any number
  int64_t chunkColumns = 0; ///< of values, for one task, or 0: all
  bool loneTokens = true;   ///< whether tiles may have one row
  bool rounds = true; ///< whether leading keys go through the loops of others
  int64_t span = 512; ///< tokens that a span of a scan has at least
  int64_t tasks = 16; ///< spans of all heads together, at most
  int64_t parallelTasks = 4; ///< that a scan is assumed to run at a time
  int64_t transitionBytes =
      0;                 ///< of the transition of a span, or 0: any number
  int64_t rowTile = 128; ///< rows of a tile of other kernels
  int64_t panelBytes = weightPanelBytes; ///< of weights that such a tile reads
  int64_t wholeBytes =
      weightPanelBytes; ///< of weights that a task with whole rows may read
  int64_t tileBytes = 65536; ///< of it, where nothing is contracted
  bool exactParts = false;   ///< see attention-glue-to-tiles
  bool joinTasks = false;    ///< whether tasks have scratch of their own
  std::string form = "auto"; ///< that was asked for, see attention-choose-form
  BFloat16Products bf16Products = BFloat16Products::None;
  NarrowWeights narrowWeights = NarrowWeights::None;
  bool branchOnFinite = true; ///< see TileOptions
};

/// What the runtime calls beside functions.
struct RuntimeFunctions {
  bool steps = false;        ///< what goes on where a session is
  bool preparations = false; ///< what follows from weights alone
  bool bf16Weights = false;  ///< those of projections, rounded there
  int64_t pairedRows = 0;    ///< multiple of rows of theirs in pairs, if bf16
};

/// Functions inlined, sizes checked and expressed by those of arguments.
void addModelPasses(mlir::OpPassManager &passes,
                    const RuntimeFunctions &functions);
/// Attention on states, in loops over tiles; neighbours fused.
void addTilingPasses(mlir::OpPassManager &passes, const TileSizes &sizes);
/// Vector code on tiles, still on tensors.
void addTilePasses(mlir::OpPassManager &passes, const TileSizes &sizes);
/// The same on buffers: the form of docs/tile-level.md.
void addBufferPasses(mlir::OpPassManager &passes);

} // namespace attention

#endif // ATTENTION_LOWERING_MODELPIPELINE_H
