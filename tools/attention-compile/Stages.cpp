#include "tools/attention-compile/Stages.h"

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

std::vector<Stage> stagesForGpu(const NvptxOptions &options) {
  std::vector<Stage> stages;
  for (const GpuStage &stage : gpuArtefactStages())
    stages.push_back({stage.name, [stage, options](OpPassManager &passes) {
                        stage.addPasses(passes, options);
                      }});
  return stages;
}

} // namespace attention
