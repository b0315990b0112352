/// How opaque states become tiles.
#ifndef ATTENTION_LOWERING_STATETYPES_H
#define ATTENTION_LOWERING_STATETYPES_H

#include "dialect/Attention.h"
#include "mlir/Transforms/DialectConversion.h"

namespace attention {

/// The sizes of the partial of one query tile, `[rows, e]`, and of a carry,
/// `[batch, heads, d, e]`. Columns are rounded up to what tiles are made of.
PartialShape partialShape(PartialType type);
PartialShape carryShape(CarryType type);

/// Converts partials and carries to the tiles of their variants; leaves other
/// types alone.
class StateTypeConverter : public mlir::TypeConverter {
public:
  StateTypeConverter();
};

} // namespace attention

#endif // ATTENTION_LOWERING_STATETYPES_H
