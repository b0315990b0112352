//===- The driver of NVIDIA devices -----------------------------*- C++ -*-===//
//
// libcuda.so.1 is opened when a device is, and never linked: programs run where
// there is none. What is declared here is all that the runtime asks of it, as
// the driver API's manual has it; results are 0 or an error's number.
//
//===----------------------------------------------------------------------===//
#ifndef ATTENTION_RUNTIME_CUDA_DRIVER_H
#define ATTENTION_RUNTIME_CUDA_DRIVER_H

#include "runtime/attention.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace attention::cuda {

/// An address on a device.
using Address = unsigned long long;

/// Errors that have messages of their own.
enum Error : int {
  errorOutOfMemory = 2,
  errorNoDevice = 100,
  errorUnsupportedPtx = 222
};

enum DeviceAttribute : int {
  multiprocessorCount = 16,
  capabilityMajor = 75,
  capabilityMinor = 76,
  mostSharedBytesOfBlock = 97
};
enum FunctionAttribute : int { mostDynamicSharedBytes = 8 };
enum PointerAttribute : int { memoryType = 2, deviceOrdinal = 9 };
enum MemoryType : unsigned { deviceMemory = 2 };
enum JitOption : int { jitErrorLog = 5, jitErrorLogBytes = 6 };
enum StreamFlag : unsigned { streamNonBlocking = 1 };
enum CaptureMode : int { captureRelaxed = 2 };

/// Of tensor maps: bits of 16 or 32, whatever they mean; what is outside is 0.
enum TensorElement : int { tensorBits16 = 1, tensorBits32 = 2 };
enum TensorSwizzle : int { swizzle32 = 1, swizzle64 = 2, swizzle128 = 3 };
enum TensorPromotion : int { promotion128 = 2 };

struct Driver {
  int (*init)(unsigned flags);
  int (*driverGetVersion)(int *version);
  int (*getErrorName)(int error, const char **name);
  int (*deviceGetCount)(int *count);
  int (*deviceGet)(int *device, int ordinal);
  int (*deviceGetName)(char *name, int bytes, int device);
  int (*deviceGetAttribute)(int *value, int attribute, int device);
  int (*primaryContextRetain)(void **context, int device);
  int (*primaryContextRelease)(int device);
  int (*contextPushCurrent)(void *context);
  int (*contextPopCurrent)(void **context);
  int (*streamCreate)(void **stream, unsigned flags);
  int (*streamDestroy)(void *stream);
  int (*streamSynchronize)(void *stream);
  int (*moduleLoadData)(void **module, const void *image, unsigned options,
                        int *names, void **values);
  int (*moduleUnload)(void *module);
  int (*moduleGetFunction)(void **function, void *module, const char *name);
  int (*moduleGetGlobal)(Address *address, size_t *bytes, void *module,
                         const char *name);
  int (*occupancy)(int *blocks, void *function, int threads,
                   size_t sharedBytes);
  int (*functionSetAttribute)(void *function, int attribute, int value);
  int (*memoryAllocate)(Address *address, size_t bytes);
  int (*memoryFree)(Address address);
  int (*memoryGetInfo)(size_t *free, size_t *total);
  int (*copyToDevice)(Address to, const void *from, size_t bytes, void *stream);
  int (*copyFromDevice)(void *to, Address from, size_t bytes, void *stream);
  int (*copyWithin)(Address to, Address from, size_t bytes, void *stream);
  int (*pointerGetAttribute)(void *value, int attribute, Address address);
  /// Null before CUDA 12.
  int (*tensorMapEncodeTiled)(void *map, int type, unsigned rank, void *address,
                              const uint64_t *sizes, const uint64_t *strides,
                              const unsigned *box,
                              const unsigned *elementStrides, int interleave,
                              int swizzle, int promotion, int fill);
  int (*launchKernel)(void *function, unsigned gridX, unsigned gridY,
                      unsigned gridZ, unsigned blockX, unsigned blockY,
                      unsigned blockZ, unsigned sharedBytes, void *stream,
                      void **parameters, void **extra);

  /// Graphs of launches: only if hasGraphs, as not all drivers have them.
  int (*streamBeginCapture)(void *stream, int mode);
  int (*streamEndCapture)(void *stream, void **graph);
  int (*graphInstantiate)(void **exec, void *graph, unsigned long long flags);
  int (*graphUpdate)(void *exec, void *graph, void **node, int *result);
  int (*graphLaunch)(void *exec, void *stream);
  int (*graphDestroy)(void *graph);
  int (*graphExecDestroy)(void *exec);
  bool hasGraphs = false;

  /// Opens the driver of this machine for `device`, as the caller calls it.
  attn_status *open(const std::string &device);

  /// The name of an error: "CUDA_ERROR_ILLEGAL_ADDRESS".
  std::string nameOf(int error) const;

  /// Null, or that the driver could not do `what`.
  attn_status *check(int error, const std::string &what) const;
};

} // namespace attention::cuda
#endif
