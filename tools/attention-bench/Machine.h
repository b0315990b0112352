//===- What rows run on -----------------------------------------*- C++ -*-===//
#ifndef ATTENTION_TOOLS_ATTENTIONBENCH_MACHINE_H
#define ATTENTION_TOOLS_ATTENTIONBENCH_MACHINE_H

#include "runtime/attention.h"
#include "runtime/files/Result.h"
#include "tools/attention-bench/PeakLoops.h"

#include <string>
#include <vector>

namespace attention {

/// "fma_f32", ...: as JSON and tables name it.
const char *nameOf(Peak peak);

/// "GFLOP/s" or "GB/s".
const char *unitOf(Peak peak);

/// Where runs are: on the threads of a pool, or on a device.
struct Place {
  attn_pool *pool = nullptr;
  attn_device *device = nullptr; ///< null: on processors
};

/// Processors or a device, and what they can do at most.
class Machine {
public:
  virtual ~Machine() = default;

  virtual Place place() const = 0;

  /// As it calls itself.
  virtual std::string name() const = 0;

  /// Those that it has.
  virtual std::vector<Peak> peaks() const = 0;

  /// How a peak is reached: a feature of processors, a size.
  virtual std::string featureOf(Peak peak) const = 0;

  /// Operations or bytes a second, measured for so long.
  virtual Result<double> measure(Peak peak, double seconds) = 0;
};

} // namespace attention
#endif
