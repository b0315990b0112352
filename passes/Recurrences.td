//===- Recurrences along the sequence and along depth as loops -----------===//

#ifndef ATTENTION_PASSES_RECURRENCES
#define ATTENTION_PASSES_RECURRENCES

include "mlir/Pass/PassBase.td"

def UnfoldEvolve : Pass<"attention-unfold-evolve", "mlir::func::FuncOp"> {
  let summary = "write evolve as a loop over its steps";
  let description = [{
    An `scf.for` carries the points, the momenta, and where a method looks back
    the rates of the step before, in the type that is computed in; its body is the
    regions and the arithmetic of the method. Numbers of time are f64. On the
    sphere, `rms_norm` makes rows as long as they must be: the mean of a row's
    squares must be above the smallest normal number, or the row must be zero.

    ```mlir
    %end = scf.for %layer = %c0 to %steps step %c1 iter_args(%x = %start) -> (tensor<1x5x4xf32>) {
      ...
      %f = attention.project %x, %w : tensor<1x5x4xf32>, tensor<4x4xf32>
      %move = arith.mulf %f, %h : tensor<1x5x4xf32>
      %next = arith.addf %x, %move : tensor<1x5x4xf32>
      scf.yield %next : tensor<1x5x4xf32>
    }
    ```
  }];
  let dependentDialects = ["AttentionDialect", "mlir::arith::ArithDialect", "mlir::linalg::LinalgDialect",
                           "mlir::math::MathDialect", "mlir::scf::SCFDialect", "mlir::tensor::TensorDialect"];
}

def UnfoldSegments : Pass<"attention-unfold-segments", "mlir::func::FuncOp"> {
  let summary = "write segments as a loop over segments";
  let description = [{
    An `scf.for` carries the output, into which each segment's is written, and the
    carries. A carry whose size varies stands in a buffer of the most that it can
    be, and its size beside it; that most must follow from sizes known before: a
    carry that grows from segment to segment is an error.

    ```mlir
    %y:3 = scf.for %i = %c0 to %n step %c4 iter_args(%out = %none, %buffer = %start, %size = %m) -> (...) {
      %rows = affine.min affine_map<(d0, d1) -> (4, d0 - d1)>(%n, %i)
      %segment = tensor.extract_slice %x[0, %i, 0] [1, %rows, 16] [1, 1, 1] : ...
      %memory = tensor.extract_slice %buffer[0, 0, 0] [1, %size, 16] [1, 1, 1] : ...
      ...
    }
    ```

    An input that `embed` makes for nothing else is looked up segment by segment.
    Segments have as many rows of output as of input; it is an error of the run
    if they do not.
  }];
  let dependentDialects = ["AttentionDialect", "mlir::affine::AffineDialect", "mlir::arith::ArithDialect",
                           "mlir::scf::SCFDialect", "mlir::tensor::TensorDialect"];
}

def ForwardConcat : Pass<"attention-forward-concat", "mlir::func::FuncOp"> {
  let summary = "compute keys and values of joined rows piece by piece";
  let description = [{
    Where all that is made of a `tensor.concat` along the tokens are keys and
    values, what works on each row for itself is done with each piece, and the
    pieces are joined behind it: at the attention, which visits them one after
    another (`attention-unfold-attend`). So a memory that is read before the
    tokens is never copied.

    ```mlir
    %u = tensor.concat dim(1) %memory, %x : ...
    %k = attention.project %u, %w : ...
    // becomes
    %k0 = attention.project %memory, %w : ...
    %k1 = attention.project %x, %w : ...
    %k = tensor.concat dim(1) %k0, %k1 : ...
    ```
  }];
  let dependentDialects = ["mlir::tensor::TensorDialect"];
}

def DecomposeConcat : Pass<"attention-decompose-concat", "mlir::func::FuncOp"> {
  let summary = "join tensors by writing each into its place";
  let description = [{
    What is left of `tensor.concat` becomes `tensor.insert_slice`.
  }];
  let dependentDialects = ["mlir::affine::AffineDialect", "mlir::arith::ArithDialect", "mlir::tensor::TensorDialect"];
}

#endif // ATTENTION_PASSES_RECURRENCES
