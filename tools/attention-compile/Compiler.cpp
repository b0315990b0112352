#include "tools/attention-compile/Compiler.h"

#include "lowering/Dialects.h"
#include "lowering/cpu/Codegen.h"
#include "lowering/cpu/CpuTarget.h"
#include "lowering/cpu/Link.h"
#include "lowering/nvptx/Pipeline.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/Timing.h"
#include "tools/attention-compile/Diagnostics.h"
#include "tools/attention-compile/Header.h"
#include "tools/attention-compile/Stages.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace attention {

namespace {

/// One compilation: the stages share a context, a clock and a way to fail.
class Compiler {
public:
  Compiler(const CommandLine &line, mlir::TimingScope &timing)
      : line(line), suffix(sys::path::extension(line.output)), timing(timing),
        context(compilerDialects(), mlir::MLIRContext::Threading::DISABLED),
        diagnostics(context, line.remarks) {
    context.loadAllAvailableDialects();
  }

  Error run();

private:
  Error parse();
  Error runStages(ArrayRef<Stage> stages);
  Error compileForCpu();
  Error compileForGpu();
  Error emitMlir();
  Error emitHeader();
  Error emitCpu(const CpuTarget &target, TargetMachine &machine);
  Error write(function_ref<void(raw_ostream &)> print);

