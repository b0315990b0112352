//===- visit, join, finish, advance: attention on opaque states ----------===//

#ifndef ATTENTION_STATE_OPS
#define ATTENTION_STATE_OPS

include "dialect/AttendOps.td"

def Attention_EmptyPartialOp : Attention_Op<"empty_partial", [Pure, InferTypeOpAdaptor,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "the partial that has seen no key";
  let description = [{
    ```mlir
    %p = attention.empty_partial #attention.softmax like %q, %k, %v
        : tensor<1x8x?x64xf32>, tensor<1x8x?x64xf32>, tensor<1x8x?x64xf32>
    ```
    With `rows` it is the partial of one tile of so many queries.

    Constraints: (C1) to (C5) of `attend`, and
    - (C6) `rows` is positive.
    - (C7) A `custom` variant names an `attention.variant` for scores of this
      type, and the types of its state.
  }];
  let arguments = (ins Attention_TiledVariantInterface:$variant,
    Attention_Heads:$query, Attention_Heads:$key, Attention_Heads:$value,
    OptionalAttr<I64Attr>:$rows);
  let results = (outs Attention_PartialType:$partial);
  let assemblyFormat = [{
    $variant `like` $query `,` $key `,` $value (`rows` `(` $rows^ `)`)?
    attr-dict `:` type($query) `,` type($key) `,` type($value)
  }];
  let hasVerifier = 1;
}

def Attention_EmptyCarryOp : Attention_Op<"empty_carry", [Pure, InferTypeOpAdaptor]> {
  let summary = "the carry of no past";
  let description = [{
    ```mlir
    %c = attention.empty_carry #attention.softmax like %q, %k, %v
        : tensor<1x8x?x64xf32>, tensor<1x8x?x64xf32>, tensor<1x8x?x64xf32>
    ```

    Constraints: (C1) to (C5) of `attend`.
  }];
  let arguments = (ins Attention_TiledVariantInterface:$variant,
    Attention_Heads:$query, Attention_Heads:$key, Attention_Heads:$value);
  let results = (outs Attention_CarryType:$carry);
  let assemblyFormat = [{
    $variant `like` $query `,` $key `,` $value
    attr-dict `:` type($query) `,` type($key) `,` type($value)
  }];
  let hasVerifier = 1;
}

