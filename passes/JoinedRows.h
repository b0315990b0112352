/// Keys and values that are joined of several tensors: attention visits these
/// one after another, so that nobody has to join them.
#ifndef ATTENTION_PASSES_JOINEDROWS_H
#define ATTENTION_PASSES_JOINEDROWS_H

#include "dialect/Attention.h"
#include <optional>

namespace attention {

/// Where the rows along `axis` of `use` are in the result of its op, if that
/// works on each row for itself.
std::optional<int64_t> axisBehind(mlir::OpOperand &use, int64_t axis);

/// Whether no clause speaks of all keys at once: then pieces can be visited.
bool visitsPieces(AttendOp op);

/// Pieces of the keys and values of `op`, in order: of one piece, what it has.
llvm::SmallVector<std::pair<mlir::Value, mlir::Value>> keyPieces(AttendOp op);

} // namespace attention

#endif // ATTENTION_PASSES_JOINEDROWS_H
