//===- The launches of a run, started at once -------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_CUDA_GRAPH_H
#define ATTENTION_RUNTIME_CUDA_GRAPH_H

#include "runtime/cuda/Device.h"

namespace attention::cuda {

/// Launches and copies that are written down first, and then started together.
/// What was instantiated is kept: runs of another shape change its parameters,
/// and where other kernels are started it is made anew. A driver that refuses
/// is not asked again, and the caller starts one after the other.
class Graph {
public:
  explicit Graph(attn_device &device)
      : device(device), isUsable(device.driver.hasGraphs) {}
  Graph(const Graph &) = delete;
  Graph &operator=(const Graph &) = delete;
  ~Graph();

  /// From now on launches on stream() are written down; false if they cannot
  /// be.
  bool begin();
  /// A stream of our own, as others share that of the device.
  void *stream() const { return own; }

  /// Starts what was written down, behind what the device has to do; false if
  /// nothing was started.
  bool launch();

  /// Forgets what was written down.
  void discard();

private:
  bool end(void *&graph);
  bool update(void *graph);

  attn_device &device;
  bool isUsable;
  void *own = nullptr;
  void *exec = nullptr;
};

} // namespace attention::cuda
#endif
