//===- Ops on tensors that are computed as one kernel --------------------===//

#ifndef ATTENTION_FUSED_OP
#define ATTENTION_FUSED_OP

include "dialect/Attention.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Attention_FusedOp : Attention_Op<"fused", [
    RecursiveMemoryEffects, SingleBlock, NoRegionArguments]> {
  let summary = "ops on tensors that become one kernel";
  let description = [{
    Means what its region computes, and states that nothing but the yielded
    tensor is materialised: all else exists tile by tile. The region reads
    values from above.

    ```mlir
    %y = attention.fused {
      %p = attention.project %x, %w, %b : tensor<?x?x32xf32>, tensor<48x32xf32>, tensor<48xf32>
      %g = attention.gelu %p : tensor<?x?x48xf32>
      attention.yield %g : tensor<?x?x48xf32>
    } : tensor<?x?x48xf32>
    ```

    With `into`, the kernel is a part of the task that it stands in: it computes
    the one tile `into`, which has at most `rows` rows.

    ```mlir
    %t = attention.fused into(%place : tensor<?x48xf32>) rows(128) {
      %r = attention.gelu %o : tensor<?x48xf32>
      attention.yield %r : tensor<?x48xf32>
    } : tensor<?x48xf32>
    ```

    Constraints:
    - (C1) The region yields one value, of the type of the result.
    - (C2) Every op of the region is free of side effects.
    - (C3) `into` is a matrix of the result's type, and `rows` is 1 or more.
  }];
  let arguments = (ins Optional<AnyRankedTensor>:$into, OptionalAttr<I64Attr>:$rows);
  let regions = (region SizedRegion<1>:$body);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat = [{
    (`into` `(` $into^ `:` type($into) `)` `rows` `(` $rows `)`)? $body attr-dict `:` type($output)
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// The value that the region yields.
    ::mlir::Value getYielded() { return getBody().front().getTerminator()->getOperand(0); }
  }];
}

#endif // ATTENTION_FUSED_OP
