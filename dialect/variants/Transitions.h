/// Summaries of variants whose step is linear in the memory and the values: the
/// memory `(d, e)` that the tokens leave of no past, and the transition `(d,
/// d)` that any past is multiplied by.
#ifndef ATTENTION_DIALECT_VARIANTS_TRANSITIONS_H
#define ATTENTION_DIALECT_VARIANTS_TRANSITIONS_H

#include "dialect/TileAlgebra.h"

namespace attention {

class ChunkedVariantInterface;

State emptyTransition(ChunkedVariantInterface variant, mlir::OpBuilder &builder,
                      mlir::Location loc, const MemoryShape &shape);
State summarizeTransition(ChunkedVariantInterface variant, Chunk &chunk,
                          mlir::ValueRange summary);
State applyTransition(mlir::OpBuilder &builder, mlir::Location loc,
                      mlir::ValueRange memory, mlir::ValueRange summary);

} // namespace attention

#endif // ATTENTION_DIALECT_VARIANTS_TRANSITIONS_H
