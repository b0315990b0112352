//===- Models of one attend -------------------------------------*- C++ -*-===//
#ifndef ATTENTION_TOOLS_ATTENTIONBENCH_MODELTEXT_H
#define ATTENTION_TOOLS_ATTENTIONBENCH_MODELTEXT_H

#include "tools/attention-bench/Row.h"

namespace attention {

/// An argument beside queries, keys and values.
struct ExtraArgument {
  std::string name, clause; ///< no clause: a region reads it
  ElementType type;
  std::vector<int64_t> shape; ///< -1: any
};

/// One function of one `attend`. In texts, "$sum" is the type of
/// sums and "$lowest" minus infinity.
struct AttendText {
  std::string variant;
  ElementType type;
  int64_t queryHeads, keyHeads, width;
  std::string clauses;
  std::string score;    ///< what stands in the score region, if anything
  std::string before;   ///< operations in front, which make %a and %b
  std::string preamble; ///< what stands in front of the function
  std::vector<ExtraArgument> extra;
};

/// The type of scores, sums and of what regions compute.
ElementType sumType(ElementType type);

std::string print(const AttendText &text);

/// Softmax in a user's own words: `attention.variant @soft`.
extern const char *const ownSoftmax;

} // namespace attention
#endif
