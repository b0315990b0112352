//===- What transformers need around attention and upstream lacks --------===//

#ifndef ATTENTION_GLUE_OPS
#define ATTENTION_GLUE_OPS

include "dialect/Attention.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

/// An op on tensors whose result type follows from its operands.
class Attention_GlueOp<string mnemonic, list<Trait> traits = []>
    : Attention_Op<mnemonic, traits # [Pure,
        DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>]>;

class Attention_InferredOp<string mnemonic, list<Trait> traits = []>
    : Attention_GlueOp<mnemonic, traits # [InferTypeOpAdaptor]>;

/// An op whose result has the type of its operand `input`.
class Attention_SameOp<string mnemonic, list<Trait> traits = []>
    : Attention_GlueOp<mnemonic, traits # [AllTypesMatch<["input", "output"]>]>;

def Attention_ProjectOp : Attention_InferredOp<"project"> {
  let summary = "x w^T + b over the last dimension";
  let description = [{
    `weight` is `[out, in]`, `bias` `[out]`. Products of 16-bit operands are
    exact and summed in f32.

    ```mlir
    %y = attention.project %x, %w, %b : tensor<?x?x32xf32>, tensor<48x32xf32>, tensor<48xf32>
    ```

    Constraints:
    - (C1) All operands have one element type.
    - (C2) The last size of `input` is the last of `weight`.
    - (C3) `bias` has as many elements as `weight` has rows.
  }];
  let arguments = (ins Attention_Rows:$input, Attention_Tensor<[2]>:$weight,
                       Optional<Attention_Tensor<[1]>>:$bias);
  let results = (outs Attention_Rows:$output);
  let assemblyFormat = [{
    $input `,` $weight (`,` $bias^)? attr-dict
    `:` type($input) `,` type($weight) (`,` type($bias)^)?
  }];
  let hasVerifier = 1;
}

def Attention_SplitHeadsOp : Attention_InferredOp<"split_heads"> {
  let summary = "[b, n, h*d] to [b, h, n, d]";
  let description = [{
    A matter of strides: no copy is made.

    ```mlir
    %qh = attention.split_heads %q heads(4) : tensor<?x?x32xf32>
    ```

    Constraints:
    - (C1) `heads` is positive and divides the last size.
  }];
  let arguments = (ins Attention_Tensor<[3]>:$input, I64Attr:$heads);
  let results = (outs Attention_Heads:$output);
  let assemblyFormat = "$input `heads` `(` $heads `)` attr-dict `:` type($input)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Attention_MergeHeadsOp : Attention_InferredOp<"merge_heads"> {
  let summary = "[b, h, n, d] to [b, n, h*d]";
  let description = [{
    The inverse of `split_heads`; a matter of strides.

    ```mlir
    %o = attention.merge_heads %oh : tensor<?x4x?x8xf32>
    ```
  }];
  let arguments = (ins Attention_Heads:$input);
  let results = (outs Attention_Tensor<[3]>:$output);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let hasFolder = 1;
}

def Attention_RotaryOp : Attention_SameOp<"rotary", [AttrSizedOperandSegments]> {
  let summary = "rotary positions";
  let description = [{
    Element c of the first half of the first `dims` (default: all) columns turns
    with element c of the second half (`interleaved`: 2c with 2c + 1) by
    position * base^(-2c / dims) (Su et al., arXiv 2104.09864). Row i stands at
    position i, at i + `offset` of its batch row, or where `positions` says.

    ```mlir
    %r = attention.rotary %x base(10000.0) dims(8) interleaved : tensor<2x3x?x12xf32>
    ```

    Constraints:
    - (C1) `base` is positive.
    - (C2) `dims` is positive, even, and no more than the last size.
    - (C3) `offset` is `[batch]`, `positions` `[batch, rows]`; at most one is given.
  }];
  let arguments = (ins Attention_Heads:$input, F64Attr:$base,
    Optional<TensorRankOf<[I64], [1]>>:$offset,
    Optional<TensorRankOf<[I64], [2]>>:$positions,
    OptionalAttr<I64Attr>:$dims, UnitAttr:$interleaved);
  let results = (outs Attention_Heads:$output);
  let assemblyFormat = [{
    $input `base` `(` $base `)`
    oilist(
      `offset` `(` $offset `:` type($offset) `)`
    | `positions` `(` $positions `:` type($positions) `)`
    | `dims` `(` $dims `)`
    | `interleaved` $interleaved
    ) attr-dict `:` type($input)
  }];
  let hasVerifier = 1;
}

