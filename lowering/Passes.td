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
    Option<"narrowWeights", "narrow-weights", "attention::NarrowWeights", "attention::NarrowWeights::None",
           "Round weights to the type of 16-bit values, as matrix units need",
           [{::llvm::cl::values(
             clEnumValN(attention::NarrowWeights::None, "none", "never"),
             clEnumValN(attention::NarrowWeights::BFloat16, "bf16", "where values are bf16"),
             clEnumValN(attention::NarrowWeights::All, "all", "always"))}]>,
    Option<"branchOnFinite", "branch-on-finite", "bool", "true",
           "Keep what is not finite from masked pairs only where there is any">
  ];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::math::MathDialect", "mlir::scf::SCFDialect",
                           "mlir::tensor::TensorDialect", "mlir::vector::VectorDialect"];
}

def ChunkTokens : Pass<"attention-chunk-tokens", "mlir::func::FuncOp"> {
  let summary = "go through tokens chunk by chunk, with a memory";
  let description = [{
    An `attend` of a variant with a memory of constant size (`ChunkedVariantInterface`),
    causal or without a mask, becomes a parallel loop over heads, in which a loop
    over chunks of tokens carries the memory: the cost of a token does not depend
    on how many there are. Keys before the first query go through a loop of their
    own, or (`rounds`) through a first round of the loops over chunks; so do, one
    after another, the documents of a packed sequence. Other
    masks, and an `attend` whose `attention.form` is `parallel` or `scan`, are left
    to the other forms; `recurrent` makes chunks of one token.

    What is small enough for the memory of one task is up to the target: chunks
    may have fewer tokens where there are many features (`bytes`), and a task may
    have only a part of a head's columns of values (`columns`), since no column
    knows of another.
  }];
  let options = [
    Option<"tokens", "tokens", "int64_t", "16", "tokens in a chunk, a multiple of 16, at most">,
    Option<"bytes", "bytes", "int64_t", "0", "bytes of the keys of a chunk at most, as they are computed with: fewer tokens, but 16; or 0">,
    Option<"columns", "columns", "int64_t", "0", "columns of values that one task sums at most, in multiples of 16, or 0: all">,
    Option<"loneTokens", "lone-tokens", "bool", "true", "whether a token that a session is fed alone is a chunk of one">,
    Option<"rounds", "rounds", "bool", "true", "whether keys before all queries go through the loops of other chunks: less code, more registers">
  ];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::math::MathDialect", "mlir::scf::SCFDialect",
                           "mlir::tensor::TensorDialect", "mlir::vector::VectorDialect"];
}

def ScanTokens : Pass<"attention-scan-tokens", "mlir::func::FuncOp"> {
  let summary = "go through spans of tokens at the same time, with a memory";
  let description = [{
    An `attend` whose `attention.form` is `scan` becomes three parallel loops:

    1. over heads and spans: what the keys of a span do to a memory, whatever it
       held (the *summary*, `ScannedVariantInterface`);
    2. over heads: the memory after each span, from the memory before it and the
       summary;
    3. over heads and spans: what the queries of a span yield, in chunks as those
       of `attention-chunk-tokens`, from the memory that their span starts with.

    There are `tasks` spans of all heads (and parts of their columns) together,
    rounded down to the same number for each, but none of fewer than `span`
    tokens: it follows from shapes alone, at run time where these are not known
    before. One span is the chunked form.

    ```mlir
    %o = attention.attend #attention.log_exp %q, %k, %v mask(#attention.causal) {attention.form = "scan"} : ...
    ```
  }];
  let options = [
    Option<"tokens", "tokens", "int64_t", "16", "tokens in a chunk, a multiple of 16, at most">,
    Option<"bytes", "bytes", "int64_t", "0", "as for attention-chunk-tokens">,
    Option<"columns", "columns", "int64_t", "0", "as for attention-chunk-tokens">,
    Option<"span", "span", "int64_t", "512", "tokens that a span has at least">,
    Option<"tasks", "tasks", "int64_t", "16", "spans of all heads together, at most">,
    Option<"rounds", "rounds", "bool", "true", "as for attention-chunk-tokens">
  ];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::math::MathDialect", "mlir::scf::SCFDialect",
                           "mlir::tensor::TensorDialect", "mlir::vector::VectorDialect"];
}

