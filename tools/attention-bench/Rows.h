//===- All rows -------------------------------------------------*- C++ -*-===//
#ifndef ATTENTION_TOOLS_ATTENTIONBENCH_ROWS_H
#define ATTENTION_TOOLS_ATTENTIONBENCH_ROWS_H

#include "tools/attention-bench/Row.h"

#include <algorithm>

namespace attention {

/// Every variant in every type and some shapes, for this processor or for a
/// device. Lengths are divided by `shrink`.
std::vector<Group> allRows(bool onDevice, int64_t shrink);

inline int64_t shrunk(int64_t length, int64_t shrink) {
  return std::max<int64_t>(length / shrink, 1);
}

/// Those whose key after key costs: softmax and its like.
Group pairRows(ElementType type, int64_t width, int64_t shrink);

/// Sequences of several lengths, for the group of pairRows.
Group raggedRows(ElementType type, int64_t width, int64_t shrink);

/// Those that keep a memory of constant size.
Group memoryRows(ElementType type, int64_t width, int64_t shrink);

/// One query that reads many keys.
Group decodeRows(ElementType type, int64_t shrink);

/// What products of this type are held against on this processor.
Peak productPeak(ElementType type);

const int64_t rowHeads = 8;

/// " f32 d64 n2048"
std::string shapeText(ElementType type, int64_t width, int64_t length);

/// Queries, keys and values; keys of length 1 where a recurrence wants them so.
std::vector<InputPlan> attendInputs(ElementType type, int64_t width,
                                    int64_t length, Fill keys);

} // namespace attention
#endif
