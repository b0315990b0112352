/// What variants share whose output is a plain sum of weighted values: the
/// partial is the accumulator alone.
#ifndef ATTENTION_DIALECT_VARIANTS_SUM_H
#define ATTENTION_DIALECT_VARIANTS_SUM_H

#include "dialect/TileAlgebra.h"

namespace attention {

/// The clauses that speak of scores.
bool sumAccepts(Clause clause);
llvm::SmallVector<mlir::Type> sumTypes(const PartialShape &shape);
State emptySum(mlir::OpBuilder &builder, mlir::Location loc,
               const PartialShape &shape);
State joinSums(mlir::OpBuilder &builder, mlir::Location loc,
               mlir::ValueRange first, mlir::ValueRange second);

} // namespace attention

#endif // ATTENTION_DIALECT_VARIANTS_SUM_H
