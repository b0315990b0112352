#include "lowering/GpuName.h"

#include "llvm/ADT/StringExtras.h"

namespace attention {

std::optional<GpuName> parseGpuName(llvm::StringRef name) {
  GpuName parsed;
  if (!name.consume_front("sm_") ||
      name.consumeInteger(10, parsed.capability) || name.size() > 1 ||
      (name.size() == 1 && !llvm::isAlpha(name.front())))
    return std::nullopt;
  parsed.exact = !name.empty();
  return parsed;
}

} // namespace attention
