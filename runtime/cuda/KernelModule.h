//===- A model's kernels on a device ----------------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_CUDA_KERNELMODULE_H
#define ATTENTION_RUNTIME_CUDA_KERNELMODULE_H

#include "runtime/Model.h"
#include "runtime/cuda/Device.h"

namespace attention::cuda {

/// The code that `device` runs best among what an artefact has: what is for it
/// alone before what is for later ones, too; of these the latest. Says what the
/// artefact needs where there is none.
attn_status *chooseGpuCode(const attn_artifact_desc &artifact,
                           const attn_device &device,
                           const attn_gpu_desc *&chosen);

/// Loaded once for all runners of a model on a device.
struct KernelModule {
  KernelModule(attn_device &device, const attn_gpu_desc &code)
      : device(device), code(code) {}
  ~KernelModule();

  /// The one that is there already, or a new one.
  static attn_status *get(attn_device &device,
                          const attn_artifact_desc &artifact,
                          std::shared_ptr<KernelModule> &module);

  /// Lets `kernel` have so much shared memory, and starts it on a stream.
  attn_status *launch(int64_t kernel, int64_t blocks, int64_t threads,
                      int64_t sharedBytes, void *const *parameters,
                      void *stream);

  /// A constant of the code on the device, copied the first time.
  attn_status *constant(const void *data, int64_t bytes, void *&there);
  bool hasConstant(const void *data);

  attn_device &device;
  const attn_gpu_desc &code;
  std::vector<attn_function> functions;

private:
  struct Kernel {
    void *function;
    int64_t allowedBytes; // of shared memory
    bool takesItems;      // whether its blocks take tasks until none is left
    int64_t blocksAtOnce; // of the device, for such a kernel; 0: not asked yet
  };
  attn_status *load(int64_t functionCount);
  attn_status *loadText();
  attn_status *allowShared(int64_t number, int64_t bytes);
  bool takesItems(int64_t number);
  int64_t blocksAtOnce(int64_t number, int64_t threads, int64_t sharedBytes);

  void *module = nullptr;
  std::vector<Kernel> kernels;
  std::mutex mutex; // for what follows, and what changes of kernels
  std::map<const void *, DeviceMemory> constants;
};

} // namespace attention::cuda
#endif
