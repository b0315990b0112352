/// What is known of the signs of tiles.
#ifndef ATTENTION_LOWERING_SIGNS_H
#define ATTENTION_LOWERING_SIGNS_H

#include "mlir/IR/Value.h"

namespace attention {

/// Whether no element of a tile is below 0, whatever it is computed from: it is
/// made of exponentials, features that are positive, and the like.
bool isNeverNegative(mlir::Value tile);

} // namespace attention

#endif // ATTENTION_LOWERING_SIGNS_H
