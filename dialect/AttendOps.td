//===- attend: the whole of attention in one op --------------------------===//

#ifndef ATTENTION_ATTEND_OPS
#define ATTENTION_ATTEND_OPS

include "dialect/AttentionAttributes.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

def Attention_YieldOp : Attention_Op<"yield", [Pure, Terminator, ReturnLike]> {
  let summary = "ends a region of the dialect";
  let description = [{
    Hands its operands to the op around it.

    ```mlir
    %o = attention.attend #attention.softmax %q, %k, %v visible {
    ^bb0(%batch: index, %head: index, %query: index, %key: index):
      %seen = arith.cmpi ne, %query, %key : index
      attention.yield %seen : i1
    } : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, {}); }]>];
}

def Attention_AttendOp : Attention_Op<"attend", [
    Pure, AttrSizedOperandSegments, InferTypeOpAdaptor,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>]> {
  let summary = "attend to keys and values";
  let description = [{
    Folds the keys and values that each query sees into one output row, as the
    variant prescribes. `query` is `[batch, heads_q, queries, d]`, `key` `[batch,
    heads_k, keys, d]`, `value` `[batch, heads_v, keys, e]`; the result is
    `[batch, heads, queries, e]` with the largest of the three head counts.

    Query i stands at position i + keys - queries, or at i + `offset` of its
    batch row; key j at j. With `documents` positions restart in each document.
    Scores are scaled, mapped by the `score` region, biased, then masked. A
    masked pair contributes nothing, whatever it holds; a row that sees nothing
    gives zeros. Scores and sums are f32 (f64 for f64 operands).

    ```mlir
    %o = attention.attend #attention.softmax %q, %k, %v mask(#attention.causal) scale(0.25)
        : tensor<?x6x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x8xf32>
    ```

    Variants with a memory of the past take clauses per key, which any size of 1
    broadcasts: `decay`, the logarithm of what remains of the memory (default 0), and
    `beta`, how much is written (default 1); `remove` and `replace` are a
    rank-one change. A key that does not exist is no step at all. Such variants
    read their past (`mask(#attention.causal)`), or all there is (no mask).

    ```mlir
    %o = attention.attend #attention.delta %q, %k, %v mask(#attention.causal) decay(%g : tensor<1x4x?x1xf32>) beta(%b : tensor<1x4x?x1xf32>)
        : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x4x?x16xf32>
    ```

    Constraints:
    - (C1) `query`, `key` and `value` have one element type.
    - (C2) They have the same batch size.
    - (C3) `query` and `key` have the same number of columns, which is not 0.
    - (C4) `key` and `value` have the same number of rows.
    - (C5) No head count is 0, and each divides the largest.
    - (C6) The variant accepts every clause given, and is given all that it needs.
    - (C7) `keys` is `[batch, keys]`.
    - (C8) `documents` wants a batch of 1 and as many queries as keys, and
      excludes `offset`.
    - (C9) `offset` is `[batch]`.
    - (C10) Each size of `bias` is that of `[batch, heads, queries, keys]`, or 1.
    - (C11) `sink` is `[heads]`.
    - (C12) `score` takes a score and four indices and yields a score.
    - (C13) `visible` takes four indices and yields an i1.
    - (C14) Each size of `decay` is that of `[batch, heads, keys, d]`, or 1.
    - (C15) Each size of `beta` is that of `[batch, heads, keys, 1]`, or 1.
    - (C16) `remove` and `replace` are `[batch, heads, keys, d]`.
    - (C17) Where the order of keys matters (`delta`, `rank_one`, and `linear`
      with `decay`), the mask is `causal` or absent.
    - (C18) A `custom` variant names an `attention.variant` for scores of this type.
  }];
  let arguments = (ins Attention_VariantInterface:$variant,
    Attention_Heads:$query, Attention_Heads:$key, Attention_Heads:$value,
    OptionalAttr<Attention_MaskInterface>:$mask,
    Optional<TensorRankOf<[I1], [2]>>:$keys,
    Optional<TensorRankOf<[I64], [1]>>:$documents,
    Optional<TensorRankOf<[I64], [1]>>:$offset,
    OptionalAttr<F64Attr>:$scale,
    Optional<Attention_Heads>:$bias,
    Optional<Attention_Tensor<[1]>>:$sink,
    Optional<Attention_Heads>:$decay,
    Optional<Attention_Heads>:$beta,
    Optional<Attention_Heads>:$remove,
    Optional<Attention_Heads>:$replace,
    UnitAttr:$log_sum_exp);
  let results = (outs Attention_Heads:$output,
                      Optional<Attention_Tensor<[3]>>:$log_sum_exp_rows);
  let regions = (region MaxSizedRegion<1>:$visible, MaxSizedRegion<1>:$score);
  let assemblyFormat = [{
    $variant $query `,` $key `,` $value
    oilist(
      `mask` `(` $mask `)`
    | `keys` `(` $keys `:` type($keys) `)`
    | `documents` `(` $documents `:` type($documents) `)`
    | `offset` `(` $offset `:` type($offset) `)`
    | `scale` `(` $scale `)`
    | `bias` `(` $bias `:` type($bias) `)`
    | `sink` `(` $sink `:` type($sink) `)`
    | `decay` `(` $decay `:` type($decay) `)`
    | `beta` `(` $beta `:` type($beta) `)`
    | `remove` `(` $remove `:` type($remove) `)`
    | `replace` `(` $replace `:` type($replace) `)`
    | `log_sum_exp` $log_sum_exp
    ) (`visible` $visible^)? (`score` $score^)?
    attr-dict `:` type($query) `,` type($key) `,` type($value)
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

#endif // ATTENTION_ATTEND_OPS
