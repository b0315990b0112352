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
#include "llvm/Transforms/IPO/DeadArgumentElimination.h"
#include "llvm/Transforms/IPO/GlobalDCE.h"
#include "llvm/Transforms/IPO/MergeFunctions.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/CorrelatedValuePropagation.h"
#include "llvm/Transforms/Scalar/DivRemPairs.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/GVN.h"
#include "llvm/Transforms/Scalar/IndVarSimplify.h"
#include "llvm/Transforms/Scalar/JumpThreading.h"
#include "llvm/Transforms/Scalar/LICM.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Scalar/LoopRotation.h"
#include "llvm/Transforms/Scalar/LoopUnrollPass.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Scalar/SeparateConstOffsetFromGEP.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"
#include "llvm/Transforms/Vectorize/LoopVectorize.h"

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

namespace {
/// Everything that LLVM's passes keep, and a way to run them.
struct Passes {
  PassBuilder builder;
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  ModulePassManager passes;

  explicit Passes(TargetMachine *machine) : builder(machine) {
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
  // Views hand on all of their sizes and strides, most of which are known
  // where they are used.
  all.passes.addPass(createModuleToFunctionPassAdaptor(EarlyCSEPass()));
  all.passes.addPass(DeadArgumentEliminationPass());
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

static SimplifyCFGPass simplifyBranches() {
  return SimplifyCFGPass(SimplifyCFGOptions().convertSwitchRangeToICmp(true));
}

/// Values that are computed twice, or are known, before loops take form.
static void simplifyValues(FunctionPassManager &passes) {
  passes.addPass(SROAPass(SROAOptions::ModifyCFG));
  passes.addPass(EarlyCSEPass(/*UseMemorySSA=*/true));
  passes.addPass(simplifyBranches());
  passes.addPass(InstCombinePass());
}

/// Loops test at their end, and what they need not repeat is before them.
static void turnLoops(FunctionPassManager &passes) {
  LoopPassManager loops;
  loops.addPass(LICMPass(LICMOptions()));
  loops.addPass(LoopRotatePass());
  loops.addPass(LICMPass(LICMOptions()));
  passes.addPass(createFunctionToLoopPassAdaptor(std::move(loops),
                                                 /*UseMemorySSA=*/true));
  passes.addPass(simplifyBranches());
}

/// What follows from loops and branches around, which is more once loops are
/// turned.
static void simplifyInContext(FunctionPassManager &passes) {
  passes.addPass(GVNPass());
  passes.addPass(JumpThreadingPass());
  passes.addPass(CorrelatedValuePropagationPass());
  passes.addPass(SimplifyCFGPass(SimplifyCFGOptions()
                                     .convertSwitchRangeToICmp(true)
                                     .hoistCommonInsts(true)
                                     .sinkCommonInsts(true)));
  passes.addPass(InstCombinePass());
  // As late as this, there is half as much to reason about.
  passes.addPass(createFunctionToLoopPassAdaptor(IndVarSimplifyPass()));
}

/// Of loops, only those that ask for it are unrolled (Unrolling.h); all others
/// make code longer, and compiling slower, for next to nothing
/// (docs/performance.md).
static void widenLoops(FunctionPassManager &passes) {
  passes.addPass(LoopVectorizePass());
  passes.addPass(LoopUnrollPass(LoopUnrollOptions(
      /*OptLevel=*/2, /*OnlyWhenForced=*/true)));
}

/// Gives the accesses of a loop one address, from which they differ by
/// constants that instructions hold.
static void shareAddresses(FunctionPassManager &passes) {
  passes.addPass(ShiftBeforeAdding());
  passes.addPass(SeparateConstOffsetFromGEPPass(/*LowerGEP=*/false));
  passes.addPass(EarlyCSEPass());
  passes.addPass(InstCombinePass());
  passes.addPass(createFunctionToLoopPassAdaptor(LICMPass(LICMOptions()),
                                                 /*UseMemorySSA=*/true));
}

/// LLVM's own list for O2 is three times as long, and gains nothing here
/// (docs/performance.md): what comes out of the stages is canonical, and no
/// call is worth to be inlined.
void optimize(Module &module, TargetMachine &machine) {
  Passes all(&machine);
  FunctionPassManager passes;
  simplifyValues(passes);
  turnLoops(passes);
  simplifyInContext(passes);
  widenLoops(passes);
  shareAddresses(passes);
  passes.addPass(DivRemPairsPass());
  passes.addPass(simplifyBranches());
  all.passes.addPass(createModuleToFunctionPassAdaptor(std::move(passes)));
  all.passes.addPass(GlobalDCEPass());
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
