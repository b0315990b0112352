//===- The driver of NVIDIA devices ---------------------------------------===//
#include "runtime/cuda/Driver.h"

#include "runtime/Status.h"
#include "runtime/files/NearestName.h"

#include <cstring>
#include <dlfcn.h>

using namespace attention;
using namespace attention::cuda;

static const char library[] = "libcuda.so.1";

/// What the library calls the functions, and where in a Driver they go. Names
/// with _v2 are what the manual's names stand for since CUDA 4.
static const struct Function {
  const char *name;
  size_t place;
  bool isOptional = false;
} functions[] = {
    {"cuInit", offsetof(Driver, init)},
    {"cuDriverGetVersion", offsetof(Driver, driverGetVersion)},
    {"cuGetErrorName", offsetof(Driver, getErrorName)},
    {"cuDeviceGetCount", offsetof(Driver, deviceGetCount)},
    {"cuDeviceGet", offsetof(Driver, deviceGet)},
    {"cuDeviceGetName", offsetof(Driver, deviceGetName)},
    {"cuDeviceGetAttribute", offsetof(Driver, deviceGetAttribute)},
    {"cuDevicePrimaryCtxRetain", offsetof(Driver, primaryContextRetain)},
    {"cuDevicePrimaryCtxRelease_v2", offsetof(Driver, primaryContextRelease)},
    {"cuCtxPushCurrent_v2", offsetof(Driver, contextPushCurrent)},
    {"cuCtxPopCurrent_v2", offsetof(Driver, contextPopCurrent)},
    {"cuStreamCreate", offsetof(Driver, streamCreate)},
    {"cuStreamDestroy_v2", offsetof(Driver, streamDestroy)},
    {"cuStreamSynchronize", offsetof(Driver, streamSynchronize)},
    {"cuModuleLoadDataEx", offsetof(Driver, moduleLoadData)},
    {"cuModuleUnload", offsetof(Driver, moduleUnload)},
    {"cuModuleGetFunction", offsetof(Driver, moduleGetFunction)},
    {"cuModuleGetGlobal_v2", offsetof(Driver, moduleGetGlobal)},
    {"cuOccupancyMaxActiveBlocksPerMultiprocessor",
     offsetof(Driver, occupancy)},
    {"cuFuncSetAttribute", offsetof(Driver, functionSetAttribute)},
    {"cuMemAlloc_v2", offsetof(Driver, memoryAllocate)},
    {"cuMemFree_v2", offsetof(Driver, memoryFree)},
    {"cuMemGetInfo_v2", offsetof(Driver, memoryGetInfo)},
    {"cuMemcpyHtoDAsync_v2", offsetof(Driver, copyToDevice)},
    {"cuMemcpyDtoHAsync_v2", offsetof(Driver, copyFromDevice)},
    {"cuMemcpyDtoDAsync_v2", offsetof(Driver, copyWithin)},
    {"cuPointerGetAttribute", offsetof(Driver, pointerGetAttribute)},
    {"cuTensorMapEncodeTiled", offsetof(Driver, tensorMapEncodeTiled), true},
    {"cuLaunchKernel", offsetof(Driver, launchKernel)},
};

/// What only some drivers have: CUDA 11.4 and later.
static const Function graphFunctions[] = {
    {"cuStreamBeginCapture_v2", offsetof(Driver, streamBeginCapture)},
    {"cuStreamEndCapture", offsetof(Driver, streamEndCapture)},
    {"cuGraphInstantiateWithFlags", offsetof(Driver, graphInstantiate)},
    {"cuGraphExecUpdate", offsetof(Driver, graphUpdate)},
    {"cuGraphLaunch", offsetof(Driver, graphLaunch)},
    {"cuGraphDestroy", offsetof(Driver, graphDestroy)},
    {"cuGraphExecDestroy", offsetof(Driver, graphExecDestroy)},
};

/// False where the library does not have it.
static bool find(void *handle, const Function &function, Driver &driver) {
  void *address = ::dlsym(handle, function.name);
  std::memcpy(reinterpret_cast<char *>(&driver) + function.place, &address,
              sizeof(address));
  return address != nullptr;
}

attn_status *Driver::open(const std::string &device) {
  const std::string wish =
      "device " + quote(device) + " expects an NVIDIA driver, but ";
  // It stays open: drivers are not made to be unloaded.
  void *handle = ::dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return makeStatus(ATTN_NOT_FOUND, wish + "got: " + ::dlerror());
  for (const Function &function : functions)
    if (!find(handle, function, *this) && !function.isOptional)
      return makeStatus(ATTN_INCOMPATIBLE,
                        wish + library + " has no " + function.name);
  hasGraphs = true;
  for (const Function &function : graphFunctions)
    hasGraphs &= find(handle, function, *this);
  return nullptr;
}

std::string Driver::nameOf(int error) const {
  const char *name = nullptr;
  if (getErrorName(error, &name) == 0 && name)
    return name;
  return "error " + std::to_string(error);
}

attn_status *Driver::check(int error, const std::string &what) const {
  if (error == 0)
    return nullptr;
  return makeStatus(ATTN_DEVICE_FAILED,
                    "the device cannot " + what + ": " + nameOf(error));
}
