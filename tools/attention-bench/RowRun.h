//===- A row ready to run ---------------------------------------*- C++ -*-===//
#ifndef ATTENTION_TOOLS_ATTENTIONBENCH_ROWRUN_H
#define ATTENTION_TOOLS_ATTENTIONBENCH_ROWRUN_H

#include "tools/attention-bench/Clock.h"
#include "tools/attention-bench/Row.h"
#include "tools/attention-run/BoundRun.h"

namespace attention {

class RowRun {
public:
  /// Makes the inputs of `row`, whose compiled function this is.
  MaybeFailure prepare(const Row &row, const attn_function *function,
                       attn_pool *pool);

  /// Runs once to wake the threads, then for `seconds` at least; the median
  /// time of these runs.
  Result<double> turn(Clock clock, double seconds);

private:
  double threads = 1;
  std::vector<HostTensor> inputs;
  BoundRun run;
};

} // namespace attention
#endif
