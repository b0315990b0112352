#include "lowering/GpuName.h"
#include "lowering/Unrolling.h"
#include "lowering/nvptx/OrderForRegisters.h"
#include "lowering/nvptx/Pipeline.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Scalar/Scalarizer.h"
#include <mutex>

using namespace mlir;

namespace attention {

void registerPtxTranslations(DialectRegistry &registry) {
  registerBuiltinDialectTranslation(registry);
  registerGPUDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registerNVVMDialectTranslation(registry);
}

void initializeNvptx() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
  });
}

/// Whether the chip has the matrix instructions that kernels use.
static bool isSm80OrLater(llvm::StringRef chip) {
  std::optional<GpuName> name = parseGpuName(chip);
  return name && name->capability >= 80;
}

static std::unique_ptr<llvm::TargetMachine>
createMachine(ModuleOp module, const NvptxOptions &options) {
  initializeNvptx();
  llvm::Triple triple("nvptx64-nvidia-cuda");
  std::string why;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, why);
  if (!target) {
    module.emitError("expects LLVM with the NVPTX target, but got: ") << why;
    return nullptr;
  }
  std::unique_ptr<llvm::MCSubtargetInfo> features(
      target->createMCSubtargetInfo(triple, "", ""));
  if (!features || !features->isCPUStringValid(options.chip)) {
    module.emitError("expects a GPU that LLVM knows, but got ") << options.chip;
    return nullptr;
  }
  if (!isSm80OrLater(options.chip)) {
    module.emitError("expects a GPU from sm_80 up, but got ") << options.chip;
    return nullptr;
  }
  llvm::TargetOptions machine;
  machine.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  // Without a feature that names another, PTX is of the oldest version that
  // knows the chip.
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, options.chip, "", machine, std::nullopt, std::nullopt,
      llvm::CodeGenOptLevel::Aggressive));
}

/// All threads of a warp run a statement of assembly together, which the
/// dialect cannot say.
static void markAsmConvergent(llvm::Module &module) {
  for (llvm::Function &function : module)
    for (llvm::Instruction &instruction : llvm::instructions(function))
      if (auto *call = llvm::dyn_cast<llvm::CallInst>(&instruction))
        if (auto *text =
                llvm::dyn_cast<llvm::InlineAsm>(call->getCalledOperand()))
          if (!text->getAsmString().empty())
            call->setConvergent();
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  markAsmConvergent(module);
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  // A thread's part of a tile is a vector of registers, not a vector register.
  builder.registerPipelineStartEPCallback(
      [](llvm::ModulePassManager &passes, llvm::OptimizationLevel) {
        passes.addPass(
            llvm::createModuleToFunctionPassAdaptor(llvm::ScalarizerPass()));
      });
  builder.registerOptimizerLastEPCallback([](llvm::ModulePassManager &passes,
                                             llvm::OptimizationLevel,
                                             llvm::ThinOrFullLTOPhase) {
    passes.addPass(
        llvm::createModuleToFunctionPassAdaptor(OrderForRegistersPass()));
  });
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2)
      .run(module, modules);
}

/// Translates the kernels of `module` to optimised LLVM IR for `machine`.
static std::unique_ptr<llvm::Module> translate(ModuleOp module,
                                               llvm::LLVMContext &context,
                                               llvm::TargetMachine &machine) {
  DialectRegistry registry;
  registerPtxTranslations(registry);
  module.getContext()->appendDialectRegistry(registry);
  auto kernels = module.getOps<gpu::GPUModuleOp>();
  if (kernels.empty()) {
    module.emitError("expects a function with a parallel loop, but got none");
    return nullptr;
  }
  keepUnrolling(*kernels.begin());
  std::unique_ptr<llvm::Module> result =
      translateModuleToLLVMIR(*kernels.begin(), context);
  if (!result)
    return nullptr;
  result->setTargetTriple(machine.getTargetTriple());
  result->setDataLayout(machine.createDataLayout());
  optimize(*result, machine);
  return result;
}

LogicalResult emitNvptxLlvmIr(ModuleOp module, const NvptxOptions &options,
                              std::string &text) {
  llvm::LLVMContext context;
  std::unique_ptr<llvm::TargetMachine> machine = createMachine(module, options);
  std::unique_ptr<llvm::Module> code =
      machine ? translate(module, context, *machine) : nullptr;
  if (!code)
    return failure();
  llvm::raw_string_ostream(text) << *code;
  return success();
}

LogicalResult emitPtx(ModuleOp module, const NvptxOptions &options,
                      std::string &ptx) {
  llvm::LLVMContext context;
  std::unique_ptr<llvm::TargetMachine> machine = createMachine(module, options);
  std::unique_ptr<llvm::Module> code =
      machine ? translate(module, context, *machine) : nullptr;
  if (!code)
    return failure();
  llvm::SmallVector<char, 0> buffer;
  llvm::raw_svector_ostream stream(buffer);
  llvm::legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, stream, nullptr,
                                   llvm::CodeGenFileType::AssemblyFile))
    return module.emitError("expects LLVM to write PTX, but it cannot");
  passes.run(*code);
  ptx.assign(buffer.begin(), buffer.end());
  return success();
}

} // namespace attention
