//===- A row ready to run ---------------------------------------*- C++ -*-===//
#ifndef ATTENTION_TOOLS_ATTENTIONBENCH_ROWRUN_H
#define ATTENTION_TOOLS_ATTENTIONBENCH_ROWRUN_H

#include "tools/attention-bench/Clock.h"
#include "tools/attention-bench/Machine.h"
#include "tools/attention-bench/Row.h"
#include "tools/attention-run/BoundRun.h"

#include <deque>

namespace attention {

class RowRun {
public:
  /// Makes the inputs of `row`, whose compiled function this is.
  MaybeFailure prepare(const Row &row, const attn_function *function,
                       const Place &place);

  /// Does what the row says once to wake the threads, then for `seconds` at
  /// least; the median time of it.
  Result<double> turn(Clock clock, double seconds);

private:
  struct Part {
    std::vector<HostTensor> inputs;
    BoundRun run;
  };
  MaybeFailure add(const std::vector<InputPlan> &plans,
                   const attn_function *function, const Place &place);
  MaybeFailure runAll();

  double threads = 1;
  std::deque<Part> parts;
};

} // namespace attention
#endif
