//===- One measurement ------------------------------------------*- C++ -*-===//
#ifndef ATTENTION_TOOLS_ATTENTIONBENCH_ROW_H
#define ATTENTION_TOOLS_ATTENTIONBENCH_ROW_H

#include "runtime/files/ElementType.h"
#include "tools/attention-bench/PeakLoops.h"

namespace attention {

/// Numbers that keep recurrences from growing without bound.
enum class Fill {
  Normal,   ///< standard normal
  Unit,     ///< rows of length 1
  Small,    ///< rows of length 0.1
  Decay,    ///< logarithms of factors a little below 1
  Strength, ///< from 0 to 1
};

struct InputPlan {
  std::string name;
  ElementType type;
  std::vector<int64_t> shape;
  Fill fill;
  std::vector<int64_t> values = {}; ///< all of them, where they are no numbers
                                    ///< to be drawn
};

/// A model, its inputs, and what a run of it has to do.
struct Row {
  std::string name;
  std::string text; ///< of the model, which has one function
  std::vector<InputPlan> inputs;
  double work; ///< operations of matrix products, or bytes to read
  Peak peak;   ///< what the rate is held against
  /// Another row of the group, to which the rate is compared; or empty.
  std::string against;
  /// Inputs of runs that follow the first one, and count with it.
  std::vector<std::vector<InputPlan>> further = {};
};

/// Rows that are measured in turns.
using Group = std::vector<Row>;

} // namespace attention
#endif
