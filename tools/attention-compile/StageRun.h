/// A model's text on its way through the stages of one target.
#ifndef ATTENTION_TOOLS_ATTENTION_COMPILE_STAGERUN_H
#define ATTENTION_TOOLS_ATTENTION_COMPILE_STAGERUN_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/Timing.h"
#include "tools/attention-compile/CommandLine.h"
#include "tools/attention-compile/Diagnostics.h"
#include "tools/attention-compile/Stages.h"
#include "llvm/Support/MemoryBufferRef.h"
#include "llvm/Support/ThreadPool.h"

namespace attention {

/// Has a context of its own, so that several may run at a time. `text` must
/// outlive it, and so must `threads`, which may be null.
class StageRun {
public:
  StageRun(const CommandLine &line, llvm::MemoryBufferRef text,
           llvm::ThreadPoolInterface *threads);

  llvm::Error parse(mlir::TimingScope &timing);

  /// Runs `stages` up to the one that `--stop-after` names, or else up to
  /// `last`, where that is not empty.
  llvm::Error run(llvm::ArrayRef<Stage> stages, mlir::TimingScope &timing,
                  llvm::StringRef last = "");

  mlir::ModuleOp getModule() { return *module; }

  /// The error that was reported, or `otherwise` where none was.
  llvm::Error fail(const std::string &otherwise) const {
    return diagnostics.take(otherwise);
  }
  llvm::ArrayRef<std::string> remarks() const { return diagnostics.remarks(); }

private:
  const CommandLine &line;
  llvm::MemoryBufferRef text;
  mlir::MLIRContext context;
  Diagnostics diagnostics;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

} // namespace attention

#endif // ATTENTION_TOOLS_ATTENTION_COMPILE_STAGERUN_H
