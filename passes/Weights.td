//===- Passes on weights --------------------------------------------------===//

#ifndef ATTENTION_PASSES_WEIGHTS
#define ATTENTION_PASSES_WEIGHTS

include "mlir/Pass/PassBase.td"

def PackWeights : Pass<"attention-pack-weights", "mlir::func::FuncOp"> {
  let summary = "lay weights of projections out as their kernels read them";
  let description = [{
    A projection multiplies rows with the rows of a weight `[out, in]`. Kernels
    want the columns of its transpose, some of them at a time: a panel. Where a
    weight depends on no input it is transposed panel by panel, `[panels, in,
    columns]`, and the projection reads it through `linalg.unpack`, which names
    the layout and is no code: kernels read the panels. What packs them
    `attention-prepare-weights` moves to where it is done once.

    With `bf16`, panels of f32 are rounded to that, and kernels widen what they
    read: for products that are of bf16 anyway.

    With `paired-rows`, rows of bf16 panels lie in pairs, element by element in
    turns: `[panels, in / 2, columns, 2]`, for processors that sum products of
    pairs, so many rows at a time; where `in` is a multiple of that.

    Weights of few rows, which would be mostly padding, stay as they are.

    ```mlir
    %y = attention.project %x, %w : tensor<?x64xf32>, tensor<96x64xf32>
    // becomes
    %cut = tensor.expand_shape %w ... : tensor<96x64xf32> into tensor<1x96x64xf32>
    %p = linalg.transpose ins(%cut) outs(%none : tensor<1x64x96xf32>) permutation = [0, 2, 1]
    %u = linalg.unpack %p inner_dims_pos = [0] inner_tiles = [96] into %empty : tensor<1x64x96xf32> -> tensor<96x64xf32>
    %y = attention.project %x, %u : tensor<?x64xf32>, tensor<96x64xf32>
    ```
  }];
  let options = [
    Option<"panelBytes", "panel-bytes", "int64_t", "32768", "Bytes of a projection's weight that a tile reads">,
    Option<"bf16", "bf16", "bool", "false", "Round panels of f32 to bf16">,
    Option<"pairedRows", "paired-rows", "int64_t", "0", "Multiple of rows of bf16 panels that lie in pairs, or 0: none do">
  ];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect"];
}

def JoinProjections : Pass<"attention-join-projections", "mlir::func::FuncOp"> {
  let summary = "multiply the same rows by one weight";
  let description = [{
    Projections of the same rows that are read as heads (queries, keys and
    values) become one, by a weight that has the rows of theirs behind one
    another, and slices of its columns. That is one loop instead of three, which
    counts where weights are small: for one token, a loop over some of their
    panels takes as long as threads take to meet. Large ones stay apart, so that
    the rows of each result lie close together.

    Weights, and biases if there are any, are known when weights are bound:
    `attention-prepare-weights` puts them together there.

    ```mlir
    %q = attention.project %x, %wq : tensor<?x?x64xf32>, tensor<64x64xf32>
    %k = attention.project %x, %wk : tensor<?x?x64xf32>, tensor<32x64xf32>
    // becomes
    %w = tensor.concat dim(0) %wq, %wk : ... -> tensor<96x64xf32>
    %all = attention.project %x, %w : tensor<?x?x64xf32>, tensor<96x64xf32>
    %q = tensor.extract_slice %all[0, 0, 0] [%b, %t, 64] [1, 1, 1] : ...
    %k = tensor.extract_slice %all[0, 0, 64] [%b, %t, 32] [1, 1, 1] : ...
    ```
  }];
  let options = [
    Option<"mostBytes", "most-bytes", "int64_t", "262144", "Of all weights that become one">
  ];
  let dependentDialects = ["mlir::tensor::TensorDialect"];
}

def PrepareWeights : Pass<"attention-prepare-weights", "mlir::ModuleOp"> {
  let summary = "compute once, when weights are bound, what no input has part in";
  let description = [{
    Finds in each public function what is computed from arguments with
    `attention.weight` and constants alone, moves it to a private function
    `NAME.prepare`, and makes its results arguments of the function. The runtime
    calls the preparation once, before the first run.

    A tensor is prepared where all of these hold; else it is left to the run, and
    what it is computed from is looked at instead:

    1. A run computes with it: being returned alone is no reason.
    2. The last operation that makes it does more than to rename elements
       (reshapes, slices, casts, `split_heads`, `merge_heads`, `linalg.unpack`, widened or not) or to repeat them
       (`splat`, `fill`, `broadcast`): that is cheap to do where it is read.
    3. It has at most half more elements than the weights that it is computed
       from: panels are padded.
    4. All sizes on the way are static, and each operation is free of side
       effects and stands in the body of the function itself.

    Weights stay arguments of both functions: they are bound by name, once. A
    function and its step share a preparation that is the same for both.

    ```mlir
    func.func @f(%x: tensor<?x4xbf16>, %w: tensor<8x4xf32> {attention.weight = "w"}) -> tensor<?x8xbf16> {
      %0 = arith.truncf %w : tensor<8x4xf32> to tensor<8x4xbf16>
      %1 = attention.project %x, %0 : ...
    }
    // becomes
    func.func private @f.prepare(%w: tensor<8x4xf32> {attention.name = "arg1", attention.weight = "w"})
        -> tensor<8x4xbf16> attributes {attention.prepares} {
      %0 = arith.truncf %w : tensor<8x4xf32> to tensor<8x4xbf16>
      return %0 : tensor<8x4xbf16>
    }
    func.func @f(%x: ..., %w: ..., %0: tensor<8x4xbf16> {attention.prepared = 0 : i64}) -> tensor<?x8xbf16>
        attributes {attention.preparation = @f.prepare} {
      %1 = attention.project %x, %0 : ...
    }
    ```
  }];
  let dependentDialects = ["mlir::func::FuncDialect"];
}

#endif // ATTENTION_PASSES_WEIGHTS
