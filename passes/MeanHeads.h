/// Attention that weighs all keys alike.
#ifndef ATTENTION_PASSES_MEANHEADS_H
#define ATTENTION_PASSES_MEANHEADS_H

#include "dialect/Attention.h"

namespace attention {

/// Whether queries and keys of `#attention.linear` are the same number
/// everywhere: then so are all weights.
bool weighsAlike(AttendOp op);

/// Replaces such attention by `mean_rows` and `broadcast_rows`; returns why it
/// does not, or an empty text.
llvm::StringRef reduceToMean(AttendOp op);

} // namespace attention

#endif // ATTENTION_PASSES_MEANHEADS_H
