//===- A device and its memory ----------------------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_CUDA_DEVICE_H
#define ATTENTION_RUNTIME_CUDA_DEVICE_H

#include "runtime/Artifact.h"
#include "runtime/cuda/Driver.h"

#include <map>
#include <memory>
#include <mutex>

namespace attention::cuda {

struct KernelModule;

/// Memory of a device; freed at the end of its life, which the device's
/// encloses.
class DeviceMemory {
public:
  DeviceMemory() = default;
  DeviceMemory(DeviceMemory &&other) noexcept { swap(other); }
  DeviceMemory &operator=(DeviceMemory &&other) noexcept {
    swap(other);
    return *this;
  }
  ~DeviceMemory();

  /// In the place of what there was. `what` is for the message: "weights".
  attn_status *allocate(attn_device &device, int64_t bytes, const char *what);

  /// Gives the memory up, for who hands it to adopt() later.
  Address release();
  static DeviceMemory adopt(attn_device &device, Address start);

  Address address() const { return start; }
  void *data() const { return reinterpret_cast<void *>(start); }
  int64_t size() const { return bytes; }

private:
  void swap(DeviceMemory &other) noexcept {
    std::swap(device, other.device);
    std::swap(start, other.start);
    std::swap(bytes, other.bytes);
  }

  attn_device *device = nullptr;
  Address start = 0;
  int64_t bytes = 0;
};

/// Makes a device the calling thread's, and afterwards the one before it.
class Current {
public:
  explicit Current(const attn_device &device);
  ~Current();
  attn_status *status(); ///< once

private:
  const attn_device &device;
  int error;
};

} // namespace attention::cuda

/// The primary context of a device, which the whole program shares, with a
/// stream of our own.
struct attn_device {
  attn_device() = default;
  ~attn_device();

  /// "cuda" or "cuda:N".
  attn_status *open(const std::string &name);

  /// Copies after all that was started before. What is on the host stays there
  /// unchanged until wait().
  attn_status *copyIn(void *to, const void *from, int64_t bytes) const;
  attn_status *copyOut(void *to, const void *from, int64_t bytes) const;
  attn_status *copyWithin(void *to, const void *from, int64_t bytes) const {
    return copyWithin(to, from, bytes, stream);
  }
  attn_status *copyWithin(void *to, const void *from, int64_t bytes,
                          void *onStream) const;
  attn_status *wait() const;

  /// Fills the 128 bytes at `map` with the driver's description of `tiles`.
  attn_status *encodeTiles(const attn_tiles_desc &tiles, void *map) const;

  /// Whether `pointer` is memory of a device, which must be this one then.
  attn_status *locate(const void *pointer, bool &onDevice) const;

  attention::cuda::Driver driver;
  std::string label; // as it was opened: "cuda:0"
  std::string name;  // "NVIDIA H200"
  int ordinal = 0;
  int capability = 0; // ten times the major and the minor number
  int64_t sharedBytes = 0; // that a block may have
  int multiprocessors = 0;
  int driverVersion = 0;
  void *context = nullptr;
  void *stream = nullptr;

  /// Loaded modules by what they are made of, while a runner has them.
  std::mutex mutex;
  std::map<const attn_gpu_desc *, std::weak_ptr<attention::cuda::KernelModule>>
      modules;

private:
  attn_status *find(const std::string &wanted, int &device);
  attn_status *describe(int device);
  attn_status *checkCopy(int error, int64_t bytes) const;
  int handle = 0; // the driver's, once the context is retained
};

#endif
