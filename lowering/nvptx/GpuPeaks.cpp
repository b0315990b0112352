#include "lowering/nvptx/GpuPeaks.h"
#include "lowering/GpuName.h"

namespace attention::nvptx {

// Products: "NVIDIA A100 Tensor Core GPU Architecture" (2020) and "NVIDIA H100
// Tensor Core GPU Architecture" (2022), peak rates divided by multiprocessors
// (108, 132) and clock (1.41 GHz, 1.83 GHz). Instructions: CUDA C++ Programming
// Guide, "Throughput of Native Arithmetic Instructions". Memory: A100 80 GB SXM
// 2039 GB/s, H100 SXM 3352 GB/s (an H200 has 1.43 times that). Cache: A100 5120
// bytes a cycle; of H100 none is published, so it has the same.
static constexpr GpuPeaks a100{1024, 512, 64, 64, 32, 16, 13.4, 47.4};
static constexpr GpuPeaks h100{2048, 1024, 128, 128, 64, 16, 13.9, 38.8};

std::optional<GpuPeaks> GpuPeaks::of(llvm::StringRef name) {
  std::optional<GpuName> known = parseGpuName(name);
  if (!known || (known->capability != 80 && known->capability != 90))
    return std::nullopt;
  return known->capability == 80 ? a100 : h100;
}

} // namespace attention::nvptx
