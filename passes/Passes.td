//===- The passes that stay above the targets ----------------------------===//

#ifndef ATTENTION_PASSES_PASSES
#define ATTENTION_PASSES_PASSES

include "mlir/Pass/PassBase.td"

def PlanMemory : Pass<"attention-plan-memory", "mlir::ModuleOp"> {
  let summary = "place all buffers of a function in one workspace";
  let description = [{
    Replaces every `memref.alloc` and `memref.alloca` outside of parallel loops
    by a view of one new argument, `memref<?xi8> {attention.workspace}`, and adds
    a private function that computes the workspace's size in bytes from the
    arguments' sizes; the attribute `attention.workspace_size` names it. Buffers
    that are never live together share their place, and all places are aligned
    to 64 bytes.

    Sizes must follow from sizes of arguments: what cannot be known before the
    function runs is an error, as is a buffer that a loop allocates and carries
    to its next iteration.

    ```mlir
    func.func @f(%x: memref<?xf32>, %workspace: memref<?xi8> {attention.workspace})
        attributes {attention.workspace_size = @f.workspace} {
      %t = memref.view %workspace[%c0][%n] : memref<?xi8> to memref<?xf32>
      ...
    }
    func.func private @f.workspace(%x: memref<?xf32>) -> index
    ```
  }];
  let dependentDialects = [
    "mlir::affine::AffineDialect", "mlir::arith::ArithDialect",
    "mlir::func::FuncDialect", "mlir::memref::MemRefDialect"
  ];
}

#endif // ATTENTION_PASSES_PASSES
