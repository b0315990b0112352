#include "tools/attention-compile/StageRun.h"

#include "lowering/Dialects.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

using namespace llvm;

namespace attention {

StageRun::StageRun(const CommandLine &line, MemoryBufferRef text,
                   ThreadPoolInterface *threads)
    : line(line), text(text),
      context(compilerDialects(), mlir::MLIRContext::Threading::DISABLED),
      diagnostics(context) {
  context.loadAllAvailableDialects();
  if (threads)
    context.setThreadPool(*threads);
}

Error StageRun::parse(mlir::TimingScope &timing) {
  mlir::TimingScope scope = timing.nest("parse");
  auto sources = std::make_shared<SourceMgr>();
  sources->AddNewSourceBuffer(
      MemoryBuffer::getMemBuffer(text, /*RequiresNullTerminator=*/true),
      SMLoc());
  module = mlir::parseSourceFile<mlir::ModuleOp>(sources, &context);
  if (!module)
    return fail("cannot parse '" + line.input + "'");
  return Error::success();
}

Error StageRun::run(ArrayRef<Stage> stages, mlir::TimingScope &timing,
                    StringRef last) {
  SmallVector<StringRef> names;
  for (const Stage &stage : stages)
    names.push_back(stage.name);
  if (!line.stopAfter.empty() && !is_contained(names, line.stopAfter))
    return unknownName("stage", line.stopAfter, names);
  if (!line.stopAfter.empty())
    last = line.stopAfter;
  if (Error error = parse(timing))
    return error;
  for (const Stage &stage : stages) {
    mlir::TimingScope scope = timing.nest(stage.name);
    mlir::PassManager passes(&context);
    passes.enableTiming(scope);
    passes.enableVerifier(false); // once for all passes of a stage
    stage.addPasses(passes);
    if (failed(passes.run(*module)) || failed(verify(*module)))
      return fail(("stage '" + stage.name + "' failed").str());
    if (stage.name == last)
      break;
  }
  return Error::success();
}

} // namespace attention
