/// What the forms that `attend` is compiled to have in common.
#ifndef ATTENTION_PASSES_ATTENDFORMS_H
#define ATTENTION_PASSES_ATTENDFORMS_H

#include "dialect/Attention.h"
#include "dialect/Form.h"

namespace attention {

/// The form that an `attend` or `continue` carries, if any.
std::optional<Form> formOf(mlir::Operation *op);

/// Whether the variant says how it folds over pairs, in any order of keys.
bool hasPairs(AttendOp op);
/// Whether the variant has a memory of constant size, and queries see their
/// past, or all there is: what a memory holds.
bool hasMemory(AttendOp op);

/// Whether it has a memory that spans of its tokens can be summarized for:
/// documents are stretches of their own.
bool hasSpans(AttendOp op);

/// Into how many parts the columns of a head's values are cut, each of which
/// goes through tokens by itself: of at most `most` (0: any number), multiples
/// of 16.
int64_t columnParts(int64_t columns, int64_t most);

/// Compiled code is made for given heads and columns: fails with a diagnostic
/// if a size of them is dynamic.
mlir::LogicalResult requireStatic(AttendOp op);

} // namespace attention

#endif // ATTENTION_PASSES_ATTENDFORMS_H
