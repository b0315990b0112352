//===- The passes that turn tiles into code for CPUs ---------------------===//

#ifndef ATTENTION_LOWERING_CPU_PASSES
#define ATTENTION_LOWERING_CPU_PASSES

include "mlir/Pass/PassBase.td"

def ParallelToRuntime : Pass<"attention-parallel-to-runtime", "mlir::ModuleOp"> {
  let summary = "hand parallel loops and reports of failures to the runtime";
  let description = [{
    Each `scf.forall` becomes a call of the host's `parallel` (runtime/Artifact.h)
    on a private function that runs one iteration; what the body uses from
    outside lies in a structure on the caller's stack. Buffers that the body
    allocates become views of the scratch of the worker that runs it; the
    function's attribute `attention.scratch_bytes` says how much each worker
    needs. Loops of one iteration run in line, loops within loops become `scf.for`.
    `attention.fail_if` becomes a call of the host's `fail`.

    Functions get a last argument `!llvm.ptr {attention.invocation}`, the record of
    the run that lowering/Abi.h describes.
  }];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::func::FuncDialect", "mlir::LLVM::LLVMDialect",
    "mlir::memref::MemRefDialect", "mlir::scf::SCFDialect"
  ];
}

#endif // ATTENTION_LOWERING_CPU_PASSES
