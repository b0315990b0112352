//===- A model's kernels on a device --------------------------------------===//
#include "runtime/cuda/KernelModule.h"

#include "runtime/Status.h"
#include "runtime/files/NearestName.h"

#include <algorithm>
#include <cstring>

using namespace attention;
using namespace attention::cuda;

//===----------------------------------------------------------------------===//
// Choosing
//===----------------------------------------------------------------------===//

static bool fits(const attn_gpu_desc &code, int capability) {
  return code.exact ? code.capability == capability
                    : code.capability <= capability;
}

static std::string versionOf(int number) {
  return std::to_string(number / 10) + "." + std::to_string(number % 10);
}

static attn_status *noneFits(const attn_artifact_desc &artifact,
                             const attn_device &device) {
  std::string text;
  for (int64_t i = 0; i < artifact.gpu_count; ++i) {
    const attn_gpu_desc &code = *artifact.gpus[i];
    text += (i == 0 ? "" : ", or ") + versionOf(code.capability) +
            (code.exact ? " itself" : " or more") + " for " + quote(code.gpu);
  }
  return makeStatus(ATTN_INCOMPATIBLE,
                    "expects a device of compute capability " + text +
                        ", but " + device.label + " (" + device.name +
                        ") has " + versionOf(device.capability));
}

