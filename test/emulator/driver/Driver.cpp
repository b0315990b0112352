/// libcuda.so.1 for tests: the functions of NVIDIA's driver API that the
/// runtime asks for (runtime/cuda/Driver.h), for a device that is emulated.
#include "test/emulator/driver/Device.h"
#include <cstdio>
#include <cstring>
#include <mutex>
#include <utility>

using namespace attention::emulator;

/// One for the program; never freed, as the program may end at any time.
static Device &device() {
  static Device *made = new Device(Settings::read());
  return *made;
}

/// Threads share the device, which does one thing at a time.
static std::recursive_mutex busy;
using Turn = std::lock_guard<std::recursive_mutex>;

/// How often this thread has made the device its own.
static thread_local int pushed = 0;

static bool hasContext() { return pushed > 0; }

/// A stream, which keeps what it is told while it is captured.
struct Stream {
  bool captures = false;
  Queue written;
};

static Queue &queueOf(void *stream) {
  auto *known = static_cast<Stream *>(stream);
  return known->captures ? known->written : device().waiting;
}

static int tell(const char *what, const Queue &graph) {
  if (device().settings.trace)
    std::fprintf(stderr, "emulated driver: %s a graph of %zu\n", what,
                 graph.work.size());
  return success;
}

/// Each side is where the function that was called says.
static int copy(unsigned long long to, bool toDevice, unsigned long long from,
                bool fromDevice, size_t bytes, void *stream) {
  Turn turn(busy);
  if (!hasContext())
    return invalidContext;
  if (device().owns(to) != toDevice || device().owns(from) != fromDevice)
    return invalidValue;
  return device().copy(to, from, bytes, queueOf(stream));
}

