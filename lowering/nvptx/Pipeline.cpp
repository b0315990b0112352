#include "lowering/nvptx/Pipeline.h"
#include "lowering/nvptx/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace attention {

void buildNvptxPipeline(OpPassManager &passes) {
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createTilesToWarps());
  OpPassManager &kernels = passes.nest<gpu::GPUModuleOp>();
  kernels.addPass(createCanonicalizerPass());
  kernels.addPass(createCSEPass());
  kernels.addPass(createExpandGpuMath());
  kernels.addPass(createLowerAffinePass());
  kernels.addPass(createSCFToControlFlowPass());
  kernels.addPass(createConvertToLLVMPass());
  kernels.addPass(createCanonicalizerPass());
  kernels.addPass(createCSEPass());
  kernels.addPass(createReconcileUnrealizedCastsPass());
}

void registerNvptxPasses() {
  registerAttentionNvptxPasses();
  PassPipelineRegistration<>(
      "attention-to-nvptx",
      "Lower functions on tiles to kernels for NVIDIA GPUs",
      [](OpPassManager &passes) { buildNvptxPipeline(passes); });
}

} // namespace attention
