/// The passes that turn tiles into code for NVIDIA GPUs.
#ifndef ATTENTION_LOWERING_NVPTX_PASSES_H
#define ATTENTION_LOWERING_NVPTX_PASSES_H

#include "mlir/Pass/Pass.h"

namespace attention {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lowering/nvptx/Passes.h.inc"

/// Registers the passes and the pipeline `attention-to-nvptx` by name.
void registerNvptxPasses();

} // namespace attention

#endif // ATTENTION_LOWERING_NVPTX_PASSES_H