def GlueToTiles : Pass<"attention-glue-to-tiles", "mlir::func::FuncOp"> {
  let summary = "compute every fused op by one parallel loop over tiles";
  let description = [{
    Each `attention.fused`, and each op on tensors that stands alone, becomes an
    `scf.forall` on tensors whose iterations compute one tile of the result
    (docs/tile-level.md) and insert it into the shared output. All that the
    kernel computes is asked for tile by tile; nothing else is materialised. Ops
    around attention that only rename elements (`split_heads`, constants,
    broadcasts) are computed where they are read.

    Kernels compute in f32 (f64 for f64) and round when they store.
  }];
  let options = [
    Option<"rowTile", "row-tile", "int64_t", "128", "Most rows of a tile, a multiple of 16">,
    Option<"panelBytes", "panel-bytes", "int64_t", "32768", "Bytes of a projection's weight that a tile reads">,
    Option<"tileBytes", "tile-bytes", "int64_t", "65536", "Bytes of a tile where nothing is contracted">,
    Option<"exactParts", "exact-parts", "bool", "false",
           "Write no more of a part of the columns than exists, where threads write parts in any order">
  ];
  let dependentDialects = [
    "mlir::affine::AffineDialect", "mlir::arith::ArithDialect", "mlir::math::MathDialect",
    "mlir::scf::SCFDialect", "mlir::tensor::TensorDialect", "mlir::vector::VectorDialect"
  ];
}

def NarrowProducts : Pass<"attention-narrow-products", "mlir::func::FuncOp"> {
  let summary = "multiply tiles of f32 in bf16";
  let description = [{
    Rounds both operands of every `vector.contract` of f32 to bf16 (to nearest,
    ties to even); sums stay f32. Left as they are: products of fewer than 16
    rows, which wait for memory, unless they are with rows that lie in pairs
    (`attention.split_pairs`), which are for nothing else; contractions with a tile that follows from
    places alone, which are sums; and all of f64.

    ```mlir
    %c = vector.contract {...} %a, %b, %sums : vector<128x64xf32>, vector<64x64xf32> into vector<128x64xf32>
    ```
    becomes
    ```mlir
    %0 = arith.truncf %a : vector<128x64xf32> to vector<128x64xbf16>
    %1 = arith.truncf %b : vector<64x64xf32> to vector<64x64xbf16>
    %c = vector.contract {...} %0, %1, %sums : vector<128x64xbf16>, vector<64x64xbf16> into vector<128x64xf32>
    ```
  }];
  let options = [Option<"leftByRows", "left-by-rows", "bool", "false",
                        "only where the left operand has the summed dimension in its rows">];
  let dependentDialects = ["mlir::arith::ArithDialect"];
}

def OutlineSizes : Pass<"attention-outline-sizes", "mlir::ModuleOp"> {
  let summary = "compute the sizes of results in functions of their own";
  let description = [{
    For each public function on tensors, adds a private function of the same
    arguments that returns all dynamic sizes of the results in their order, and
    that makes the checks (`attention.fail_if`) which look at sizes alone: what a
    caller can ask before a run. The attribute `attention.result_sizes` names it.
    A size that does not follow from sizes of arguments is an error.
  }];
  let dependentDialects = [
    "AttentionDialect", "mlir::affine::AffineDialect", "mlir::arith::ArithDialect", "mlir::func::FuncDialect",
    "mlir::tensor::TensorDialect"
  ];
}

def JoinTasks : Pass<"attention-join-tasks", "mlir::func::FuncOp"> {
  let summary = "let tasks of attention go on with what follows row by row";
  let description = [{
    Where a task computes whole rows of a tensor, kernels that read it row by row -
    projections, residuals, norms, sums of rows - become a part of the task: an
    `attention.fused` with `into` for its tile. What nobody else reads stays in the
    task; all else is computed once. Kernels may need other tensors, too, if those
    are there before, and projections join only if their weight fits one panel.

    ```mlir
    %o = scf.forall (%b, %h, %t) ... shared_outs(%all = %empty) { %f = attention.finish %p into(%place) ... }
    %y = attention.fused { %a = arith.addf %o, %x ... }
    // becomes
    %y = scf.forall (%b, %h, %t) ... shared_outs(%all = %empty) {
      %f = attention.finish %p into(%scratch) ...
      %y = attention.fused into(%place : tensor<?x64xf32>) rows(128) { %a = arith.addf %f, %slice ... }
    }
    ```
  }];
  let options = [
    Option<"panelBytes", "panel-bytes", "int64_t", "32768", "Bytes of a projection's weight that a tile reads">,
    Option<"tileBytes", "tile-bytes", "int64_t", "262144", "Most bytes of a tile that stays in its task">
  ];
  let dependentDialects = [
    "AttentionDialect", "mlir::arith::ArithDialect", "mlir::linalg::LinalgDialect", "mlir::scf::SCFDialect",
    "mlir::tensor::TensorDialect"
  ];
}

