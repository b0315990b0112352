/// Segments fed in pieces: whether that can be, and how.
#ifndef ATTENTION_PASSES_SEGMENTTOKENS_H
#define ATTENTION_PASSES_SEGMENTTOKENS_H

#include "dialect/Attention.h"
#include "passes/SegmentSizes.h"
#include "passes/TokenAxes.h"
#include <optional>

namespace attention {

/// Whether no row of a segment's output depends on later rows of that segment:
/// then a segment that is not complete yet can be computed as far as it is.
/// Carries may depend on all of a segment. False, with a reason in `outside`,
/// which knows what has tokens in the function, if not.
bool isCausalInSegments(SegmentsOp op, TokenAxes &outside);

/// What a session keeps of `segments`: the rows of the segment that is not
/// complete yet, and the carries that it begins with, at the front of tensors
/// as large as they can be.
struct SegmentState {
  mlir::Value rows; ///< [batch, length, columns]
  llvm::SmallVector<mlir::Value> carries;
};

/// The same after more tokens, and their output.
struct SegmentsContinued : SegmentState {
  mlir::Value output;
};

/// Lets `op`, whose input are the tokens behind the `past` ones, go on from a
/// state, and erases it. `sizes` are its own, read for a session.
SegmentsContinued continueSegments(SegmentsOp op, SegmentSizes &sizes,
                                   mlir::Value past,
                                   const SegmentState &before);

} // namespace attention

#endif // ATTENTION_PASSES_SEGMENTTOKENS_H
