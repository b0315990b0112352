/// From tiles to PTX.
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
};

/// The passes from functions on tiles (`docs/tile-level.md`) to a `gpu.module`
/// in the LLVM dialect, and launches in the functions.
void buildNvptxPipeline(mlir::OpPassManager &passes);

/// Makes PTX of the functions on tiles of `module`, which is left as it is. One
/// kernel per parallel loop. Fails with a diagnostic if a function cannot be
/// lowered, the chip is unknown, or there is nothing to compile.
mlir::LogicalResult emitPtx(mlir::ModuleOp module, const NvptxOptions &options,
                            std::string &ptx);

/// The same up to optimised LLVM IR, as text.
mlir::LogicalResult emitNvptxLlvmIr(mlir::ModuleOp module,
                                    const NvptxOptions &options,
                                    std::string &text);

} // namespace attention

#endif // ATTENTION_LOWERING_NVPTX_PIPELINE_H
