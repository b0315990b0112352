#include "lowering/cpu/Codegen.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Transforms/IPO/MergeFunctions.h"

using namespace llvm;

namespace attention {

std::unique_ptr<Module> translateToLlvm(mlir::ModuleOp module,
                                        LLVMContext &context,
                                        const TargetMachine &machine) {
  // Before the translation: it asks for the alignment of types.
  mlir::Builder builder(module.getContext());
  module->setAttr(mlir::LLVM::LLVMDialect::getDataLayoutAttrName(),
                  builder.getStringAttr(
                      machine.createDataLayout().getStringRepresentation()));
  module->setAttr(mlir::LLVM::LLVMDialect::getTargetTripleAttrName(),
                  builder.getStringAttr(machine.getTargetTriple().str()));
  std::unique_ptr<Module> translated =
      mlir::translateModuleToLLVMIR(module, context, "attention");
  if (!translated)
    return nullptr;
  for (Function &function : *translated) {
    if (function.isDeclaration())
      continue;
    function.setLinkage(
        GlobalValue::InternalLinkage); // the tables lead to them
    function.setUnnamedAddr(GlobalValue::UnnamedAddr::Global);
    function.addFnAttr("target-cpu", machine.getTargetCPU());
    function.addFnAttr("target-features", machine.getTargetFeatureString());
    function.addFnAttr(Attribute::NoUnwind);
  }
  return translated;
}

void optimize(Module &module, TargetMachine &machine) {
  PipelineTuningOptions tuning;
  tuning.LoopUnrolling = true;
  tuning.LoopVectorization = true;
  tuning.SLPVectorization = false;
  PassBuilder builder(&machine, tuning);
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  ModulePassManager passes;
  // The kernels of a layer are those of every layer: each is optimized once.
  passes.addPass(MergeFunctionsPass());
  passes.addPass(builder.buildPerModuleDefaultPipeline(OptimizationLevel::O2));
  passes.run(module, modules);
}

Error emitCode(Module &module, TargetMachine &machine, CodeGenFileType type,
               raw_pwrite_stream &out) {
  legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, out, nullptr, type))
    return createStringError(
        "the code generator for '%s' cannot write this kind of file",
        machine.getTargetTriple().str().c_str());
  passes.run(module);
  return Error::success();
}

} // namespace attention
