#include "lowering/cpu/Passes.h"

namespace attention {

void registerCpuPasses() { registerAttentionCpuPasses(); }

} // namespace attention
