#include "lowering/cpu/Pipeline.h"

#include "lowering/ModelPipeline.h"
#include "lowering/Passes.h"
#include "lowering/cpu/MatrixUnit.h"
#include "lowering/cpu/Passes.h"
#include "lowering/cpu/VectorUnit.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Passes.h"

using namespace mlir;

namespace attention {

static VectorUnit unitOf(const CpuOptions &options) {
  return VectorUnit::of(options.architecture, options.features);
}

bool hasProductsOfBf16(llvm::StringRef architecture, llvm::StringRef features) {
  return VectorUnit::of(architecture, features).multipliesBf16();
}

static bool multipliesInBf16(const CpuOptions &options) {
  return options.precision == "bf16" && unitOf(options).multipliesBf16();
}

static TileSizes tileSizes(const CpuOptions &options) {
  TileSizes sizes;
  // What is done once a row, whose sum a row waits for, takes a tenth of the
  // time of wide vectors.
  if (unitOf(options).vectorBits >= 256)
    sizes.keys = 128;
  // Weights take half the memory, and products half the time: what is done once
  // for each row of a tile counts for more.
  if (unitOf(options).multipliesBf16()) {
    sizes.narrowWeights = NarrowWeights::BFloat16;
    // All the more so where products take little time beside the rest.
    sizes.bf16Keys = unitOf(options).matrixBf16 ? 512 : 128;
    if (multipliesInBf16(options)) {
      sizes.keys = sizes.bf16Keys;
      sizes.bf16Products = BFloat16Products::LeftByRows;
    }
  }
  // A page: what processors read ahead of keys ends with it, and a stretch of
  // as many values follows.
  sizes.fewRows = VectorUnit::kFewRows;
  sizes.fewRowsBytes = 4096;
  sizes.fewRowsKeys = unitOf(options).asksAlong() ? 16 : 8;
  sizes.form = options.form;
  sizes.chunk = 16;
  sizes.joinTasks = true;
  return sizes;
}

/// Rows of a right operand that are multiplied at a time, in pairs; or 0.
static int64_t pairedRows(const CpuOptions &options) {
  VectorUnit unit = unitOf(options);
  if (unit.matrixBf16)
    return kTileDepth;
  return unit.dotBf16 ? 16 : 0;
}

static void addModel(OpPassManager &passes, const CpuOptions &options) {
  addModelPasses(passes, {/*steps=*/true, /*preparations=*/true,
                          multipliesInBf16(options), pairedRows(options)});
}
static void addTiling(OpPassManager &passes, const CpuOptions &options) {
  addTilingPasses(passes, tileSizes(options));
}
static void addTiles(OpPassManager &passes, const CpuOptions &options) {
  addTilePasses(passes, tileSizes(options));
  passes.addNestedPass<func::FuncOp>(createGatherBranches());
}
static void addBuffers(OpPassManager &passes, const CpuOptions &) {
  addBufferPasses(passes);
  passes.addNestedPass<func::FuncOp>(createSwapCarries());
  passes.addPass(createCanonicalizerPass());
}

static void addCleanUp(OpPassManager &passes) {
  passes.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  passes.addNestedPass<func::FuncOp>(createCSEPass());
}

static void addLoops(OpPassManager &passes, const CpuOptions &options) {
  VectorUnit unit = unitOf(options);
  TilesToLoopsOptions loops;
  loops.vectorBits = unit.vectorBits;
  loops.registers = unit.registers;
  loops.fma = unit.fma;
  loops.dotBf16 = unit.dotBf16;
  loops.matrixBf16 = unit.matrixBf16;
  loops.asksForRows = unit.asksForRows;
  if (options.explain)
    passes.addNestedPass<func::FuncOp>(
        createExplainKernels({loops.vectorBits, loops.registers, loops.fma,
                              loops.dotBf16, loops.matrixBf16}));
  passes.addNestedPass<func::FuncOp>(createTilesToLoops(loops));
  addCleanUp(passes);
}

static void addMemory(OpPassManager &passes, const CpuOptions &) {
  passes.addPass(createPlanMemory());
}

static void addRuntime(OpPassManager &passes, const CpuOptions &options) {
  passes.addPass(createParallelToRuntime());
  passes.addPass(createOutlineNests());
  // Tasks that are the same have become one: what makes code long comes now.
  passes.addNestedPass<func::FuncOp>(createGuardDivisions());
  passes.addNestedPass<func::FuncOp>(createExpandMath(
      {unitOf(options).powersOf2, unitOf(options).matrixBf16}));
  addCleanUp(passes);
  EntryPointsOptions entries;
  entries.prefix = options.prefix;
  entries.architecture = options.architecture;
  entries.cpu = options.cpu;
  entries.features = options.features;
  entries.target = options.target;
  entries.targets = options.targets;
  entries.gpus = options.gpus;
  passes.addPass(createEntryPoints(entries));
}

void addLlvmPasses(OpPassManager &passes, const CpuOptions &options) {
  // Function by function as far as possible: functions run in threads.
  OpPassManager &functions = passes.nest<func::FuncOp>();
  functions.addPass(createExpandMemRefs());
  functions.addPass(createLowerAffinePass());
  functions.addPass(memref::createExpandStridedMetadataPass());
  functions.addPass(createLowerAffinePass());
  arith::ArithExpandOpsPassOptions expand;
  // Who multiplies pairs of bf16 also rounds to bf16 in one instruction.
  expand.includeBf16 = !unitOf(options).dotBf16;
  functions.addPass(arith::createArithExpandOpsPass(expand));
  functions.addPass(createSCFToControlFlowPass());
  // What is an instruction stays one; only the rest becomes calls.
  functions.addPass(createConvertMathToLLVMPass());
  // Beyond the patterns of the general conversion below: masks, steps, slices.
  ConvertVectorToLLVMPassOptions vectors;
  vectors.force32BitVectorIndices = false; // tensors may be large
  functions.addPass(createConvertVectorToLLVMPass(vectors));
  passes.addNestedPass<LLVM::LLVMFuncOp>(createSCFToControlFlowPass());
  passes.addPass(createConvertMathToLibmPass());
  passes.addPass(createConvertToLLVMPass());
  passes.addPass(createReconcileUnrealizedCastsPass());
}

static constexpr CpuStage stages[] = {
    {"model", "sizes follow from those of arguments, weights are prepared",
     addModel},
    {"tiling", "attention on states, in loops over tiles", addTiling},
    {"tiles", "vector code on tiles of tensors", addTiles},
    {"buffers", "the same on buffers (docs/tile-level.md)", addBuffers},
    {"loops", "tiles are loops over vector registers", addLoops},
    {"memory", "buffers have their place in one workspace", addMemory},
    {"runtime", "parallel loops and entry points speak the runtime's border",
     addRuntime},
    {"llvm", "the LLVM dialect", addLlvmPasses},
};

llvm::ArrayRef<CpuStage> cpuStages() { return stages; }

void buildCpuPipeline(OpPassManager &passes, const CpuOptions &options) {
  for (const CpuStage &stage : stages)
    stage.addPasses(passes, options);
}

void registerCpuPasses() {
  registerAttentionCpuPasses();
  PassPipelineRegistration<>(
      "attention-to-cpu", "From a model to the LLVM dialect for CPUs",
      [](OpPassManager &passes) { buildCpuPipeline(passes, CpuOptions()); });
}

} // namespace attention
