/// What kernels may use of a graphics processor.
#ifndef ATTENTION_LOWERING_NVPTX_GPUFEATURES_H
#define ATTENTION_LOWERING_NVPTX_GPUFEATURES_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace attention::nvptx {

struct GpuFeatures {
  /// Four warps multiply together, operands in swizzled shared memory
  /// (`wgmma`), and one thread copies whole tiles there (TMA).
  bool warpgroupMma = false;
  /// What a block may have of shared memory (CUDA C Programming Guide,
  /// "Technical Specifications per Compute Capability").
  int64_t sharedBytes = 163 * 1024;
  /// The same of every processor that runs code for this one.
  int64_t portableBytes = 99 * 1024;

  /// Those of the processor that LLVM calls `name`; of sm_80 if it is unknown.
  static GpuFeatures of(llvm::StringRef name);
};

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_GPUFEATURES_H
