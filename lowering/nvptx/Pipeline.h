/// The way from a model to PTX, in stages that a tool can stop at.
#ifndef ATTENTION_LOWERING_NVPTX_PIPELINE_H
#define ATTENTION_LOWERING_NVPTX_PIPELINE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include <string>
#include <vector>

namespace attention {

/// What PTX is made for.
struct NvptxOptions {
  /// The processor: sm_80 or later. PTX runs on all later ones as well, unless
  /// its name ends in a letter.
  std::string chip = "sm_80";
  std::string form = "auto"; ///< that was asked for, see attention-choose-form
  std::string precision = "f32"; ///< of products of f32: "f32" or "bf16"
  int64_t span = 512; ///< tokens that a span of a scan has at least
  bool steps = false;   ///< with functions that go on where a session is
  bool explain = false; ///< whether kernels remark what they will do
  // Of an artefact alone:
  std::string prefix = "attention";    ///< of the exported symbol
  std::string architecture = "x86_64"; ///< of the code that launches kernels
  int64_t target = 0;  ///< this module among those of the artefact
  int64_t targets = 0; ///< how many of these are for CPUs: they come first
  int64_t gpus = 1;
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

/// The stages of an artefact: behind these, those of the code for the host that
/// launches kernels.
std::vector<GpuStage> gpuArtefactStages();

/// Adds the stages up to kernels.
void buildNvptxPipeline(mlir::OpPassManager &passes,
                        const NvptxOptions &options);

/// Adds the last stage alone, for functions on tiles.
void buildTilesToNvptx(mlir::OpPassManager &passes,
                       const NvptxOptions &options);

/// What emitPtx needs to know of dialects: for passes, which must say so before
/// they run.
void registerPtxTranslations(mlir::DialectRegistry &registry);

/// Makes LLVM's back end for PTX known: before the first of several threads
/// that compile does anything.
void initializeNvptx();

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
