#include "lowering/ModelPipeline.h"
#include "lowering/Passes.h"
#include "passes/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace attention {

static void addCleanUp(OpPassManager &passes) {
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
}

void addModelPasses(OpPassManager &passes, const RuntimeFunctions &functions) {
  passes.addPass(createInlinerPass());
  passes.addPass(createSymbolDCEPass());
  if (functions.steps)
    passes.addNestedPass<func::FuncOp>(createLinearize());
  passes.addNestedPass<func::FuncOp>(createUnfoldEvolve());
  if (functions.steps)
    passes.addPass(createDeriveDecode());
  passes.addNestedPass<func::FuncOp>(createUnfoldSegments());
  passes.addNestedPass<func::FuncOp>(createUnfoldScalars());
  passes.addNestedPass<func::FuncOp>(createRefuseUncompiled());
  passes.addNestedPass<func::FuncOp>(createForwardConcat());
  passes.addNestedPass<func::FuncOp>(createCheckSizes());
  passes.addNestedPass<func::FuncOp>(createResolveSizes());
  addCleanUp(passes);
  if (functions.preparations) {
    passes.addNestedPass<func::FuncOp>(createJoinProjections());
    passes.addNestedPass<func::FuncOp>(createPackWeights(
        {weightPanelBytes, functions.bf16Weights, functions.pairedRows}));
    passes.addPass(createPrepareWeights());
  }
  passes.addPass(createOutlineSizes());
}

void addTilingPasses(OpPassManager &passes, const TileSizes &sizes) {
  auto &functions = passes.nest<func::FuncOp>();
  functions.addPass(createChooseForm(
      {sizes.form, sizes.chunk, sizes.queries, sizes.fewQueries, sizes.keys,
       sizes.span, sizes.tasks, sizes.parallelTasks, sizes.transitionBytes,
       sizes.chunkColumns, sizes.loneTokens}));
  if (sizes.chunk) {
    functions.addPass(
        createScanTokens({sizes.chunk, sizes.chunkBytes, sizes.chunkColumns,
                          sizes.span, sizes.tasks, sizes.rounds}));
    functions.addPass(
        createChunkTokens({sizes.chunk, sizes.chunkBytes, sizes.chunkColumns,
                           sizes.loneTokens, sizes.rounds}));
  }
  functions.addPass(createUnfoldAttend());
  functions.addPass(createDecomposeConcat());
  if (sizes.fewQueries)
    functions.addPass(createSplitKeys(
        {sizes.queries, sizes.fewQueries, sizes.keySpan, sizes.leastRows,
         sizes.splitTasks, sizes.splitFan, sizes.halfQueries}));
  functions.addPass(createTileQueries({sizes.queries, sizes.halfQueries}));
  functions.addPass(
      createStreamKeys({sizes.keys, sizes.bf16Keys, sizes.rowBytes,
                        sizes.fewRows, sizes.fewRowsBytes, sizes.fewRowsKeys}));
  functions.addPass(createFuseEpilogue({sizes.wholeBytes}));
  if (sizes.joinTasks)
    functions.addPass(createJoinTasks({sizes.wholeBytes}));
  functions.addPass(createResolveSizes());
  addCleanUp(passes);
}

void addTilePasses(OpPassManager &passes, const TileSizes &sizes) {
  passes.addNestedPass<func::FuncOp>(
      createAttentionToTiles({sizes.narrowWeights, sizes.branchOnFinite}));
  passes.addNestedPass<func::FuncOp>(createGlueToTiles(
      {sizes.rowTile, sizes.panelBytes, sizes.tileBytes, sizes.exactParts}));
  if (sizes.bf16Products != BFloat16Products::None)
    passes.addNestedPass<func::FuncOp>(createNarrowProducts(
        {sizes.bf16Products == BFloat16Products::LeftByRows}));
  passes.addNestedPass<func::FuncOp>(createResolveSizes());
  passes.addNestedPass<func::FuncOp>(createResultsToArguments());
  // Variants that tiles have been made of.
  passes.addPass(createSymbolDCEPass());
  passes.addPass(createCanonicalizerPass());
}

void addBufferPasses(OpPassManager &passes) {
  passes.addPass(bufferization::createEmptyTensorEliminationPass());
  passes.addNestedPass<func::FuncOp>(createKeepCarries());
  // Allocations that look alike are not one: no CSE before they say so.
  passes.addPass(bufferization::createEmptyTensorToAllocTensorPass());
  addCleanUp(passes);
  bufferization::OneShotBufferizePassOptions options;
  options.bufferizeFunctionBoundaries = true;
  options.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  passes.addPass(bufferization::createOneShotBufferizePass(options));
  addCleanUp(passes);
  passes.addNestedPass<func::FuncOp>(createParallelizePreparations());
  passes.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
  passes.addPass(createCanonicalizerPass());
}

} // namespace attention
