/// What a multiprocessor does in a cycle at best, as its maker published it.
#ifndef ATTENTION_LOWERING_NVPTX_GPUPEAKS_H
#define ATTENTION_LOWERING_NVPTX_GPUPEAKS_H

#include "llvm/ADT/StringRef.h"
#include <optional>

namespace attention::nvptx {

struct GpuPeaks {
  /// Products (each with a sum) of dense matrices on tensor cores.
  double halfProducts, tf32Products, doubleProducts;
  /// Instructions for one element.
  double floats, doubles, functions;
  /// Bytes of memory, and of the second-level cache: those of the device,
  /// divided by its multiprocessors.
  double memoryBytes, cacheBytes;

  /// Nothing where the processor that LLVM calls `name` is not in the table.
  static std::optional<GpuPeaks> of(llvm::StringRef name);
};

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_GPUPEAKS_H
