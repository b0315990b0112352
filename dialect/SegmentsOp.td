//===- Recurrence along the sequence -------------------------------------===//

#ifndef ATTENTION_SEGMENTS_OP
#define ATTENTION_SEGMENTS_OP

include "dialect/Attention.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Attention_SegmentsOp : Attention_Op<"segments", [
    RecursiveMemoryEffects, SingleBlock]> {
  let summary = "a sequence in segments, each with what the ones before it left";
  let description = [{
    Runs its region on one segment of `length` rows after another; the last may
    be shorter. The region takes the segment and the carries, and yields the
    segment's output and the carries of the next one. The results are the
    outputs, joined, and the last carries. A carry may have a size that varies
    from segment to segment.

    ```mlir
    %y, %last = attention.segments %x carry(%start) length(4) {
    ^bb0(%segment: tensor<1x?x16xf32>, %memory: tensor<1x?x16xf32>):
      %s = attention.silu %segment : tensor<1x?x16xf32>
      attention.yield %s, %segment : tensor<1x?x16xf32>, tensor<1x?x16xf32>
    } : (tensor<1x?x16xf32>, tensor<1x?x16xf32>) -> (tensor<1x?x16xf32>, tensor<1x?x16xf32>)
    ```

    Constraints:
    - (C1) `length` is 1 or more.
    - (C2) The region takes a segment, of the batch and columns of `input`, and
      the carries. The rows of the segment are dynamic, unless all segments have
      the same number, which it may then state.
    - (C3) The region yields an output and the next carries; the output has the
      batch and columns of the result, whose rows are dynamic or those of
      `input`.
    - (C4) A carry has the same type in the region as in the result, which
      differs from that of the operand and of the yielded carry at most by
      dynamic sizes.
  }];
  let arguments = (ins Attention_Tensor<[3]>:$input,
                       Variadic<AnyRankedTensor>:$carries,
                       I64Attr:$length);
  let regions = (region SizedRegion<1>:$body);
  let results = (outs Attention_Tensor<[3]>:$output,
                      Variadic<AnyRankedTensor>:$last);
  let assemblyFormat = [{
    $input (`carry` `(` $carries^ `)`)? `length` `(` $length `)` $body
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

#endif // ATTENTION_SEGMENTS_OP
