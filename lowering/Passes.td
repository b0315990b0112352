//===- The passes that lower, for all targets ----------------------------===//

#ifndef ATTENTION_LOWERING_PASSES
#define ATTENTION_LOWERING_PASSES

include "mlir/Pass/PassBase.td"

def AttentionToTiles : Pass<"attention-to-tiles", "mlir::func::FuncOp"> {
  let summary = "expand the state ops into vector code on tiles";
  let description = [{
    Asks the variant of each visit, join and finish for its tile code
    (`docs/tile-level.md`); partials and carries become the vectors that make
    them up, carried by the loops around.
  }];
  let options = [
    Option<"narrowWeights", "narrow-weights", "bool", "false",
           "Round weights to the type of 16-bit values, as matrix units need">,
    Option<"branchOnFinite", "branch-on-finite", "bool", "true",
           "Keep what is not finite from masked pairs only where there is any">
  ];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::math::MathDialect", "mlir::scf::SCFDialect",
                           "mlir::tensor::TensorDialect", "mlir::vector::VectorDialect"];
}

def ResultsToArguments : Pass<"attention-results-to-arguments", "mlir::func::FuncOp"> {
  let summary = "let callers of public functions say where results go";
  let description = [{
    Adds an argument `{attention.result}` for each result and puts the result into
    it, so that bufferization computes in the caller's buffers.
  }];
  let dependentDialects = ["mlir::bufferization::BufferizationDialect"];
}

#endif // ATTENTION_LOWERING_PASSES
