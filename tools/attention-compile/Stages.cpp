#include "tools/attention-compile/Stages.h"

#include "lowering/nvptx/Pipeline.h"

using namespace mlir;

namespace attention {

std::vector<Stage> stagesForCpu(const CpuOptions &options) {
  std::vector<Stage> stages;
  for (const CpuStage &stage : cpuStages())
    stages.push_back({stage.name, [&stage, options](OpPassManager &passes) {
                        stage.addPasses(passes, options);
                      }});
  return stages;
}

std::vector<Stage> stagesForGpu() {
  std::vector<Stage> stages;
  for (const GpuStage &stage : gpuStages())
    stages.push_back({stage.name, stage.addPasses});
  return stages;
}

} // namespace attention
