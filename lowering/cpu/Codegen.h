/// From the LLVM dialect to machine code.
#ifndef ATTENTION_LOWERING_CPU_CODEGEN_H
#define ATTENTION_LOWERING_CPU_CODEGEN_H

#include "lowering/cpu/CpuTarget.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/CodeGen.h"
#include "llvm/Target/TargetMachine.h"

namespace attention {

/// Translates a module of the LLVM dialect; reports what cannot be translated.
/// Sizes and alignments follow the machine's data layout.
std::unique_ptr<llvm::Module>
translateToLlvm(mlir::ModuleOp module, llvm::LLVMContext &context,
                const llvm::TargetMachine &machine);

/// Keeps one of several functions that are the same code, none that nothing
/// refers to, and no argument of a call that nobody reads.
void mergeEqualFunctions(llvm::Module &module);

/// Optimises for speed: what pays for code whose vectors and loops the compiler
/// has chosen already.
void optimize(llvm::Module &module, llvm::TargetMachine &machine);

/// Assembly or an object file of the module, which is used up.
llvm::Error emitCode(llvm::Module &module, llvm::TargetMachine &machine,
                     llvm::CodeGenFileType type, llvm::raw_pwrite_stream &out);

/// An object file of a piece of a module (lowering/cpu/Partition.h), optimised:
/// `step` is told what comes next, for `--timing`. May run in several threads
/// at a time.
llvm::Error compilePiece(llvm::StringRef bitcode, const CpuTarget &target,
                         llvm::function_ref<void(llvm::StringRef)> step,
                         llvm::SmallVectorImpl<char> &object);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_CODEGEN_H
