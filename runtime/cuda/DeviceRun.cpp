//===- Runs of one runner on a device -------------------------------------===//
#include "runtime/cuda/DeviceRun.h"

#include "runtime/Status.h"

#include <utility>

using namespace attention;
using namespace attention::cuda;

/// Buffers on a device start at multiples of this, as kernels were told.
static constexpr int64_t alignment = 16;
/// What staged buffers start at: whole transactions of memory.
static constexpr int64_t stagedAlignment = 256;

/// Starting a graph takes as long as starting some kernels.
static constexpr int64_t fewestLaunches = 8;

DeviceRun::DeviceRun(std::shared_ptr<KernelModule> shared)
    : Host(nullptr), module(std::move(shared)), device(module->device),
      windows(device), graph(device) {
  interface()->launch = &DeviceRun::launch;
  interface()->copy = &DeviceRun::copy;
  interface()->element = &DeviceRun::element;
  interface()->constant = &DeviceRun::constant;
  interface()->tensor_map = &DeviceRun::tensorMap;
}

DeviceRun::~DeviceRun() { attn_status_free(failure); }

attn_status *DeviceRun::reserve(int64_t bytes) {
  return bytes <= workspace.size()
             ? nullptr
             : workspace.allocate(device, bytes, "a workspace");
}

//===----------------------------------------------------------------------===//
// What compiled code asks for
//===----------------------------------------------------------------------===//

DeviceRun &DeviceRun::of(attn_host *host) {
  return static_cast<DeviceRun &>(Host::of(host));
}

/// Of several failures the first counts; nothing is done after it.
template <typename Work> void DeviceRun::unlessFailed(Work work) {
  if (!failure && !failed() && !(isWriting && needsHost))
    failure = guarded(work);
}

/// What the host does between launches is in no graph: the run that is being
/// written down comes to nothing.
bool DeviceRun::isBeyondGraphs() {
  needsHost = true;
  return isWriting;
}

void DeviceRun::launch(attn_host *host, int64_t kernel, int64_t blocks,
                       int64_t threads, int64_t sharedBytes,
                       void *const *parameters) {
  DeviceRun &self = of(host);
  if (blocks > 0)
    self.unlessFailed([&]() -> attn_status * {
      if (attn_status *status = self.windows.flush())
        return status;
      ++self.launches;
      return self.module->launch(kernel, blocks, threads, sharedBytes,
                                 parameters, self.stream());
    });
}

void DeviceRun::copy(attn_host *host, void *to, const void *from,
                     int64_t bytes) {
  DeviceRun &self = of(host);
  self.unlessFailed([&]() -> attn_status * {
    if (attn_status *status = self.windows.flush())
      return status;
    ++self.launches;
    return self.device.copyWithin(to, from, bytes, self.stream());
  });
}

void *DeviceRun::element(attn_host *host, void *address, int64_t bytes,
                         int32_t writes) {
  DeviceRun &self = of(host);
  void *place = self.nothing;
  self.nothing[0] = 0;
  if (self.isBeyondGraphs())
    return place;
  self.unlessFailed(
      [&] { return self.windows.element(address, bytes, writes != 0, place); });
  if (self.failure)
    self.nothing[0] = 0;
  return place;
}

void *DeviceRun::constant(attn_host *host, const void *data, int64_t bytes) {
  DeviceRun &self = of(host);
  void *there = nullptr;
  if (!self.module->hasConstant(data) && self.isBeyondGraphs())
    return there;
  self.unlessFailed([&]() -> attn_status * {
    if (attn_status *status = self.module->constant(data, bytes, there))
      return status;
    self.windows.addRange(there, bytes);
    return nullptr;
  });
  return there;
}

void DeviceRun::tensorMap(attn_host *host, void *map,
                          const attn_tiles_desc *tiles) {
  DeviceRun &self = of(host);
  self.unlessFailed([&] { return self.device.encodeTiles(*tiles, map); });
}

//===----------------------------------------------------------------------===//
// One run
//===----------------------------------------------------------------------===//