attn_status *attention::cuda::chooseGpuCode(const attn_artifact_desc &artifact,
                                            const attn_device &device,
                                            const attn_gpu_desc *&chosen) {
  chosen = nullptr;
  for (int64_t i = 0; i < artifact.gpu_count; ++i) {
    const attn_gpu_desc &code = *artifact.gpus[i];
    if (fits(code, device.capability) &&
        (!chosen || std::pair(code.exact, code.capability) >
                        std::pair(chosen->exact, chosen->capability)))
      chosen = &code;
  }
  if (chosen)
    return nullptr;
  if (artifact.gpu_count == 0)
    return makeStatus(ATTN_INCOMPATIBLE,
                      "expects a model with code for devices "
                      "(attention-compile --target=cpu,cuda), but got one for "
                      "processors alone");
  return noneFits(artifact, device);
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

/// "8.0" of PTX that says ".version 8.0".
static std::string ptxVersion(const char *ptx) {
  const char *found = std::strstr(ptx, ".version ");
  if (!found)
    return "unknown";
  found += std::strlen(".version ");
  return {found, std::strspn(found, "0123456789.")};
}

/// CUDA's version as the driver numbers it: 12040 is 12.4.
static std::string cudaVersion(int number) {
  return std::to_string(number / 1000) + "." +
         std::to_string(number % 1000 / 10);
}

attn_status *KernelModule::loadText() {
  char log[1024] = "";
  int options[] = {jitErrorLog, jitErrorLogBytes};
  void *values[] = {log, reinterpret_cast<void *>(sizeof(log) - 1)};
  const int error =
      device.driver.moduleLoadData(&module, code.ptx, 2, options, values);
  if (error == 0)
    return nullptr;
  if (error == errorUnsupportedPtx)
    return makeStatus(ATTN_INCOMPATIBLE,
                      "expects a newer driver: kernels for " + quote(code.gpu) +
                          " are PTX " + ptxVersion(code.ptx) +
                          ", but this driver is for CUDA " +
                          cudaVersion(device.driverVersion));
  log[std::strcspn(log, "\n")] = '\0';
  return device.driver.check(error,
                             "load the kernels for " + quote(code.gpu) +
                                 (*log ? std::string(" (") + log + ")" : ""));
}

/// The compiler puts a counter beside such a kernel.
bool KernelModule::takesItems(int64_t number) {
  Address counter = 0;
  size_t bytes = 0;
  const std::string name = std::string(code.kernels[number]) + "_items";
  return device.driver.moduleGetGlobal(&counter, &bytes, module,
                                       name.c_str()) == 0;
}

attn_status *KernelModule::load(int64_t functionCount) {
  Current current(device);
  if (attn_status *status = current.status())
    return status;
  if (attn_status *status = loadText())
    return status;
  for (int64_t i = 0; i < code.kernel_count; ++i) {
    void *function = nullptr;
    if (attn_status *status = device.driver.check(
            device.driver.moduleGetFunction(&function, module, code.kernels[i]),
            "find the kernel " + quote(code.kernels[i])))
      return status;
    // What every device has without being asked.
    kernels.push_back({function, 48 * 1024, takesItems(i), 0});
  }
  for (int64_t i = 0; i < functionCount; ++i)
    functions.emplace_back(&code.functions[i]);
  return nullptr;
}

attn_status *KernelModule::get(attn_device &device,
                               const attn_artifact_desc &artifact,
                               std::shared_ptr<KernelModule> &module) {
  const attn_gpu_desc *chosen;
  if (attn_status *status = chooseGpuCode(artifact, device, chosen))
    return status;
  // Also while it loads: who asks for the same meanwhile waits for it.
  const std::lock_guard<std::mutex> lock(device.mutex);
  std::weak_ptr<KernelModule> &known = device.modules[chosen];
  if ((module = known.lock()))
    return nullptr;
  auto made = std::make_shared<KernelModule>(device, *chosen);
  if (attn_status *status = made->load(artifact.function_count))
    return status;
  known = made;
  module = std::move(made);
  return nullptr;
}

KernelModule::~KernelModule() {
  Current current(device);
  if (module)
    device.driver.moduleUnload(module);
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

/// More shared memory than every kernel has must be asked for.
attn_status *KernelModule::allowShared(int64_t number, int64_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex);
  Kernel &kernel = kernels[static_cast<size_t>(number)];
  if (bytes <= kernel.allowedBytes)
    return nullptr;
  const std::string name = quote(std::string(code.kernels[number]));
  if (bytes > device.sharedBytes)
    return makeStatus(
        ATTN_INCOMPATIBLE,
        "kernel " + name + " of the code for " + quote(code.gpu) +
            " expects blocks with " + std::to_string(bytes) +
            " bytes of shared memory, but " + device.label + " (" +
            device.name + ") has " + std::to_string(device.sharedBytes) +
            ": compile with --gpu=sm_" + std::to_string(device.capability));
  const int error = device.driver.functionSetAttribute(
      kernel.function, mostDynamicSharedBytes, static_cast<int>(bytes));
  if (error == 0)
    kernel.allowedBytes = bytes;
  return device.driver.check(error, "let kernel " + name + " have " +
                                        std::to_string(bytes) +
                                        " bytes of shared memory");
}

/// Blocks of a kernel that the device runs at a time; a launch always gives
/// them as many threads and bytes.
int64_t KernelModule::blocksAtOnce(int64_t number, int64_t threads,
                                   int64_t sharedBytes) {
  const std::lock_guard<std::mutex> lock(mutex);
  Kernel &kernel = kernels[static_cast<size_t>(number)];
  int ofEach = 0;
  if (kernel.blocksAtOnce == 0 &&
      device.driver.occupancy(&ofEach, kernel.function,
                              static_cast<int>(threads),
                              static_cast<size_t>(sharedBytes)) == 0)
    kernel.blocksAtOnce = int64_t(ofEach) * device.multiprocessors;
  // Where the driver does not tell, there is one for each task.
  return kernel.blocksAtOnce > 0 ? kernel.blocksAtOnce : INT32_MAX;
}

attn_status *KernelModule::launch(int64_t number, int64_t blocks,
                                  int64_t threads, int64_t sharedBytes,
                                  void *const *parameters, void *stream) {
  if (number < 0 || number >= code.kernel_count)
    return makeStatus(ATTN_BAD_FILE, "expects a kernel's number below " +
                                         std::to_string(code.kernel_count) +
                                         ", but got " + std::to_string(number));
  Kernel &kernel = kernels[static_cast<size_t>(number)];
  const std::string_view name = code.kernels[number];
  if (blocks > INT32_MAX)
    return makeStatus(ATTN_INVALID, "kernel " + quote(std::string(name)) +
                                        " expects at most 2147483647 blocks, "
                                        "but got " +
                                        std::to_string(blocks));
  if (attn_status *status = allowShared(number, sharedBytes))
    return status;
  if (kernel.takesItems)
    blocks = std::min(blocks, blocksAtOnce(number, threads, sharedBytes));
  const int error = device.driver.launchKernel(
      kernel.function, static_cast<unsigned>(blocks), 1, 1,
      static_cast<unsigned>(threads), 1, 1, static_cast<unsigned>(sharedBytes),
      stream, const_cast<void **>(parameters), nullptr);
  if (error == 0)
    return nullptr;
  return device.driver.check(
      error, "start kernel " + quote(std::string(name)) + " with " +
                 std::to_string(blocks) + " blocks of " +
                 std::to_string(threads) + " threads and " +
                 std::to_string(sharedBytes) + " bytes of shared memory");
}

bool KernelModule::hasConstant(const void *data) {
  const std::lock_guard<std::mutex> lock(mutex);
  return constants.count(data) != 0;
}

attn_status *KernelModule::constant(const void *data, int64_t bytes,
                                    void *&there) {
  const std::lock_guard<std::mutex> lock(mutex);
  DeviceMemory &memory = constants[data];
  if (!memory.address()) {
    if (attn_status *status = memory.allocate(device, bytes, "a constant"))
      return status;
    if (attn_status *status = device.copyIn(memory.data(), data, bytes))
      return status;
  }
  there = memory.data();
  return nullptr;
}
