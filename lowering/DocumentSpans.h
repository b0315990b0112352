/// Where the document of each token begins and ends.
#ifndef ATTENTION_LOWERING_DOCUMENTSPANS_H
#define ATTENTION_LOWERING_DOCUMENTSPANS_H

#include "dialect/Attention.h"

namespace attention {

/// The two results of `document_spans`, by scalar loops on tensors; starts that
/// do not ascend from 0 to the number of tokens fail the run.
llvm::SmallVector<mlir::Value> documentSpans(mlir::OpBuilder &builder,
                                             DocumentSpansOp op);

/// How many documents there are by these starts, after the same check: none if
/// it fails.
mlir::Value countDocuments(mlir::OpBuilder &builder, mlir::Location loc,
                           mlir::Value starts, mlir::Value tokens);

} // namespace attention

#endif // ATTENTION_LOWERING_DOCUMENTSPANS_H
