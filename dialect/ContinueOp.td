//===- attention that goes on from a memory ------------------------------===//

#ifndef ATTENTION_CONTINUE_OP
#define ATTENTION_CONTINUE_OP

include "dialect/AttendOps.td"

def Attention_ContinueOp : Attention_Op<"continue", [
    Pure, AttrSizedOperandSegments, InferTypeOpAdaptor,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>]> {
  let summary = "attend to the next tokens of a sequence";
  let description = [{
    What `attend` with `mask(#attention.causal)` yields for the tokens given,
    if `past` tokens came before them and left `memory`; and the memory after them.
    The clauses are those of `attend`. Without a past the memory is not looked at.

    ```mlir
    %o, %m1 = attention.continue #attention.delta %q, %k, %v past(%n) memory(%m : tensor<1x2x16x16xf32>)
        : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
    ```
    A memory is `[batch, heads]` by each of the tiles that the variant says, of
    the type of sums, with columns in multiples of 16.

    Constraints: (C1) to (C5), (C14) to (C16) of `attend`, and
    - (C6) There are as many queries as keys.
    - (C7) There is a tensor for each part of the memory, of its shape and type.
  }];
  let arguments = (ins Attention_ChunkedVariantInterface:$variant,
    Attention_Heads:$query, Attention_Heads:$key, Attention_Heads:$value,
    Index:$past, Variadic<AnyRankedTensor>:$memory,
    Optional<TensorRankOf<[I1], [2]>>:$keys,
    OptionalAttr<F64Attr>:$scale,
    Optional<Attention_Heads>:$decay,
    Optional<Attention_Heads>:$beta,
    Optional<Attention_Heads>:$remove,
    Optional<Attention_Heads>:$replace);
  let results = (outs Attention_Heads:$output, Variadic<AnyRankedTensor>:$next);
  let assemblyFormat = [{
    $variant $query `,` $key `,` $value `past` `(` $past `)` `memory` `(` $memory `:` type($memory) `)`
    oilist(
      `keys` `(` $keys `:` type($keys) `)`
    | `scale` `(` $scale `)`
    | `decay` `(` $decay `:` type($decay) `)`
    | `beta` `(` $beta `:` type($beta) `)`
    | `remove` `(` $remove `:` type($remove) `)`
    | `replace` `(` $replace `:` type($replace) `)`
    ) attr-dict `:` type($query) `,` type($key) `,` type($value)
  }];
  let hasVerifier = 1;
}

#endif // ATTENTION_CONTINUE_OP
