/// Names of graphics processors, as LLVM has them.
#ifndef ATTENTION_LOWERING_GPUNAME_H
#define ATTENTION_LOWERING_GPUNAME_H

#include "llvm/ADT/StringRef.h"

#include <optional>

namespace attention {

/// "sm_90a" is capability 90, exact: code for it runs on no other.
struct GpuName {
  int32_t capability; ///< ten times the major and the minor number
  bool exact;
};

/// Nothing where `name` is not "sm_", a number and at most one letter.
std::optional<GpuName> parseGpuName(llvm::StringRef name);

} // namespace attention

#endif // ATTENTION_LOWERING_GPUNAME_H
