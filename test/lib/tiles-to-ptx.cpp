/// Makes PTX, or LLVM IR, of functions on tiles: what `attention-compile` does
/// of a whole model, for tests of the last steps alone.
#include "lowering/Dialects.h"
#include "lowering/nvptx/Pipeline.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  llvm::cl::opt<std::string> input(llvm::cl::Positional, llvm::cl::Required,
                                   llvm::cl::desc("FILE.mlir"));
  llvm::cl::opt<std::string> chip("gpu", llvm::cl::init("sm_80"),
                                  llvm::cl::desc("the processor"));
  llvm::cl::opt<bool> ir("emit-llvm", llvm::cl::desc("stop at LLVM IR"));
  llvm::cl::ParseCommandLineOptions(argc, argv, "Tiles to PTX\n");

  mlir::MLIRContext context(attention::compilerDialects());
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(input, &context);
  if (!module)
    return 1;
  attention::NvptxOptions options;
  options.chip = chip;
  mlir::PassManager passes(&context);
  attention::buildTilesToNvptx(passes, options);
  if (mlir::failed(passes.run(*module)))
    return 1;
  std::string text;
  mlir::LogicalResult result =
      ir ? attention::emitNvptxLlvmIr(*module, options, text)
         : attention::emitPtx(*module, options, text);
  if (mlir::failed(result))
    return 1;
  llvm::outs() << text;
  return 0;
}