/// Finds a place on the device for each buffer: its own where it is there.
attn_status *DeviceRun::place(const std::vector<void *> &buffers,
                              const std::vector<int64_t> &bytes,
                              const std::vector<bool> &fixed) {
  placed = buffers;
  std::vector<int64_t> offsets(buffers.size(), -1);
  int64_t total = 0;
  for (size_t i = 0; i < buffers.size(); ++i) {
    if (bytes[i] == 0) {
      placed[i] = nullptr;
      continue;
    }
    bool onDevice = fixed[i];
    if (!onDevice)
      if (attn_status *status = device.locate(buffers[i], onDevice))
        return status;
    if (onDevice) {
      if (reinterpret_cast<uintptr_t>(buffers[i]) % alignment)
        return makeStatus(ATTN_INVALID,
                          "expects buffers on a device to be aligned to 16 "
                          "bytes");
      continue;
    }
    offsets[i] = total;
    total +=
        (bytes[i] + stagedAlignment - 1) / stagedAlignment * stagedAlignment;
  }
  if (total > staging.size())
    if (attn_status *status =
            staging.allocate(device, total, "copies of inputs and results"))
      return status;
  for (size_t i = 0; i < buffers.size(); ++i)
    if (offsets[i] >= 0)
      placed[i] = static_cast<char *>(staging.data()) + offsets[i];
  return nullptr;
}

attn_status *DeviceRun::bring(const std::vector<void *> &buffers,
                              const std::vector<int64_t> &bytes,
                              size_t arguments) {
  for (size_t i = 0; i < arguments; ++i)
    if (placed[i] != buffers[i])
      if (attn_status *status = device.copyIn(placed[i], buffers[i], bytes[i]))
        return status;
  return nullptr;
}

attn_status *DeviceRun::fetch(const std::vector<void *> &buffers,
                              const std::vector<int64_t> &bytes,
                              size_t arguments) {
  for (size_t i = arguments; i < buffers.size(); ++i)
    if (placed[i] != buffers[i])
      if (attn_status *status = device.copyOut(buffers[i], placed[i], bytes[i]))
        return status;
  return nullptr;
}

/// Whether the run is done, its launches started at once. Only what has gone
/// well before is tried, and whatever else happens leaves it to an ordinary
/// run.
bool DeviceRun::runAsGraph(int32_t (*run)(const attn_call *),
                           const attn_call &call, int32_t &result) {
  if (needsHost || launches < fewestLaunches || !graph.begin())
    return false;
  isWriting = true;
  launches = 0;
  result = run(&call);
  const bool isWhole = !needsHost && !failure && !failed() && result == 0;
  isWriting = false;
  if (isWhole)
    return graph.launch();
  graph.discard();
  attn_status_free(std::exchange(failure, nullptr));
  clearFailure();
  return false;
}

attn_status *DeviceRun::run(int32_t (*run)(const attn_call *),
                            const int64_t *sizes,
                            const std::vector<void *> &buffers,
                            const std::vector<int64_t> &bytes,
                            const std::vector<bool> &fixed, size_t arguments,
                            int32_t &result) {
  Current current(device);
  if (attn_status *status = current.status())
    return status;
  if (attn_status *status = place(buffers, bytes, fixed))
    return status;
  if (attn_status *status = bring(buffers, bytes, arguments))
    return status;
  windows.clear();
  for (size_t i = 0; i < placed.size(); ++i)
    windows.addRange(placed[i], bytes[i]);
  windows.addRange(workspace.data(), workspace.size());
  const attn_call call{interface(), placed.data(), sizes, workspace.data()};
  clearFailure();
  if (!runAsGraph(run, call, result)) {
    needsHost = false;
    launches = 0;
    result = run(&call);
  }
  unlessFailed([&] { return windows.flush(); });
  unlessFailed([&] { return fetch(buffers, bytes, arguments); });
  // Also after a failure: what was started still uses the buffers.
  attn_status *end = device.wait();
  attn_status *first = std::exchange(failure, nullptr);
  if (!first)
    return end;
  attn_status_free(end);
  return first;
}
