/// The attention dialect.
#ifndef ATTENTION_DIALECT_ATTENTION_H
#define ATTENTION_DIALECT_ATTENTION_H

#include "dialect/Names.h"
#include "dialect/TileAlgebra.h"
#include "dialect/variants/Transitions.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialect/AttentionDialect.h.inc"
#include "dialect/AttentionEnums.h.inc"
#include "dialect/MaskInterface.h.inc"
#include "dialect/VariantInterface.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialect/AttentionAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialect/AttentionTypes.h.inc"

#define GET_OP_CLASSES
#include "dialect/AttentionOps.h.inc"

namespace attention {

/// The type of scores and sums for operands of type `element`: f64 for f64,
/// else f32.
mlir::FloatType scoreType(mlir::Type element);

/// The sizes of the partial of one query tile, `[rows, e]`, and of a carry,
/// `[batch, heads, d, e]`. Columns are rounded up to what tiles are made of.
PartialShape partialShape(PartialType type);
PartialShape carryShape(CarryType type);

/// The tensors that keep the memory of all heads between runs: `[batch, heads]`
/// by each of its parts. `output` is the result of `attend`; heads and columns
/// are static.
llvm::SmallVector<mlir::RankedTensorType>
memoryTypes(ChunkedVariantInterface variant, mlir::RankedTensorType output,
            mlir::RankedTensorType key);

/// Result of `attend`: `[batch, heads, queries, e]`. Heads are the largest of
/// the three counts, dynamic if one that could be the largest is.
mlir::RankedTensorType attendedType(mlir::RankedTensorType query,
                                    mlir::RankedTensorType key,
                                    mlir::RankedTensorType value);

} // namespace attention

#endif // ATTENTION_DIALECT_ATTENTION_H
