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

    Constraints:
    - (C1) The region yields one value, of the type of the result.
    - (C2) Every op of the region is free of side effects.
  }];
  let regions = (region SizedRegion<1>:$body);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat = "$body attr-dict `:` type($output)";
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// The value that the region yields.
    ::mlir::Value getYielded() { return getBody().front().getTerminator()->getOperand(0); }
  }];
}

#endif // ATTENTION_FUSED_OP
