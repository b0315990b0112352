#include "lowering/Passes.h"
#include "lowering/cpu/Pipeline.h"
#include "lowering/nvptx/Passes.h"
#include "lowering/nvptx/Pipeline.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Passes.h"

using namespace mlir;

namespace attention {

static void addMemory(OpPassManager &passes, const NvptxOptions &) {
  passes.addPass(createPlanMemory());
}

static void addLaunches(OpPassManager &passes, const NvptxOptions &options) {
  passes.addPass(createLaunchesToRuntime());
  passes.addPass(createEmbedPtx({options.chip}));
  passes.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  passes.addNestedPass<func::FuncOp>(createCSEPass());
  EntryPointsOptions entries;
  entries.prefix = options.prefix;
  entries.architecture = options.architecture;
  entries.gpu = options.chip;
  entries.target = options.target;
  entries.targets = options.targets;
  entries.gpus = options.gpus;
  passes.addPass(createEntryPoints(entries));
}

static void addLlvm(OpPassManager &passes, const NvptxOptions &options) {
  CpuOptions host;
  host.architecture = options.architecture;
  addLlvmPasses(passes, host);
}

static constexpr GpuStage hostStages[] = {
    {"memory", "buffers have their place in one workspace", addMemory},
    {"launches", "kernels are text, functions start them by the runtime",
     addLaunches},
    {"llvm", "the LLVM dialect of these functions", addLlvm},
};

std::vector<GpuStage> gpuArtefactStages() {
  std::vector<GpuStage> stages = gpuStages().vec();
  stages.insert(stages.end(), std::begin(hostStages), std::end(hostStages));
  return stages;
}

} // namespace attention
