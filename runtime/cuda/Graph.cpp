//===- The launches of a run, started at once -----------------------------===//
#include "runtime/cuda/Graph.h"

using namespace attention::cuda;

Graph::~Graph() {
  if (!own)
    return;
  Current current(device);
  if (exec)
    device.driver.graphExecDestroy(exec);
  device.driver.streamDestroy(own);
}

bool Graph::begin() {
  const Driver &driver = device.driver;
  if (isUsable && !own && driver.streamCreate(&own, streamNonBlocking) != 0) {
    own = nullptr;
    isUsable = false;
  }
  // Relaxed: other threads may do what they like meanwhile.
  if (isUsable && driver.streamBeginCapture(own, captureRelaxed) != 0)
    isUsable = false;
  return isUsable;
}

bool Graph::end(void *&graph) {
  graph = nullptr;
  return device.driver.streamEndCapture(own, &graph) == 0 && graph;
}

void Graph::discard() {
  void *graph;
  if (end(graph))
    device.driver.graphDestroy(graph);
}

/// Gives what was instantiated the parameters of `graph`, or makes it anew.
bool Graph::update(void *graph) {
  const Driver &driver = device.driver;
  void *node = nullptr;
  int result = 0;
  if (exec && driver.graphUpdate(exec, graph, &node, &result) == 0)
    return true;
  if (exec)
    driver.graphExecDestroy(exec);
  exec = nullptr;
  if (driver.graphInstantiate(&exec, graph, 0) == 0)
    return true;
  exec = nullptr;
  return false;
}

bool Graph::launch() {
  void *graph;
  if (!end(graph))
    return isUsable = false;
  isUsable = update(graph);
  device.driver.graphDestroy(graph);
  isUsable = isUsable && device.driver.graphLaunch(exec, device.stream) == 0;
  return isUsable;
}
