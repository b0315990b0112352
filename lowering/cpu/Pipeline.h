/// The way from tiles to the LLVM dialect, in stages that a tool can stop at.
#ifndef ATTENTION_LOWERING_CPU_PIPELINE_H
#define ATTENTION_LOWERING_CPU_PIPELINE_H

#include "mlir/Pass/PassManager.h"

namespace attention {

/// What the stages of the CPU pipeline may depend on.
struct CpuOptions {
  std::string prefix = "attention";    ///< of the exported symbol
  std::string architecture = "x86_64"; ///< or "aarch64"
  std::string form = "auto"; ///< that was asked for, see attention-choose-form
  std::string precision = "f32"; ///< of products of f32: "f32" or "bf16"
  std::string cpu = "generic";   ///< as LLVM names it
  std::string features; ///< that code may use, as LLVM names them: "avx2,fma"
  bool explain = false; ///< whether kernels remark what they will do
  int64_t target = 0;   ///< this processor among those of the artefact
  int64_t targets = 1;
  int64_t gpus = 0; ///< graphics processors of the artefact, behind them
};

/// Whether these features have instructions for products of bf16.
bool hasProductsOfBf16(llvm::StringRef architecture, llvm::StringRef features);

/// A named stretch of the pipeline.
struct CpuStage {
  llvm::StringLiteral name;
  llvm::StringLiteral summary;
  void (*addPasses)(mlir::OpPassManager &passes, const CpuOptions &options);
};

/// All stages in their order.
llvm::ArrayRef<CpuStage> cpuStages();

/// Adds the last stage alone, for functions that have entry points.
void addLlvmPasses(mlir::OpPassManager &passes, const CpuOptions &options);

/// Adds all stages: from a model to the LLVM dialect.
void buildCpuPipeline(mlir::OpPassManager &passes, const CpuOptions &options);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_PIPELINE_H
