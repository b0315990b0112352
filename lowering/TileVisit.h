/// One key tile as one query tile sees it, in vector code for any target.
#ifndef ATTENTION_LOWERING_TILEVISIT_H
#define ATTENTION_LOWERING_TILEVISIT_H

#include "dialect/Attention.h"
#include "lowering/TileOptions.h"

namespace attention {

/// Implements `Visit` for a tiled `attention.visit`.
class TileVisit : public Visit {
public:
  TileVisit(mlir::OpBuilder &builder, VisitOp op, const TileOptions &options);

  mlir::Value scores(double factor) override;
  mlir::Value seen() override;
  mlir::Value whereSeen(mlir::Value weights) override;
  mlir::Value rounded(mlir::Value weights) override;
  mlir::Value accumulate(mlir::Value weights, mlir::Value accumulator) override;
  mlir::Value query() override;
  mlir::Value key() override;
  mlir::Value value() override;
  double scale() override;
  mlir::Value whereFeature(mlir::Value tile, double otherwise) override;

  /// Whether something was refused, after a diagnostic.
  bool failed() const { return refused; }

private:
  mlir::Value index(int64_t value);
  /// Positions or packed indices of all pairs: `vector<rows x keys x index>`.
  mlir::Value queryIndex(mlir::Value origin);
  mlir::Value keyIndex(mlir::Value origin);
  mlir::Value seenInDocuments();
  mlir::Value visiblePairs();
  mlir::Value mappedScore(mlir::Value score);
  mlir::Value bias();
  mlir::Value timesBase(mlir::Value scores, double factor);
  mlir::Value pairsToReport();
  mlir::Value inlineRegion(mlir::Region &region, mlir::ValueRange arguments);

  VisitOp op;
  TileOptions options;
  int64_t rows, keys, heads;
  mlir::FloatType type;
  mlir::Value batch, head, row, firstKey;
  mlir::Value queryOrigin, keyOrigin; ///< position of row 0 and of key 0
  mlir::Value seenPairs;
  mlir::Value scoreTile; ///< the last scores given, if any: -inf where masked
  bool refused = false;
};

} // namespace attention

#endif // ATTENTION_LOWERING_TILEVISIT_H
