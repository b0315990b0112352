#include "lowering/nvptx/GpuFeatures.h"
#include "lowering/GpuName.h"

namespace attention::nvptx {

GpuFeatures GpuFeatures::of(llvm::StringRef name) {
  GpuFeatures features;
  std::optional<GpuName> known = parseGpuName(name);
  if (!known)
    return features;
  features.warpgroupMma = known->capability == 90 && known->exact;
  switch (known->capability) {
  case 86:
  case 89:
  case 120:
  case 121:
    features.sharedBytes = 99 * 1024;
    break;
  case 80:
  case 87:
    features.sharedBytes = 163 * 1024;
    break;
  default:
    features.sharedBytes = 227 * 1024;
  }
  if (known->exact)
    features.portableBytes = features.sharedBytes;
  return features;
}

} // namespace attention::nvptx
