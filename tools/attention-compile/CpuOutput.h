/// What is compiled to machine code of CPUs.
#ifndef ATTENTION_TOOLS_ATTENTION_COMPILE_CPUOUTPUT_H
#define ATTENTION_TOOLS_ATTENTION_COMPILE_CPUOUTPUT_H

#include "lowering/cpu/CpuTarget.h"
#include "tools/attention-compile/Cache.h"
#include "tools/attention-compile/StageRun.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

#include <memory>
#include <vector>

namespace attention {

/// What one module's code is for.
struct CodeTarget {
  CpuTarget cpu;
  std::string gpu; ///< not empty: kernels are for this, which the cpu launches
  const std::string &name() const { return gpu.empty() ? cpu.name : gpu; }
};

/// One output file for one or more targets: MLIR, LLVM IR and assembly for one,
/// objects and shared objects for any number. `threads` and `cache` may be
/// null.
class CpuOutput {
public:
  CpuOutput(const CommandLine &line, llvm::StringRef suffix,
            llvm::ArrayRef<CodeTarget> targets, llvm::MemoryBufferRef text,
            mlir::TimingScope &timing, llvm::ThreadPoolInterface *threads,
            const Cache *cache);

  llvm::Error compile(llvm::SmallVectorImpl<char> &output);

  /// What the compiler remarked, for all targets.
  std::vector<std::string> remarks() const;

private:
  std::vector<Stage> stagesFor(size_t target) const;
  llvm::Error forAll(size_t count,
                     llvm::function_ref<llvm::Error(size_t)> task);
  llvm::Error runStages();
  llvm::Error translate(size_t target, llvm::LLVMContext &context,
                        std::unique_ptr<llvm::Module> &module);
  llvm::Error emitText(llvm::SmallVectorImpl<char> &output);
  llvm::Error split();
  llvm::Error emitObjects();
  llvm::Error link(llvm::SmallVectorImpl<char> &output);

  /// A piece of the code for one target, and the object that it becomes.
  struct Piece {
    size_t target;
    llvm::SmallString<0> bitcode, object;
  };

  const CommandLine &line;
  llvm::StringRef suffix;
  llvm::ArrayRef<CodeTarget> targets; ///< those without a gpu first
  mlir::TimingScope &timing;
  llvm::ThreadPoolInterface *threads;
  const Cache *cache;
  std::vector<std::unique_ptr<StageRun>> runs;
  llvm::Error emit(Piece &piece, mlir::TimingScope &timing) const;
  std::vector<Piece> pieces;
};

} // namespace attention

#endif // ATTENTION_TOOLS_ATTENTION_COMPILE_CPUOUTPUT_H