  const CommandLine &line;
  std::string suffix;
  mlir::TimingScope &timing;
  mlir::MLIRContext context;
  Diagnostics diagnostics;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

} // namespace

Error Compiler::write(function_ref<void(raw_ostream &)> print) {
  Error error = writeToOutput(line.output, [&](raw_ostream &out) {
    print(out);
    return Error::success();
  });
  if (!error)
    return error;
  std::error_code code = errorToErrorCode(std::move(error));
  return createStringError("cannot write '" + line.output +
                           "': " + code.message());
}

Error Compiler::parse() {
  mlir::TimingScope scope = timing.nest("parse");
  auto buffer = MemoryBuffer::getFileOrSTDIN(line.input);
  if (!buffer)
    return createStringError("cannot read '" + line.input +
                             "': " + buffer.getError().message());
  auto sources = std::make_shared<SourceMgr>();
  sources->AddNewSourceBuffer(std::move(*buffer), SMLoc());
  module = mlir::parseSourceFile<mlir::ModuleOp>(sources, &context);
  if (!module)
    return diagnostics.take("cannot parse '" + line.input + "'");
  return Error::success();
}

Error Compiler::runStages(ArrayRef<Stage> stages) {
  SmallVector<StringRef> names;
  for (const Stage &stage : stages)
    names.push_back(stage.name);
  if (!line.stopAfter.empty() && !is_contained(names, line.stopAfter))
    return unknownName("stage", line.stopAfter, names);
  if (Error error = parse())
    return error;
  for (const Stage &stage : stages) {
    mlir::TimingScope scope = timing.nest(stage.name);
    mlir::PassManager passes(&context);
    passes.enableTiming(scope);
    stage.addPasses(passes);
    if (failed(passes.run(*module)))
      return diagnostics.take(("stage '" + stage.name + "' failed").str());
    if (stage.name == line.stopAfter)
      break;
  }
  return Error::success();
}

Error Compiler::emitMlir() {
  return write([&](raw_ostream &out) { module->print(out); });
}

/// From the model as it was parsed: tensors, not yet memory.
Error Compiler::emitHeader() {
  std::string text;
  raw_string_ostream stream(text);
  if (failed(printHeader(*module, line.prefix, stream)))
    return diagnostics.take("cannot describe '" + line.input + "' in C");
  return write([&](raw_ostream &out) { out << text; });
}

Error Compiler::emitCpu(const CpuTarget &target, TargetMachine &machine) {
  LLVMContext llvmContext;
  mlir::TimingScope scope = timing.nest("translate");
  std::unique_ptr<Module> translated =
      translateToLlvm(*module, llvmContext, machine);
  if (!translated)
    return diagnostics.take("cannot translate to LLVM");
  scope = timing.nest("optimize");
  optimize(*translated, machine);
  if (suffix == ".ll")
    return write([&](raw_ostream &out) { translated->print(out, nullptr); });
  scope = timing.nest("emit");
  SmallString<0> code;
  raw_svector_ostream stream(code);
  auto type = suffix == ".s" ? CodeGenFileType::AssemblyFile
                             : CodeGenFileType::ObjectFile;
  if (Error error = emitCode(*translated, machine, type, stream))
    return error;
  if (suffix != ".so")
    return write([&](raw_ostream &out) { out << code; });
  scope = timing.nest("link");
  auto shared = linkSharedObject(MemoryBufferRef(code, line.input),
                                 target.architecture());
  if (!shared)
    return shared.takeError();
  return write([&](raw_ostream &out) { out << (*shared)->getBuffer(); });
}

Error Compiler::compileForCpu() {
  Expected<CpuTarget> target = selectCpuTarget(line.cpu, line.triple);
  if (!target)
    return target.takeError();
  Expected<std::unique_ptr<TargetMachine>> machine =
      createTargetMachine(*target);
  if (!machine)
    return machine.takeError();
  CpuOptions options;
  options.prefix = line.prefix;
  options.architecture = target->architecture().str();
  options.features = requiredFeatures(**machine);
  options.form = line.form;
  if (Error error = runStages(stagesForCpu(options)))
    return error;
  return suffix == ".mlir" ? emitMlir() : emitCpu(*target, **machine);
}

Error Compiler::compileForGpu() {
  NvptxOptions options;
  options.chip = line.gpu;
  options.form = line.form;
  if (Error error = runStages(stagesForGpu(options)))
    return error;
  if (suffix == ".mlir")
    return emitMlir();
  mlir::TimingScope scope = timing.nest("emit");
  std::string text;
  auto emit = suffix == ".ll" ? emitNvptxLlvmIr : emitPtx;
  if (failed(emit(*module, options, text)))
    return diagnostics.take("cannot write PTX for '" + line.gpu + "'");
  return write([&](raw_ostream &out) { out << text; });
}

static Error expectSuffix(StringRef suffix, StringRef what,
                          ArrayRef<StringRef> known) {
  if (is_contained(known, suffix))
    return Error::success();
  return createStringError(what + " expects an output that ends in " +
                           join(known.drop_back(), ", ") + " or " +
                           known.back() + ", but got '" + suffix + "'");
}

/// One kind of output holds code for one target; artefacts for both come with
/// running on GPUs.
static Error checkSuffix(const CommandLine &line, StringRef suffix,
                         bool forGpu) {
  if (!line.stopAfter.empty() && suffix != ".mlir")
    return createStringError(
        "--stop-after expects an output that ends in .mlir, but got '" +
        suffix + "'");
  if (forGpu)
    return expectSuffix(suffix, "--target=cuda", {".ptx", ".ll", ".mlir"});
  return expectSuffix(suffix, "-o",
                      {".so", ".o", ".h", ".ll", ".s", ".ptx", ".mlir"});
}

Error Compiler::run() {
  bool forGpu = suffix == ".ptx" || is_contained(line.targets, "cuda");
  if (Error error = checkSuffix(line, suffix, forGpu))
    return error;
  if (suffix != ".h")
    return forGpu ? compileForGpu() : compileForCpu();
  if (Error error = parse())
    return error;
  return emitHeader();
}

Error compile(const CommandLine &line) {
  mlir::DefaultTimingManager manager;
  manager.setEnabled(line.timing);
  manager.setDisplayMode(mlir::DefaultTimingManager::DisplayMode::Tree);
  mlir::TimingScope timing = manager.getRootScope();
  return Compiler(line, timing).run();
}

} // namespace attention