def Attention_RmsNormOp : Attention_SameOp<"rms_norm"> {
  let summary = "x / sqrt(mean(x^2) + epsilon) * g over the last dimension";
  let description = [{
    ```mlir
    %y = attention.rms_norm %x, %g epsilon(1.0e-6) : tensor<?x?x32xf32>, tensor<32xf32>
    ```

    Constraints:
    - (C1) All operands have one element type.
    - (C2) `gain` has as many elements as a row.
    - (C3) `epsilon` is not negative.
  }];
  let arguments = (ins Attention_Rows:$input, Attention_Tensor<[1]>:$gain, F64Attr:$epsilon);
  let results = (outs Attention_Rows:$output);
  let assemblyFormat = [{
    $input `,` $gain `epsilon` `(` $epsilon `)` attr-dict `:` type($input) `,` type($gain)
  }];
  let hasVerifier = 1;
}

def Attention_LayerNormOp : Attention_SameOp<"layer_norm"> {
  let summary = "(x - mean) / sqrt(variance + epsilon) * g + b over the last dimension";
  let description = [{
    The variance is that of the row itself (divided by its length).

    ```mlir
    %y = attention.layer_norm %x, %g, %b epsilon(1.0e-5) : tensor<?x?x32xf32>, tensor<32xf32>, tensor<32xf32>
    ```

    Constraints:
    - (C1) All operands have one element type.
    - (C2) `gain` and `bias` have as many elements as a row.
    - (C3) `epsilon` is not negative.
  }];
  let arguments = (ins Attention_Rows:$input, Attention_Tensor<[1]>:$gain,
                       Attention_Tensor<[1]>:$bias, F64Attr:$epsilon);
  let results = (outs Attention_Rows:$output);
  let assemblyFormat = [{
    $input `,` $gain `,` $bias `epsilon` `(` $epsilon `)` attr-dict
    `:` type($input) `,` type($gain) `,` type($bias)
  }];
  let hasVerifier = 1;
}

def Attention_SiluOp : Attention_SameOp<"silu"> {
  let summary = "x / (1 + exp(-x))";
  let description = [{
    ```mlir
    %y = attention.silu %x : tensor<?x?x32xf32>
    ```
  }];
  let arguments = (ins Attention_Rows:$input);
  let results = (outs Attention_Rows:$output);
  let assemblyFormat = "$input attr-dict `:` type($input)";
}

def Attention_GeluOp : Attention_SameOp<"gelu"> {
  let summary = "x Phi(x), exact by erf or approximated by tanh";
  let description = [{
    `approximate` is 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).

    ```mlir
    %y = attention.gelu approximate %x : tensor<?x?x32xf32>
    ```
  }];
  let arguments = (ins Attention_Rows:$input, UnitAttr:$approximate);
  let results = (outs Attention_Rows:$output);
  let assemblyFormat = "(`approximate` $approximate^)? $input attr-dict `:` type($input)";
}

def Attention_EmbedOp : Attention_InferredOp<"embed"> {
  let summary = "rows of a table by their ids";
  let description = [{
    `table` is `[v, d]`; `ids` have any shape; the result is that shape and d. An
    id out of range is an error of the run, with its value and place.

    ```mlir
    %x = attention.embed %table, %ids : tensor<29x12xf32>, tensor<2x?xi64>
    ```
  }];
  let arguments = (ins Attention_Tensor<[2]>:$table, RankedTensorOf<[I64, I32]>:$ids);
  let results = (outs Attention_Rows:$output);
  let assemblyFormat = "$table `,` $ids attr-dict `:` type($table) `,` type($ids)";
}

def Attention_MeanRowsOp : Attention_InferredOp<"mean_rows"> {
  let summary = "[b, n, d] to [b, 1, d]: the mean over rows, zeros of no rows";
  let description = [{
    ```mlir
    %m = attention.mean_rows %x : tensor<2x?x12xf32>
    ```
  }];
  let arguments = (ins Attention_Tensor<[3]>:$input);
  let results = (outs Attention_Tensor<[3]>:$output);
  let assemblyFormat = "$input attr-dict `:` type($input)";
}

def Attention_BroadcastRowsOp : Attention_InferredOp<"broadcast_rows"> {
  let summary = "[b, 1, d] to [b, n, d], n that of another tensor";
  let description = [{
    ```mlir
    %y = attention.broadcast_rows %p like %x : tensor<1x1x4xf32>, tensor<1x?x6xf32>
    ```

    Constraints:
    - (C1) `input` has one row for each batch row.
    - (C2) `input` and `like` have the same batch size.
  }];
  let arguments = (ins Attention_Tensor<[3]>:$input, AnyRankedTensor:$like);
  let results = (outs Attention_Tensor<[3]>:$output);
  let assemblyFormat = "$input `like` $like attr-dict `:` type($input) `,` type($like)";
  let hasVerifier = 1;
}

#endif // ATTENTION_GLUE_OPS
