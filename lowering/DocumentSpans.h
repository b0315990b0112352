/// Where the document of each token begins and ends.
#ifndef ATTENTION_LOWERING_DOCUMENTSPANS_H
#define ATTENTION_LOWERING_DOCUMENTSPANS_H

#include "dialect/Attention.h"

namespace attention {

/// The two results of `document_spans`, by scalar loops on tensors; starts that
/// do not ascend from 0 to the number of tokens fail the run.
llvm::SmallVector<mlir::Value> documentSpans(mlir::OpBuilder &builder,
                                             DocumentSpansOp op);

} // namespace attention

#endif // ATTENTION_LOWERING_DOCUMENTSPANS_H
