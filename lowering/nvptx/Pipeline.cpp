#include "lowering/nvptx/Pipeline.h"

#include "lowering/ModelPipeline.h"
#include "lowering/nvptx/GpuFeatures.h"
#include "lowering/nvptx/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace attention {

/// Multiprocessors of a large processor, and blocks that one has room for: how
/// far a scan is cut, for any.
static constexpr int64_t kMultiprocessors = 132, kBlocksOfEach = 2;

/// Scores, weights and sums of a warp stay in its registers, of which 16 rows
/// of `rowBytes` take 144 a thread.
static TileSizes tileSizes(const NvptxOptions &options) {
  TileSizes sizes;
  sizes.form = options.form;
  sizes.queries = 64;
  sizes.keys = 64;
  sizes.keySpan = 256;
  // Two groups of four warps share what is read of keys and values.
  if (nvptx::GpuFeatures::of(options.chip).warpgroupMma)
    sizes.halfQueries = 128;
  sizes.rowBytes = 1152;
  sizes.fewQueries = 16;
  sizes.leastRows = 16;
  sizes.splitTasks = 1024;
  sizes.splitFan = 16;
  sizes.narrowWeights = NarrowWeights::All;
  if (options.precision == "bf16")
    sizes.bf16Products = BFloat16Products::All;
  sizes.branchOnFinite = false;
  sizes.rowTile = 64;
  sizes.wholeBytes = 262144;
  sizes.panelBytes = 0; // columns do not depend on the depth: strips
  sizes.tileBytes = 16384;
  sizes.exactParts = true; // a thread's columns differ from part to part
  sizes.chunk = 32;
  sizes.chunkBytes = 16384;
  sizes.chunkColumns = 32;
  sizes.loneTokens = false;
  sizes.rounds = false; // a loop around others costs registers
  sizes.span = options.span;
  sizes.tasks = kMultiprocessors * kBlocksOfEach;
  sizes.parallelTasks = kMultiprocessors;
  sizes.transitionBytes = 65536; // in shared memory
  return sizes;
}

static void addModel(OpPassManager &passes, const NvptxOptions &options) {
  RuntimeFunctions functions;
  functions.steps = options.steps;
  addModelPasses(passes, functions);
}

static void addTiling(OpPassManager &passes, const NvptxOptions &options) {
  addTilingPasses(passes, tileSizes(options));
}
static void addTiles(OpPassManager &passes, const NvptxOptions &options) {
  addTilePasses(passes, tileSizes(options));
}

void buildTilesToNvptx(OpPassManager &passes, const NvptxOptions &options) {
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  passes.addPass(createCanonicalizerPass());
  OpPassManager &functions = passes.nest<func::FuncOp>();
  functions.addPass(createTileCopies());
  functions.addPass(createWrapLoneTiles());
  functions.addPass(createHoistScratch());
  functions.addPass(createStripTiles());
  functions.addPass(createScaleLate());
  functions.addPass(createCSEPass());
  if (options.explain)
    functions.addPass(createExplainGpuKernels({options.chip}));
  passes.addPass(createTilesToWarps({options.chip}));
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
  // Constant tiles have gone into kernels.
  passes.addNestedPass<func::FuncOp>(createCanonicalizerPass());
}

static void addBuffers(OpPassManager &passes, const NvptxOptions &) {
  addBufferPasses(passes);
}
static void addKernels(OpPassManager &passes, const NvptxOptions &options) {
  buildTilesToNvptx(passes, options);
}

static constexpr GpuStage stages[] = {
    {"model", "sizes are checked, and follow from those of arguments",
     addModel},
    {"tiling", "attention on states, in loops over tiles", addTiling},
    {"tiles", "vector code on tiles of tensors", addTiles},
    {"buffers", "the same on buffers (docs/tile-level.md)", addBuffers},
    {"kernels", "kernels in the LLVM dialect, and launches of them",
     addKernels},
};

llvm::ArrayRef<GpuStage> gpuStages() { return stages; }

void buildNvptxPipeline(OpPassManager &passes, const NvptxOptions &options) {
  for (const GpuStage &stage : stages)
    stage.addPasses(passes, options);
}

void registerNvptxPasses() {
  registerAttentionNvptxPasses();
  PassPipelineRegistration<>(
      "attention-to-nvptx",
      "From a model to kernels in the LLVM dialect for NVIDIA GPUs",
      [](OpPassManager &passes) {
        buildNvptxPipeline(passes, NvptxOptions());
      });
  PassPipelineRegistration<>(
      "attention-tiles-to-nvptx",
      "The last stage of it: from functions on tiles to kernels",
      [](OpPassManager &passes) { buildTilesToNvptx(passes, NvptxOptions()); });
}

} // namespace attention
