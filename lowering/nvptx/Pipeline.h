/// The way from a model to PTX, in stages that a tool can stop at.
#ifndef ATTENTION_LOWERING_NVPTX_PIPELINE_H
#define ATTENTION_LOWERING_NVPTX_PIPELINE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include <string>

namespace attention {

/// What PTX is made for.
struct NvptxOptions {
  /// The processor: sm_80 or later. PTX runs on all later ones as well, unless
  /// its name ends in a letter.
  std::string chip = "sm_80";
  std::string form = "auto"; ///< that was asked for, see attention-choose-form
  std::string precision = "f32"; ///< of products of f32: "f32" or "bf16"
};

/// A named stretch of the pipeline.
struct GpuStage {
  llvm::StringLiteral name;
  llvm::StringLiteral summary;
  void (*addPasses)(mlir::OpPassManager &passes, const NvptxOptions &options);
};

/// All stages in their order. After the last but one, functions are on tiles
/// (`docs/tile-level.md`); after the last, there is a `gpu.module` in the LLVM
/// dialect, and launches in the functions.
llvm::ArrayRef<GpuStage> gpuStages();

/// Adds all stages.
void buildNvptxPipeline(mlir::OpPassManager &passes);

/// Adds the last stage alone, for functions on tiles.
void buildTilesToNvptx(mlir::OpPassManager &passes);

/// Makes PTX of the kernels of a module that has gone through all stages. Fails
/// with a diagnostic if the chip is unknown or there are no kernels.
mlir::LogicalResult emitPtx(mlir::ModuleOp module, const NvptxOptions &options,
                            std::string &ptx);

/// The same up to optimised LLVM IR, as text.
mlir::LogicalResult emitNvptxLlvmIr(mlir::ModuleOp module,
                                    const NvptxOptions &options,
                                    std::string &text);

} // namespace attention

#endif // ATTENTION_LOWERING_NVPTX_PIPELINE_H
