/// Barriers around tiles that are put into shared memory.
#ifndef ATTENTION_LOWERING_NVPTX_PUBLICATIONS_H
#define ATTENTION_LOWERING_NVPTX_PUBLICATIONS_H

#include "lowering/nvptx/WarpBuilder.h"

namespace attention::nvptx {

/// A tile is written between two barriers: nobody reads any more what lay where
/// it comes to lie, and nobody reads it before it is there. Tiles that are
/// written one after another, with nothing but registers in between, need two
/// between all of them, if they lie apart.
class Publications {
public:
  explicit Publications(WarpBuilder &b) : b(b) {}

  /// Before all threads write `tile`, and behind that.
  void begin(const SharedTile &tile);
  void end(const SharedTile &tile);

private:
  bool joins(const SharedTile &tile) const;

  WarpBuilder &b;
  mlir::Operation *last = nullptr;     ///< the barrier behind `tiles`
  llvm::SmallVector<SharedTile> tiles; ///< since the barrier before them
};

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_PUBLICATIONS_H
