#include "tools/attention-compile/Compiler.h"

#include "lowering/Dialects.h"
#include "lowering/cpu/Codegen.h"
#include "lowering/cpu/CpuTarget.h"
#include "lowering/cpu/Link.h"
#include "lowering/cpu/Pipeline.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/Timing.h"
#include "tools/attention-compile/Diagnostics.h"
#include "tools/attention-compile/Header.h"
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
        context(compilerDialects(), mlir::MLIRContext::Threading::DISABLED), diagnostics(context) {
    context.loadAllAvailableDialects();
  }

  Error run();

private:
  Error parse();
  Error runStages(const CpuOptions &options);
  Error emitMlir();
  Error emitHeader();
  Error emitCpu(const CpuTarget &target, TargetMachine &machine);
  Error write(function_ref<void(raw_ostream &)> print);

  const CommandLine &line;
  std::string suffix;
  mlir::TimingScope &timing;
  mlir::MLIRContext context;
  FirstError diagnostics;
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
  return createStringError("cannot write '" + line.output + "': " + code.message());
}

Error Compiler::parse() {
  mlir::TimingScope scope = timing.nest("parse");
  auto buffer = MemoryBuffer::getFileOrSTDIN(line.input);
  if (!buffer)
    return createStringError("cannot read '" + line.input + "': " + buffer.getError().message());
  auto sources = std::make_shared<SourceMgr>();
  sources->AddNewSourceBuffer(std::move(*buffer), SMLoc());
  module = mlir::parseSourceFile<mlir::ModuleOp>(sources, &context);
  if (!module)
    return diagnostics.take("cannot parse '" + line.input + "'");
  return Error::success();
}

Error Compiler::runStages(const CpuOptions &options) {
  for (const CpuStage &stage : cpuStages()) {
    mlir::TimingScope scope = timing.nest(stage.name);
    mlir::PassManager passes(&context);
    passes.enableTiming(scope);
    stage.addPasses(passes, options);
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
  std::unique_ptr<Module> translated = translateToLlvm(*module, llvmContext, machine);
  if (!translated)
    return diagnostics.take("cannot translate to LLVM");
  scope = timing.nest("optimize");
  optimize(*translated, machine);
  if (suffix == ".ll")
    return write([&](raw_ostream &out) { translated->print(out, nullptr); });
  scope = timing.nest("emit");
  SmallString<0> code;
  raw_svector_ostream stream(code);
  auto type = suffix == ".s" ? CodeGenFileType::AssemblyFile : CodeGenFileType::ObjectFile;
  if (Error error = emitCode(*translated, machine, type, stream))
    return error;
  if (suffix != ".so")
    return write([&](raw_ostream &out) { out << code; });
  scope = timing.nest("link");
  auto shared = linkSharedObject(MemoryBufferRef(code, line.input), target.architecture());
  if (!shared)
    return shared.takeError();
  return write([&](raw_ostream &out) { out << (*shared)->getBuffer(); });
}

static Error checkSuffix(StringRef suffix, StringRef stopAfter) {
  static constexpr StringRef suffixes[] = {".so", ".o", ".h", ".ll", ".s", ".mlir"};
  if (!is_contained(suffixes, suffix))
    return createStringError("expects an output that ends in .so, .o, .h, .ll, .s or .mlir, but got '" + suffix + "'");
  if (!stopAfter.empty() && suffix != ".mlir")
    return createStringError("--stop-after expects an output that ends in .mlir, but got '" + suffix + "'");
  return Error::success();
}

static Error checkStage(StringRef name) {
  SmallVector<StringRef> names;
  for (const CpuStage &stage : cpuStages())
    names.push_back(stage.name);
  if (name.empty() || is_contained(names, name))
    return Error::success();
  return unknownName("stage", name, names);
}

Error Compiler::run() {
  if (Error error = checkSuffix(suffix, line.stopAfter))
    return error;
  if (Error error = checkStage(line.stopAfter))
    return error;
  Expected<CpuTarget> target = selectCpuTarget(line.cpu, line.triple);
  if (!target)
    return target.takeError();
  Expected<std::unique_ptr<TargetMachine>> machine = createTargetMachine(*target);
  if (!machine)
    return machine.takeError();
  if (Error error = parse())
    return error;
  if (suffix == ".h")
    return emitHeader();
  CpuOptions options;
  options.prefix = line.prefix;
  options.architecture = target->architecture().str();
  options.features = requiredFeatures(**machine);
  if (Error error = runStages(options))
    return error;
  return suffix == ".mlir" ? emitMlir() : emitCpu(*target, **machine);
}

Error compile(const CommandLine &line) {
  mlir::DefaultTimingManager manager;
  manager.setEnabled(line.timing);
  manager.setDisplayMode(mlir::DefaultTimingManager::DisplayMode::Tree);
  mlir::TimingScope timing = manager.getRootScope();
  return Compiler(line, timing).run();
}

} // namespace attention
