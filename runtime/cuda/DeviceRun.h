//===- Runs of one runner on a device ---------------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_CUDA_DEVICERUN_H
#define ATTENTION_RUNTIME_CUDA_DEVICERUN_H

#include "runtime/Host.h"
#include "runtime/cuda/Graph.h"
#include "runtime/cuda/KernelModule.h"
#include "runtime/cuda/Windows.h"

namespace attention::cuda {

/// What a runner on a device has beyond others: memory there, and a host that
/// starts kernels.
class DeviceRun : public Host {
public:
  explicit DeviceRun(std::shared_ptr<KernelModule> module);
  ~DeviceRun();

  attn_device &target() const { return device; }

  /// Room for the workspace, which stays the run's.
  attn_status *reserve(int64_t workspaceBytes);

  /// Runs `run`, a function's, on `buffers` of so many bytes, the first
  /// `arguments` of which are read and the others written. Those that lie on
  /// the host are copied; `fixed` ones are on the device already.
  attn_status *run(int32_t (*run)(const attn_call *), const int64_t *sizes,
                   const std::vector<void *> &buffers,
                   const std::vector<int64_t> &bytes,
                   const std::vector<bool> &fixed, size_t arguments,
                   int32_t &result);

  /// All memory on the device that is the run's own.
  int64_t bytes() const { return workspace.size() + staging.size(); }

private:
  static DeviceRun &of(attn_host *host);
  static void launch(attn_host *host, int64_t kernel, int64_t blocks,
                     int64_t threads, int64_t sharedBytes,
                     void *const *parameters);
  static void copy(attn_host *host, void *to, const void *from, int64_t bytes);
  static void *element(attn_host *host, void *address, int64_t bytes,
                       int32_t writes);
  static void *constant(attn_host *host, const void *data, int64_t bytes);
  static void tensorMap(attn_host *host, void *map,
                        const attn_tiles_desc *tiles);

  template <typename Work> void unlessFailed(Work work);
  /// Where launches go now.
  void *stream() const { return isWriting ? graph.stream() : device.stream; }
  bool isBeyondGraphs();
  bool runAsGraph(int32_t (*run)(const attn_call *), const attn_call &call,
                  int32_t &result);
  attn_status *place(const std::vector<void *> &buffers,
                     const std::vector<int64_t> &bytes,
                     const std::vector<bool> &fixed);
  attn_status *bring(const std::vector<void *> &buffers,
                     const std::vector<int64_t> &bytes, size_t arguments);
  attn_status *fetch(const std::vector<void *> &buffers,
                     const std::vector<int64_t> &bytes, size_t arguments);

  std::shared_ptr<KernelModule> module;
  attn_device &device;
  DeviceMemory workspace, staging;
  std::vector<void *> placed; // where each buffer is on the device
  Windows windows;
  Graph graph;
  bool isWriting = false; // launches are written down
  bool needsHost = true;  // something between launches, by what was seen
  int64_t launches = 0;   // of the last run
  attn_status *failure = nullptr; // the first of a run
  uint64_t nothing[2] = {};       // what is read after a failure
};

} // namespace attention::cuda
#endif
