/// The stages of a compilation for one target.
#ifndef ATTENTION_TOOLS_ATTENTION_COMPILE_STAGES_H
#define ATTENTION_TOOLS_ATTENTION_COMPILE_STAGES_H

#include "lowering/cpu/Pipeline.h"
#include "lowering/nvptx/Pipeline.h"
#include "mlir/Pass/PassManager.h"

#include <functional>
#include <vector>

namespace attention {

/// A named stretch of passes, bound to its options.
struct Stage {
  llvm::StringRef name;
  std::function<void(mlir::OpPassManager &)> addPasses;
};

/// From a model to the LLVM dialect.
std::vector<Stage> stagesForCpu(const CpuOptions &options);

/// From a model to kernels, which PTX is made of, and on to the LLVM dialect
/// for the host that launches them.
std::vector<Stage> stagesForGpu(const NvptxOptions &options);

/// Of these, the one after which there are kernels.
inline constexpr llvm::StringLiteral kernelsStage = "kernels";

} // namespace attention

#endif // ATTENTION_TOOLS_ATTENTION_COMPILE_STAGES_H
