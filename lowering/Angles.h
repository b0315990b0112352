/// Sines and cosines of rotary angles.
#ifndef ATTENTION_LOWERING_ANGLES_H
#define ATTENTION_LOWERING_ANGLES_H

#include "lowering/TileBuilder.h"

namespace attention {

struct SineCosine {
  mlir::Value sine, cosine;
};

/// Of angles in full turns, f64 of any size; the results are of type `element`
/// (f32 or f64) and as exact as it allows.
SineCosine sineCosineOfTurns(TileBuilder &tiles, mlir::Value turns,
                             mlir::FloatType element);

} // namespace attention

#endif // ATTENTION_LOWERING_ANGLES_H
