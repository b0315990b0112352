/// The passes that turn tiles into code for CPUs.
#ifndef ATTENTION_LOWERING_CPU_PASSES_H
#define ATTENTION_LOWERING_CPU_PASSES_H

#include "mlir/Pass/Pass.h"

namespace attention {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lowering/cpu/Passes.h.inc"

/// Registers the passes and pipelines of the CPU target by name.
void registerCpuPasses();

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_PASSES_H