def ResultsToArguments : Pass<"attention-results-to-arguments", "mlir::func::FuncOp"> {
  let summary = "let callers of public functions say where results go";
  let description = [{
    Adds an argument `{attention.result}` for each result and puts the result into
    it, so that bufferization computes in the caller's buffers.
  }];
  let dependentDialects = ["mlir::bufferization::BufferizationDialect", "mlir::memref::MemRefDialect"];
}

def KeepCarries : Pass<"attention-keep-carries", "mlir::func::FuncOp"> {
  let summary = "let loops carry tensors on in one place";
  let description = [{
    What an iteration computes for the next one goes into the tensor that the loop
    carries, so that bufferization needs one buffer for it, outside of the loop.

    ```mlir
    %kept = bufferization.materialize_in_destination %next in %carried : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    scf.yield %kept : tensor<4xf32>
    ```
  }];
  let dependentDialects = ["mlir::bufferization::BufferizationDialect"];
}

def ParallelizePreparations : Pass<"attention-parallelize-preparations", "mlir::func::FuncOp"> {
  let summary = "share the work of preparing weights out to all workers";
  let description = [{
    In functions that prepare weights (`attention.prepares`), what is left of
    `linalg` on buffers becomes a parallel loop over its outermost dimension, if
    iterations write different elements. Layers whose weights are prepared the same
    way then share a task, which is compiled once.
  }];
  let dependentDialects = [
    "mlir::affine::AffineDialect", "mlir::memref::MemRefDialect", "mlir::scf::SCFDialect"
  ];
}

def SwapCarries : Pass<"attention-swap-carries", "mlir::func::FuncOp"> {
  let summary = "let loops carry buffers on by turns instead of copying them";
  let description = [{
    Where an iteration fills a buffer and copies it into the one that the loop
    carries, the loop passes on both: one to read, one to fill, and which is filled
    next. The first iteration reads an input where it lies; where the number of
    iterations is known, the last one fills the caller's buffer.

    ```mlir
    %r:3 = scf.for %i = %c0 to %n step %c1 iter_args(%read = %x, %filled = %a, %next = %b) -> (memref<4xf32>, memref<4xf32>, memref<4xf32>) {
      ...
      scf.yield %filled, %next, %filled : memref<4xf32>, memref<4xf32>, memref<4xf32>
    }
    ```
  }];
  let dependentDialects = ["mlir::memref::MemRefDialect", "mlir::scf::SCFDialect"];
}

def EntryPoints : Pass<"attention-entry-points", "mlir::ModuleOp"> {
  let summary = "emit the tables and entry points of an artefact";
  let description = [{
    Emits what runtime/Artifact.h declares: for each public function the entries
    `run` and `plan`, a description of them as code for one processor, and one
    exported description of the artefact. The function must have been through
    `attention-plan-memory` and `attention-parallel-to-runtime`; it becomes private.

    An artefact for several processors is several modules, one for each, which are
    linked: that of `target` 0 describes the artefact, and refers to the
    descriptions that the others define. Modules for CPUs come first, then those
    whose functions launch kernels (`gpu`), which have been through
    `attention-launches-to-runtime` and `attention-embed-ptx`.
  }];
  let options = [
    Option<"prefix", "prefix", "std::string", "\"attention\"",
           "The exported symbol is this word with _artifact behind it">,
    Option<"architecture", "architecture", "std::string", "\"x86_64\"",
           "Processor family that the code is for">,
    Option<"cpu", "cpu", "std::string", "\"generic\"",
           "Processor that the code is for">,
    Option<"features", "features", "std::string", "\"\"",
           "Features that the code needs, separated by commas">,
    Option<"target", "target", "int64_t", "0",
           "This processor's place among those of the artefact">,
    Option<"targets", "targets", "int64_t", "1",
           "Number of CPUs that the artefact has code for">,
    Option<"gpu", "gpu", "std::string", "\"\"",
           "Graphics processor that the module's kernels are for; empty: its code is for a CPU">,
    Option<"gpus", "gpus", "int64_t", "0",
           "Number of graphics processors that the artefact has code for">
  ];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::func::FuncDialect", "mlir::LLVM::LLVMDialect",
    "mlir::memref::MemRefDialect", "mlir::scf::SCFDialect"
  ];
}

#endif // ATTENTION_LOWERING_PASSES
