//===- What a device can do at most -----------------------------*- C++ -*-===//
#ifndef ATTENTION_TOOLS_ATTENTIONBENCH_DEVICE_H
#define ATTENTION_TOOLS_ATTENTIONBENCH_DEVICE_H

#include "tools/attention-bench/Kernels.h"
#include "tools/attention-bench/Machine.h"
#include "tools/attention-bench/RowRun.h"

namespace attention {

/// A GPU: products of matrices by kernels of our own, and copies of its memory
/// by its driver.
class Device : public Machine {
public:
  /// Sizes are divided by `shrink`.
  Device(attn_device *device, Kernels &kernels, int64_t shrink)
      : device(device), kernels(kernels), shrink(shrink) {}

  Place place() const override { return {nullptr, device}; }
  std::string name() const override { return attn_device_name(device); }
  std::vector<Peak> peaks() const override;
  std::string featureOf(Peak peak) const override;
  Result<double> measure(Peak peak, double seconds) override;

private:
  int64_t side() const;      ///< of matrices
  int64_t copyBytes() const; ///< of one copy
  Result<double> multiply(Peak peak, double seconds);
  Result<double> copy(double seconds);
  MaybeFailure allocate();

  attn_device *const device;
  Kernels &kernels;
  const int64_t shrink;
  std::map<Peak, RowRun> products; // prepared when they are first asked for
  DeviceMemoryHandle from, to;
};

} // namespace attention
#endif
