#include "tools/attention-compile/Stages.h"

#include "lowering/ModelPipeline.h"

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
  TileSizes sizes;
  sizes.queries = 64;
  sizes.keys = 64; // scores and weights of a warp stay in its registers
  sizes.fewQueries = 0;
  sizes.narrowWeights = true;
  sizes.branchOnFinite = false;
  return {{"model", [](OpPassManager &passes) { addModelPasses(passes); }},
          {"tiling",
           [sizes](OpPassManager &passes) { addTilingPasses(passes, sizes); }},
          {"tiles",
           [sizes](OpPassManager &passes) { addTilePasses(passes, sizes); }},
          {"buffers", [](OpPassManager &passes) { addBufferPasses(passes); }}};
}

} // namespace attention
