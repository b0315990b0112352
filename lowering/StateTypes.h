/// How opaque states become tiles.
#ifndef ATTENTION_LOWERING_STATETYPES_H
#define ATTENTION_LOWERING_STATETYPES_H

#include "dialect/Attention.h"
#include "mlir/Transforms/DialectConversion.h"

namespace attention {

/// Converts partials and carries to the tiles of their variants; leaves other
/// types alone.
class StateTypeConverter : public mlir::TypeConverter {
public:
  StateTypeConverter();
};

} // namespace attention

#endif // ATTENTION_LOWERING_STATETYPES_H
