#include "lowering/cpu/Codegen.h"

#include "lowering/Unrolling.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/OptBisect.h"
#include "llvm/IR/PatternMatch.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Transforms/IPO/GlobalDCE.h"
#include "llvm/Transforms/IPO/MergeFunctions.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/LICM.h"
#include "llvm/Transforms/Scalar/SeparateConstOffsetFromGEP.h"

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
  keepUnrolling(module);
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

/// What is left out, as kernels are as good or better without
/// (docs/performance.md): loops carry on in registers what they read again, and
/// accesses to compare are many; a few registers of zeros are no `memset`;
/// constants are known, and stores that nobody reads left out, before LLVM.
static bool paysOff(StringRef pass) {
  static constexpr StringLiteral leftOut[] = {"LoopLoadEliminationPass",
                                              "LoopIdiomRecognizePass",
                                              "IPSCCPPass",
                                              "SCCPPass",
                                              "CalledValuePropagationPass",
                                              "DSEPass",
                                              "MemCpyOptPass"};
  return !is_contained(leftOut, pass);
}

namespace {
/// Everything that LLVM's passes keep, and a way to run them.
struct Passes {
  PassInstrumentationCallbacks callbacks;
  PassBuilder builder;
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  ModulePassManager passes;

  explicit Passes(TargetMachine *machine,
                  PipelineTuningOptions tuning = PipelineTuningOptions())
      : builder(machine, tuning, std::nullopt, &callbacks) {
    callbacks.registerShouldRunOptionalPassCallback(
        [](StringRef pass, Any) { return paysOff(pass); });
    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(components);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, components, modules);
  }
  void run(Module &module) { passes.run(module, modules); }
};
} // namespace

void mergeEqualFunctions(Module &module) {
  Passes all(nullptr);
  all.passes.addPass(GlobalDCEPass());
  all.passes.addPass(MergeFunctionsPass());
  all.run(module);
}

namespace {
/// (x + c) << s is (x << s) + (c << s), in which the constant is last: unrolled
/// loops shift the number of each step.
struct ShiftBeforeAdding : PassInfoMixin<ShiftBeforeAdding> {
  PreservedAnalyses run(Function &function, FunctionAnalysisManager &) {
    using namespace PatternMatch;
    for (Instruction &shift : make_early_inc_range(instructions(function))) {
      Value *variable;
      const APInt *constant, *bits;
      if (!match(&shift, m_Shl(m_AddLike(m_Value(variable), m_APInt(constant)),
                               m_APInt(bits))))
        continue;
      IRBuilder<> builder(&shift);
      Value *shifted = builder.CreateShl(variable, shift.getOperand(1));
      shift.replaceAllUsesWith(builder.CreateAdd(
          shifted, ConstantInt::get(shift.getType(), constant->shl(*bits))));
      shift.eraseFromParent();
    }
    PreservedAnalyses kept;
    kept.preserveSet<CFGAnalyses>();
    return kept;
  }
};
} // namespace

/// Gives the accesses of a loop one address, from which they differ by
/// constants that instructions hold.
static ModulePassManager shareAddresses() {
  FunctionPassManager passes;
  passes.addPass(ShiftBeforeAdding());
  passes.addPass(SeparateConstOffsetFromGEPPass(/*LowerGEP=*/false));
  passes.addPass(EarlyCSEPass());
  passes.addPass(InstCombinePass());
  passes.addPass(createFunctionToLoopPassAdaptor(LICMPass(LICMOptions()),
                                                 /*UseMemorySSA=*/true));
  ModulePassManager all;
  all.addPass(createModuleToFunctionPassAdaptor(std::move(passes)));
  return all;
}

void optimize(Module &module, TargetMachine &machine) {
  PipelineTuningOptions tuning;
  // Those that ask for it are (Unrolling.h); all others make code longer, and
  // compiling slower, for next to nothing (docs/performance.md).
  tuning.LoopUnrolling = false;
  tuning.LoopVectorization = true;
  tuning.SLPVectorization = false;
  Passes all(&machine, tuning);
  all.passes.addPass(
      all.builder.buildPerModuleDefaultPipeline(OptimizationLevel::O2));
  all.passes.addPass(shareAddresses());
  all.run(module);
}

namespace {
/// Leaves loop strength reduction out of code generation: it weighs all that an
/// address may be made of, in every loop around it, for half of the time, where
/// shared addresses are as good.
struct StrengthAsItIs : OptPassGate {
  bool shouldRunPass(StringRef pass, StringRef) const override {
    return pass != "Loop Strength Reduction";
  }
  bool isEnabled() const override { return true; }
};
} // namespace

Error emitCode(Module &module, TargetMachine &machine, CodeGenFileType type,
               raw_pwrite_stream &out) {
  static StrengthAsItIs gate;
  module.getContext().setOptPassGate(gate);
  legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, out, nullptr, type))
    return createStringError(
        "the code generator for '%s' cannot write this kind of file",
        machine.getTargetTriple().str().c_str());
  passes.run(module);
  return Error::success();
}

Error compilePiece(StringRef bitcode, const CpuTarget &target,
                   function_ref<void(StringRef)> step,
                   SmallVectorImpl<char> &object) {
  Expected<std::unique_ptr<TargetMachine>> machine =
      createTargetMachine(target);
  if (!machine)
    return machine.takeError();
  LLVMContext context;
  step("optimize");
  Expected<std::unique_ptr<Module>> module =
      parseBitcodeFile(MemoryBufferRef(bitcode, "attention"), context);
  if (!module)
    return module.takeError();
  optimize(**module, **machine);
  step("emit");
  raw_svector_ostream stream(object);
  return emitCode(**module, **machine, CodeGenFileType::ObjectFile, stream);
}

} // namespace attention
