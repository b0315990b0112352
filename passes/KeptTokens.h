/// Which tokens the state of a session keeps for attention to see.
#ifndef ATTENTION_PASSES_KEPTTOKENS_H
#define ATTENTION_PASSES_KEPTTOKENS_H

#include "dialect/Attention.h"

namespace attention {

/// How many keys a query sees at most, its own included, where nothing but
/// distances decides which; nothing where all of them have to stay.
std::optional<int64_t> reachOf(AttendOp op);

/// How many of `past` tokens a state with that reach still has (`reachAttr`).
mlir::Value keptTokens(mlir::OpBuilder &builder, mlir::Location loc,
                       mlir::Value past, std::optional<int64_t> reach);

} // namespace attention

#endif // ATTENTION_PASSES_KEPTTOKENS_H
