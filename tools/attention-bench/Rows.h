//===- All rows -------------------------------------------------*- C++ -*-===//
#ifndef ATTENTION_TOOLS_ATTENTIONBENCH_ROWS_H
#define ATTENTION_TOOLS_ATTENTIONBENCH_ROWS_H

#include "tools/attention-bench/Row.h"

namespace attention {

/// Every variant in every type and some shapes, for this processor.
std::vector<Group> allRows();

/// Those whose key after key costs: softmax and its like.
Group pairRows(ElementType type, int64_t width);

/// Sequences of several lengths, for the group of pairRows.
Group raggedRows(ElementType type, int64_t width);

/// Those that keep a memory of constant size.
Group memoryRows(ElementType type, int64_t width);

/// One query that reads many keys.
Group decodeRows(ElementType type);

/// What products of this type are held against here.
Peak productPeak(ElementType type);

const int64_t rowHeads = 8;

/// " f32 d64 n2048"
std::string shapeText(ElementType type, int64_t width, int64_t length);

/// Queries, keys and values; keys of length 1 where a recurrence wants them so.
std::vector<InputPlan> attendInputs(ElementType type, int64_t width,
                                    int64_t length, Fill keys);

} // namespace attention
#endif
