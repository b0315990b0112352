//===- What processors can do at most ---------------------------*- C++ -*-===//
#ifndef ATTENTION_TOOLS_ATTENTIONBENCH_PEAKS_H
#define ATTENTION_TOOLS_ATTENTIONBENCH_PEAKS_H

#include "runtime/files/Result.h"
#include "tools/attention-bench/Clock.h"
#include "tools/attention-bench/Machine.h"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace attention {

/// The processors of this machine: loops of PeakLoops.h on as many threads at a
/// time as the pool has.
class Processors : public Machine {
public:
  Processors(attn_pool *pool, Clock clock)
      : pool(pool), threads(attn_pool_workers(pool)), clock(clock) {}

  Place place() const override { return {pool, nullptr}; }
  std::string name() const override;
  std::vector<Peak> peaks() const override;
  std::string featureOf(Peak peak) const override;

  /// Of all threads together, each of which runs for so long.
  Result<double> measure(Peak peak, double seconds) override;

private:
  MaybeFailure allocate();

  attn_pool *const pool;
  const int64_t threads;
  const Clock clock;
  struct Free {
    void operator()(char *memory) const { std::free(memory); }
  };
  std::unique_ptr<char, Free> memory; // to read, a part for each thread
};

} // namespace attention
#endif
