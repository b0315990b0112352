/// What tiles hold where a mask lets nothing be seen.
#ifndef ATTENTION_LOWERING_CPU_MASKEDTILES_H
#define ATTENTION_LOWERING_CPU_MASKEDTILES_H

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <optional>

namespace attention {

/// A tile that has one value, `outside`, wherever `mask`, a tile of i1, is
/// false.
struct MaskedTile {
  mlir::Value mask;
  mlir::TypedAttr outside;
  bool isZero() const;
};

/// What is known of `tile`, by the select that it comes from, if its mask is
/// bounded (`Intervals`). Less the value of its row, minus infinity stays what
/// it is (docs/tile-level.md).
std::optional<MaskedTile> maskedTile(mlir::Value tile);

/// The mask where `reduction` sees what counts: its other elements do not
/// change the result. Null if there is none.
mlir::Value maskOfReduction(mlir::vector::MultiDimReductionOp reduction);

/// The mask outside of which nobody looks at `tile`; null if there is none.
mlir::Value observedWhere(mlir::Value tile);

/// Whether anybody looks at `tile` outside of `mask`, if contractions leave out
/// zeros there, and all else what does not count there.
bool isObservedOutside(mlir::Value tile, mlir::Value mask);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_MASKEDTILES_H
