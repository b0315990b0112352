/// `mlir-opt` with the attention dialect and its passes.
#include "dialect/Attention.h"
#include "lowering/Passes.h"
#include "lowering/cpu/Passes.h"
#include "lowering/nvptx/Passes.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "passes/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  registry.insert<attention::AttentionDialect>();
  mlir::registerAllExtensions(registry);
  mlir::registerAllPasses();
  attention::registerAttentionPasses();
  attention::registerAttentionLoweringPasses();
  attention::registerCpuPasses();
  attention::registerNvptxPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Attention optimizer driver\n", registry));
}