def Attention_VisitOp : Attention_Op<"visit", [
    Pure, AttrSizedOperandSegments, AllTypesMatch<["partial", "result"]>]> {
  let summary = "a partial after one more range of keys";
  let description = [{
    Clauses are those of `attend`; they index the tensors given here. `from` is
    the position of the first query and of the first key (default: keys -
    queries, and 0; with `offset`, the offset is added to the former). `spans`
    replaces `documents`: for each token where its document begins and ends;
    tokens are counted as positions are.

    ```mlir
    %p1 = attention.visit %p0, %q, %k, %v from(%i, %j) mask(#attention.causal)
        : !attention.partial<#attention.softmax, tensor<1x8x?x64xf32>>,
          tensor<1x8x?x64xf32>, tensor<1x8x?x64xf32>, tensor<1x8x?x64xf32>
    ```

    In tiled code `window [batch, head, row, key] [rows, keys]` tells which part
    of the tensors is visited (0 keys: all there are from `key` on), and `whole` states that every key of the window
    exists and is seen by every query, so that no clause masks any more. `alike`
    states that all rows of the window are at the position of the first: the
    heads of a group, which share keys, in place of queries.

    Constraints: those of `attend`, and
    - (C14) the partial's type is that of `attend`'s result, or `[rows, e]` of
      the window.
    - (C15) a carry is of the partial's variant, and is `[batch, heads, d, e]`.
    - (C16) `from` is two positions, `spans` two tensors; `spans` exclude `offset`.
    - (C17) `window` is four numbers and two sizes; `whole` excludes all clauses
      that mask.
    - (C18) `alike` stands with a window, and without bias, spans and regions,
      which ask for a row's own head or token.
  }];
  let arguments = (ins Attention_PartialType:$partial,
    Attention_Heads:$query, Attention_Heads:$key, Attention_Heads:$value,
    Optional<Attention_CarryType>:$carry,
    Variadic<Index>:$from,
    OptionalAttr<Attention_MaskInterface>:$mask,
    Optional<TensorRankOf<[I1], [2]>>:$keys,
    Variadic<TensorRankOf<[I64], [1]>>:$spans,
    Optional<TensorRankOf<[I64], [1]>>:$offset,
    OptionalAttr<F64Attr>:$scale,
    Optional<Attention_Heads>:$bias,
    Variadic<Index>:$window,
    OptionalAttr<DenseI64ArrayAttr>:$tile,
    UnitAttr:$whole, UnitAttr:$alike);
  let results = (outs Attention_PartialType:$result);
  let regions = (region MaxSizedRegion<1>:$visible, MaxSizedRegion<1>:$score);
  let assemblyFormat = [{
    $partial `,` $query `,` $key `,` $value
    oilist(
      `carry` `(` $carry `:` type($carry) `)`
    | `from` `(` $from `)`
    | `mask` `(` $mask `)`
    | `keys` `(` $keys `:` type($keys) `)`
    | `spans` `(` $spans `:` type($spans) `)`
    | `offset` `(` $offset `:` type($offset) `)`
    | `scale` `(` $scale `)`
    | `bias` `(` $bias `:` type($bias) `)`
    | `window` `[` $window `]` custom<Tile>($tile)
    | `whole` $whole
    | `alike` $alike
    ) (`visible` $visible^)? (`score` $score^)? attr-dict
    `:` type($partial) `,` type($query) `,` type($key) `,` type($value)
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def Attention_JoinOp : Attention_Op<"join", [Pure, SameOperandsAndResultType]> {
  let summary = "the partial of two neighbouring ranges of keys";
  let description = [{
    ```mlir
    %p = attention.join %first, %second : !attention.partial<#attention.softmax, tensor<1x8x?x64xf32>>
    ```
  }];
  let arguments = (ins Attention_PartialType:$first, Attention_PartialType:$second);
  let results = (outs Attention_PartialType:$result);
  let assemblyFormat = "$first `,` $second attr-dict `:` type($result)";
}

def Attention_FinishOp : Attention_Op<"finish", [
    Pure, AttrSizedOperandSegments, InferTypeOpAdaptor,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>]> {
  let summary = "the output that a partial stands for";
  let description = [{
    ```mlir
    %o, %lse = attention.finish %p log_sum_exp : !attention.partial<#attention.softmax, tensor<1x8x?x64xf32>>
    ```

    In tiled code `into` names where the tile goes (`[rows, e]`, the number of
    rows that exist; and `[rows]` for the log-sum-exp), `head` which head it is.

    Constraints:
    - (C1) The variant accepts the clauses given.
    - (C2) `sink` is `[heads]`; where the partial is that of a tile, `head` is given.
    - (C3) `into` has a place for each result, of its type.
  }];
  let arguments = (ins Attention_PartialType:$partial,
    Optional<Attention_Tensor<[1]>>:$sink,
    UnitAttr:$log_sum_exp,
    Optional<Index>:$head,
    Variadic<Attention_Rows>:$into);
  let results = (outs Attention_Rows:$output, Optional<Attention_Rows>:$log_sum_exp_rows);
  let assemblyFormat = [{
    $partial
    oilist(
      `sink` `(` $sink `:` type($sink) `)`
    | `log_sum_exp` $log_sum_exp
    | `head` `(` $head `)`
    | `into` `(` $into `:` type($into) `)`
    ) attr-dict `:` type($partial)
  }];
  let hasVerifier = 1;
}

def Attention_AdvanceOp : Attention_Op<"advance", [
    Pure, AttrSizedOperandSegments, AllTypesMatch<["carry", "result"]>]> {
  let summary = "a carry after one more range of keys";
  let description = [{
    ```mlir
    %c1 = attention.advance %c0, %k, %v from(%j)
        : !attention.carry<#attention.softmax, tensor<1x8x64x64xf32>>, tensor<1x8x?x64xf32>, tensor<1x8x?x64xf32>
    ```
    `from` is the position of the first key (default 0).

    Constraints:
    - (C1) All have one element type.
    - (C2) The carry is `[batch, heads, d, e]` of the key and value; their head
      counts divide its own.
    - (C3) `keys` is `[batch, keys]`.
  }];
  let arguments = (ins Attention_CarryType:$carry,
    Attention_Heads:$key, Attention_Heads:$value,
    Optional<Index>:$from,
    Optional<TensorRankOf<[I1], [2]>>:$keys);
  let results = (outs Attention_CarryType:$result);
  let assemblyFormat = [{
    $carry `,` $key `,` $value
    oilist(
      `from` `(` $from `)`
    | `keys` `(` $keys `:` type($keys) `)`
    ) attr-dict `:` type($carry) `,` type($key) `,` type($value)
  }];
  let hasVerifier = 1;
}

def Attention_PackPartialOp : Attention_Op<"pack_partial", [Pure, InferTypeOpAdaptor]> {
  let summary = "the partial of a tile as the tensors that make it up";
  let description = [{
    Writes each part of the partial - how many and of which shapes the variant
    says - over a tensor of the same shape: so that partials of split key ranges
    can be kept in memory until they are joined.

    ```mlir
    %r:3 = attention.pack_partial %p into(%max, %sum, %acc : tensor<16xf32>, tensor<16xf32>, tensor<16x64xf32>)
        : !attention.partial<#attention.softmax, tensor<16x64xf32>>
    ```

    Constraints:
    - (C1) There is a tensor for each part of the partial, of its shape and type.
  }];
  let arguments = (ins Attention_PartialType:$partial, Variadic<AnyRankedTensor>:$into);
  let results = (outs Variadic<AnyRankedTensor>:$parts);
  let assemblyFormat = "$partial `into` `(` $into `:` type($into) `)` attr-dict `:` type($partial)";
  let hasVerifier = 1;
}

def Attention_UnpackPartialOp : Attention_Op<"unpack_partial", [Pure]> {
  let summary = "the partial of a tile out of the tensors that make it up";
  let description = [{
    ```mlir
    %p = attention.unpack_partial %max, %sum, %acc : tensor<16xf32>, tensor<16xf32>, tensor<16x64xf32>
        to !attention.partial<#attention.softmax, tensor<16x64xf32>>
    ```

    Constraints:
    - (C1) There is a tensor for each part of the partial, of its shape and type.
  }];
  let arguments = (ins Variadic<AnyRankedTensor>:$parts);
  let results = (outs Attention_PartialType:$partial);
  let assemblyFormat = "$parts attr-dict `:` type($parts) `to` type($partial)";
  let hasVerifier = 1;
}

def Attention_DocumentSpansOp : Attention_Op<"document_spans", [
    Pure, InferTypeOpAdaptor,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>]> {
  let summary = "for each token where its document begins and ends";
  let description = [{
    `starts` holds where each document begins, ascending, and the number of
    tokens last; documents may be empty. Anything else is an error of the run.

    ```mlir
    %begin, %end = attention.document_spans %starts, %tokens : tensor<?xi64>
    ```
  }];
  let arguments = (ins TensorRankOf<[I64], [1]>:$starts, Index:$tokens);
  let results = (outs TensorRankOf<[I64], [1]>:$begin, TensorRankOf<[I64], [1]>:$end);
  let assemblyFormat = "$starts `,` $tokens attr-dict `:` type($starts)";
}

def Attention_FailIfOp : Attention_Op<"fail_if"> {
  let summary = "reports a bad run-time value";
  let description = [{
    If `bad`, the run fails with the message, in which `{0}`, `{1}`, ... stand
    for the values. Of several failures the one of the smallest `order` is
    reported. The code after it runs on: it must not touch memory out of bounds.

    ```mlir
    attention.fail_if %bad order(%i) "expects an id below {1}, but got {0}"(%id, %count)
    ```

    Constraints:
    - (C1) Each number in braces is that of a value.
  }];
  let arguments = (ins I1:$bad, Index:$order, StrAttr:$message, Variadic<Index>:$values);
  let hasCanonicalizeMethod = 1;
  let assemblyFormat = "$bad `order` `(` $order `)` $message `(` $values `)` attr-dict";
  let hasVerifier = 1;
}

def Attention_SolveForwardOp : Attention_Op<"solve_forward", [
    Pure, AllTypesMatch<["right", "solution"]>]> {
  let summary = "solves a triangular system of tokens, first to last";
  let description = [{
    y with y_i = right_i + sum over j < i of pairs_ij y_j: what each token of a
    chunk writes depends on what those before it write (forward substitution;
    the delta rule in chunks, arXiv 2406.06484). Elements of `pairs` on the
    diagonal and above it are not read. An op of the tile level
    (docs/tile-level.md).

    ```mlir
    %y = attention.solve_forward %pairs, %right : vector<16x16xf32>, vector<16x64xf32>
    ```

    Constraints:
    - (C1) `pairs` is square, with a row for each row of `right`, and both are of the same floating-point type.
  }];
  let arguments = (ins VectorOfRankAndType<[2], [AnyFloat]>:$pairs,
                       VectorOfRankAndType<[2], [AnyFloat]>:$right);
  let results = (outs VectorOfRankAndType<[2], [AnyFloat]>:$solution);
  let assemblyFormat = "$pairs `,` $right attr-dict `:` type($pairs) `,` type($right)";
  let hasVerifier = 1;
}

def Attention_SplitPairsOp : Attention_Op<"split_pairs", [Pure]> {
  let summary = "rows that lie in pairs, one behind the other";
  let description = [{
    Rows 2 i and 2 i + 1 are the even and the odd elements of row i of `pairs`:
    so matrices lie whose products are summed two rows at a time (the layout
    that users of bf16 dot products call VNNI). An op of the tile level
    (docs/tile-level.md).

    ```mlir
    %w = attention.split_pairs %pairs : vector<32x192xbf16> to vector<64x96xbf16>
    ```

    Constraints:
    - (C1) `rows` has twice the rows of `pairs`, half the columns, and its type of elements.
  }];
  let arguments = (ins VectorOfRankAndType<[2], [AnyFloat]>:$pairs);
  let results = (outs VectorOfRankAndType<[2], [AnyFloat]>:$rows);
  let assemblyFormat = "$pairs attr-dict `:` type($pairs) `to` type($rows)";
  let hasVerifier = 1;
}

def Attention_TensorMapOp : Attention_Op<"tensor_map", [Pure]> {
  let summary = "describes the tiles of a memref to a GPU that copies them whole";
  let description = [{
    The address, on the host, of what a kernel takes by value to copy boxes of
    so many elements of `memref` to shared memory, swizzled by the bytes of a
    row of the box (CUDA's CUtensorMap). It stands beside the launch of the
    kernel; devices from sm_90 on.

    ```mlir
    %0 = attention.tensor_map %k box [1, 1, 96, 64] : memref<?x8x?x128xbf16>
    ```

    Constraints:
    - (C1) `box` has a size from 1 to 256 for each dimension of `memref`, of which there are 1 to 5.
    - (C2) A row of the box takes 32, 64 or 128 bytes.
  }];
  let arguments = (ins AnyStridedMemRef:$memref, DenseI64ArrayAttr:$box);
  let results = (outs I64:$map);
  let assemblyFormat = "$memref `box` $box attr-dict `:` type($memref)";
  let hasVerifier = 1;
}

#endif // ATTENTION_STATE_OPS