extern "C" {

int cuInit(unsigned flags) {
  return device().settings.devices == 0 ? noDevice : success;
}

int cuDriverGetVersion(int *version) {
  *version = device().settings.version;
  return success;
}

int cuGetErrorName(int error, const char **name) {
  switch (error) {
  case invalidValue:
    *name = "CUDA_ERROR_INVALID_VALUE";
    return success;
  case invalidContext:
    *name = "CUDA_ERROR_INVALID_CONTEXT";
    return success;
  case invalidPtx:
    *name = "CUDA_ERROR_INVALID_PTX";
    return success;
  case illegalAddress:
    *name = "CUDA_ERROR_ILLEGAL_ADDRESS";
    return success;
  case launchOutOfResources:
    *name = "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES";
    return success;
  default:
    return invalidValue;
  }
}

int cuDeviceGetCount(int *count) {
  *count = device().settings.devices;
  return success;
}

int cuDeviceGet(int *number, int ordinal) {
  *number = ordinal;
  return ordinal < device().settings.devices ? success : invalidDevice;
}

int cuDeviceGetName(char *name, int bytes, int) {
  std::strncpy(name, "Emulated GPU", bytes);
  return success;
}

/// Bytes of shared memory that a block may have.
static int mostShared() {
  switch (device().settings.capability) {
  case 86:
  case 89:
  case 120:
    return 99 * 1024;
  case 80:
  case 87:
    return 163 * 1024;
  default:
    return 227 * 1024;
  }
}

int cuDeviceGetAttribute(int *value, int attribute, int) {
  const int capability = device().settings.capability;
  if (attribute == 97) // CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
    *value = mostShared();
  else if (attribute == 16) // CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT
    *value = device().settings.multiprocessors;
  else if (attribute == 75 || attribute == 76)
    *value = attribute == 75 ? capability / 10 : capability % 10;
  else
    return invalidValue;
  return success;
}

int cuDevicePrimaryCtxRetain(void **context, int) {
  *context = &device();
  return success;
}

int cuDevicePrimaryCtxRelease_v2(int) { return success; }

int cuCtxPushCurrent_v2(void *context) {
  ++pushed;
  return context == &device() ? success : invalidContext;
}

int cuCtxPopCurrent_v2(void **context) {
  *context = &device();
  return pushed-- > 0 ? success : invalidContext;
}

int cuStreamCreate(void **stream, unsigned) {
  *stream = new Stream;
  return hasContext() ? success : invalidContext;
}

int cuStreamDestroy_v2(void *stream) {
  delete static_cast<Stream *>(stream);
  return success;
}

int cuStreamSynchronize(void *) {
  Turn turn(busy);
  return hasContext() ? device().wait() : invalidContext;
}

int cuModuleLoadDataEx(void **module, const void *image, unsigned count,
                       int *names, void **values) {
  Turn turn(busy);
  Loaded *loaded = nullptr;
  if (!hasContext())
    return invalidContext;
  int error = device().load(static_cast<const char *>(image), loaded);
  for (unsigned i = 0; error == invalidPtx && i < count; ++i)
    if (names[i] == 5) // CU_JIT_ERROR_LOG_BUFFER
      std::strcpy(static_cast<char *>(values[i]),
                  "ptxas fatal: made to fail\nat once");
  *module = loaded;
  return error;
}

int cuModuleUnload(void *module) {
  Turn turn(busy);
  device().unload(static_cast<Loaded *>(module));
  return success;
}

int cuModuleGetGlobal_v2(unsigned long long *address, size_t *bytes,
                         void *module, const char *name) {
  Turn turn(busy);
  *address = device().variable(*static_cast<Loaded *>(module), name);
  *bytes = 4;
  return *address ? success : notFound;
}

int cuModuleGetFunction(void **function, void *module, const char *name) {
  Turn turn(busy);
  Kernel *kernel = nullptr;
  int error = device().find(*static_cast<Loaded *>(module), name, kernel);
  *function = kernel;
  return error;
}

/// A multiprocessor has one block at a time, whatever it takes.
int cuOccupancyMaxActiveBlocksPerMultiprocessor(int *count, void *function, int,
                                                size_t sharedBytes) {
  Turn turn(busy);
  if (!hasContext() || device().settings.fails == "occupancy" ||
      sharedBytes > static_cast<Kernel *>(function)->allowedBytes)
    return invalidValue;
  *count = 1;
  return success;
}

int cuFuncSetAttribute(void *function, int attribute, int value) {
  Turn turn(busy);
  // 8 is CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES.
  if (attribute != 8 || value > mostShared())
    return invalidValue;
  static_cast<Kernel *>(function)->allowedBytes = value;
  return success;
}

int cuMemAlloc_v2(unsigned long long *address, size_t bytes) {
  Turn turn(busy);
  uint64_t made = 0;
  int error = hasContext() ? device().allocate(made, bytes) : invalidContext;
  *address = made;
  return error;
}

int cuMemFree_v2(unsigned long long address) {
  Turn turn(busy);
  return hasContext() ? device().release(address) : invalidContext;
}

int cuMemGetInfo_v2(size_t *free, size_t *total) {
  Turn turn(busy);
  *free = device().freeBytes();
  *total = device().settings.memory;
  return success;
}

int cuMemcpyHtoDAsync_v2(unsigned long long to, const void *from, size_t bytes,
                         void *stream) {
  return copy(to, true, reinterpret_cast<unsigned long long>(from), false,
              bytes, stream);
}

int cuMemcpyDtoHAsync_v2(void *to, unsigned long long from, size_t bytes,
                         void *stream) {
  return copy(reinterpret_cast<unsigned long long>(to), false, from, true,
              bytes, stream);
}

int cuMemcpyDtoDAsync_v2(unsigned long long to, unsigned long long from,
                         size_t bytes, void *stream) {
  return copy(to, true, from, true, bytes, stream);
}

int cuPointerGetAttribute(void *value, int attribute,
                          unsigned long long address) {
  if (!device().owns(address))
    return invalidValue;
  if (attribute == 2) // CU_POINTER_ATTRIBUTE_MEMORY_TYPE: on a device
    *static_cast<unsigned *>(value) = 2;
  else if (attribute == 9) // CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL
    *static_cast<int *>(value) = 0;
  else
    return invalidValue;
  return success;
}

/// Tiled, not interleaved, one element next to the other, zeros outside.
int cuTensorMapEncodeTiled(void *to, int type, unsigned rank, void *address,
                           const uint64_t *sizes, const uint64_t *strides,
                           const unsigned *box, const unsigned *elementStrides,
                           int interleave, int swizzle, int, int fill) {
  if (rank < 1 || rank > TensorMap::mostDimensions || swizzle < 0 ||
      swizzle > 3 || reinterpret_cast<uint64_t>(to) % 64 != 0)
    return invalidValue;
  TensorMap map;
  map.address = reinterpret_cast<uint64_t>(address);
  map.rank = rank;
  map.elementBytes = TensorMap::bytesOfType(type);
  map.swizzle = static_cast<Swizzle>(swizzle);
  bool isKnown = interleave == 0 && fill == 0;
  for (unsigned i = 0; i < rank; ++i) {
    map.sizes[i] = sizes[i];
    map.strides[i] = i == 0 ? map.elementBytes : strides[i - 1];
    map.box[i] = box[i];
    isKnown &= elementStrides[i] == 1;
  }
  return isKnown ? device().encode(map, to) : int(invalidValue);
}

int cuLaunchKernel(void *function, unsigned gridX, unsigned gridY,
                   unsigned gridZ, unsigned blockX, unsigned blockY,
                   unsigned blockZ, unsigned sharedBytes, void *stream,
                   void **parameters, void **) {
  Turn turn(busy);
  if (!hasContext())
    return invalidContext;
  if (gridY != 1 || gridZ != 1 || blockY != 1 || blockZ != 1)
    return invalidValue;
  return device().launch(*static_cast<Kernel *>(function), gridX, blockX,
                         sharedBytes, parameters, queueOf(stream));
}

int cuStreamBeginCapture_v2(void *stream, int) {
  Turn turn(busy);
  auto *known = static_cast<Stream *>(stream);
  if (!hasContext() || known->captures || device().settings.fails == "capture")
    return invalidValue;
  known->captures = true;
  return success;
}

int cuStreamEndCapture(void *stream, void **graph) {
  Turn turn(busy);
  auto *known = static_cast<Stream *>(stream);
  if (!hasContext() || !known->captures)
    return invalidValue;
  known->captures = false;
  *graph = new Queue(std::exchange(known->written, {}));
  return success;
}

int cuGraphInstantiateWithFlags(void **exec, void *graph, unsigned long long) {
  Turn turn(busy);
  if (device().settings.fails == "instantiate")
    return outOfMemory;
  const auto &written = *static_cast<Queue *>(graph);
  *exec = new Queue(written);
  return tell("makes", written);
}

/// Graphs that start other kernels are refused.
int cuGraphExecUpdate(void *exec, void *graph, void **, int *) {
  Turn turn(busy);
  auto &made = *static_cast<Queue *>(exec);
  const auto &written = *static_cast<Queue *>(graph);
  if (made.what != written.what)
    return graphUpdateFailed;
  made = written;
  return tell("changes", made);
}

int cuGraphLaunch(void *exec, void *) {
  Turn turn(busy);
  if (!hasContext())
    return invalidContext;
  device().launch(*static_cast<Queue *>(exec));
  return success;
}

int cuGraphDestroy(void *graph) {
  delete static_cast<Queue *>(graph);
  return success;
}

int cuGraphExecDestroy(void *exec) {
  delete static_cast<Queue *>(exec);
  return success;
}

} // extern "C"
