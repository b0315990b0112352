//===- The passes that stay above the targets ----------------------------===//

#ifndef ATTENTION_PASSES_PASSES
#define ATTENTION_PASSES_PASSES

include "mlir/Pass/PassBase.td"
include "passes/Recurrences.td"
include "passes/Weights.td"

def CheckLaws : Pass<"attention-check-laws", "mlir::ModuleOp"> {
  let summary = "try whether custom variants obey the laws of a fold";
  let description = [{
    Keys may be composed in any grouping: `compose` of an `attention.variant` must
    be associative and `identity` its unit, for states and for what becomes of the
    weights. The pass tries both on states of scores drawn at random, the same ones
    each time, by the float64 meaning of the regions. A law that does not hold is
    an error, with a remark that gives scores for which it does not.
  }];
  let options = [Option<"draws", "draws", "int64_t", "200", "how many triples of key ranges to try">];
}

def RefuseUncompiled : Pass<"attention-refuse-uncompiled", "mlir::func::FuncOp"> {
  let summary = "refuse ops that have a meaning but no compiled code";
  let description = [{
    Names the first op of a function that nothing behind it has code for, before
    other passes stumble over it: a call that is left of a function that calls
    itself, a loop that carries tensors until a condition fails, what neither
    becomes a kernel nor goes on buffers; and `attention.segments` and
    `attention.evolve`, if they are still there.
  }];
}

def UnfoldScalars : Pass<"attention-unfold-scalars", "mlir::func::FuncOp"> {
  let summary = "compute elementwise ops on tensors without dimensions on their elements";
  let description = [{
    Kernels are loops over rows, of which such tensors have none.

    ```mlir
    %y = arith.mulf %x, %s : tensor<f32>
    // becomes
    %a = tensor.extract %x[] : tensor<f32>
    %b = tensor.extract %s[] : tensor<f32>
    %c = arith.mulf %a, %b : f32
    %y = tensor.from_elements %c : tensor<f32>
    ```
  }];
  let dependentDialects = ["mlir::tensor::TensorDialect"];
}

def CheckSizes : Pass<"attention-check-sizes", "mlir::func::FuncOp"> {
  let summary = "state which sizes must agree at run time";
  let description = [{
    Puts an `attention.fail_if` before every operation whose verifier could not
    compare two sizes because one is dynamic. Sizes that follow from each other
    fold away later; the others are checked before a run.

    So it is with what ops of upstream dialects leave undefined: slices and
    elements out of bounds, also in code of one element of `linalg`, sizes of
    casts, reshapes and loops that do not agree, sizes below 0, steps of loops
    that are not positive, whole numbers divided by 0. Where a place comes out of
    a tensor it is checked in the run, and held inside; tensors of whole numbers
    are divided in a loop of `linalg`, unless no divisor can be 0.
  }];
  let dependentDialects = ["AttentionDialect", "mlir::arith::ArithDialect", "mlir::linalg::LinalgDialect",
                           "mlir::scf::SCFDialect", "mlir::tensor::TensorDialect"];
}

def ResolveSizes : Pass<"attention-resolve-sizes", "mlir::func::FuncOp"> {
  let summary = "express sizes of intermediate tensors by sizes of arguments";
  let description = [{
    Follows `tensor.dim` back through every operation that says how its sizes
    follow from those of its operands, through elementwise ones, and through
    loops that keep the sizes of what they carry. Checks of sizes that are the
    same in every iteration leave their loop, to be made before a run. Tensors
    that lent nothing but their sizes are no longer filled.
  }];
  let dependentDialects = ["mlir::affine::AffineDialect", "mlir::arith::ArithDialect", "mlir::tensor::TensorDialect"];
}

def Linearize : Pass<"attention-linearize", "mlir::func::FuncOp"> {
  let summary = "rewrite attention that has a form of constant cost per token to that form";
  let description = [{
    `#attention.softmax` whose `score` region is the logarithm of the score, plus
    constants, and whose queries and keys are positive, is a quotient of sums.
    Constants, and a positive scale, are the same for all keys and leave no trace.

    | queries and keys | become |
    |---|---|
    | both `math.exp` of tensors | `#attention.log_exp` of these tensors |
    | both elu(x) + 1, as `arith` and `math` have it | `#attention.linear<feature = elu1, normalizer = keys>` of these tensors |
    | positive by the operations that they come from | `#attention.linear<normalizer = keys>` of themselves |

    The operations may stand before `split_heads`.

    `#attention.linear` without a mask whose queries and keys are one number
    everywhere weighs all values alike: it becomes `mean_rows` and
    `broadcast_rows`, times a number where the normaliser leaves one.

    Where a logarithm of the score is taken, or weights are all alike, and nothing
    can be done, a remark says what is in the way. All other attention stays as it
    is.

    ```mlir
    %o = attention.attend #attention.softmax %eq, %ek, %v mask(#attention.causal) score {
    ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
      %l = math.log %s : f32
      attention.yield %l : f32
    } : ...
    // becomes, where %eq and %ek are math.exp of %q and %k
    %o = attention.attend #attention.log_exp %q, %k, %v mask(#attention.causal) : ...
    ```
  }];
  let dependentDialects = ["AttentionDialect", "mlir::arith::ArithDialect", "mlir::tensor::TensorDialect"];
}

def DeriveDecode : Pass<"attention-derive-decode", "mlir::ModuleOp"> {
  let summary = "derive functions that go on where a session is";
  let description = [{
    For each public function that uses tokens (`attention.tokens`) causally, adds
    `NAME.step`: the same for the next tokens of a sequence, one or more. Behind the
    arguments come one whose size is the number of tokens so far (`attention.past`),
    and the parts of the state (`attention.state`), which are results, too: keys and
    values where attention needs them themselves (those that its mask still shows,
    `attention.reach`), or a memory of constant size. Rotary positions count on.
    What stands in loops has a part for each of their iterations, side by side in
    one tensor that the loops carry on; then their number must be a constant.

    A function that cannot be fed in pieces keeps the reason
    (`attention.no_step`): an op that mixes tokens or counts them, a mask that lets
    queries see later keys, ... `attention.fingerprint` tells whose sessions it takes.
  }];
  let dependentDialects = ["AttentionDialect", "mlir::arith::ArithDialect", "mlir::scf::SCFDialect", "mlir::tensor::TensorDialect"];
}

def ChooseForm : Pass<"attention-choose-form", "mlir::func::FuncOp"> {
  let summary = "choose how each attend is compiled: parallel, chunked, recurrent or scan";
  let description = [{
    Writes `attention.form` on every `attend` that has a choice, and a remark that
    tells the reason:

    - `parallel`: all pairs of queries and keys, tile by tile. Every variant that
      folds over keys in any order has this form, with every mask.
    - `chunked`: a memory of constant size goes through the tokens, a chunk of
      them at a time. Variants with such a memory have it where queries see their
      past (`causal`) or all there is (no mask), on targets that have `tokens`.
    - `recurrent`: the same token after token.
    - `scan`: chunked, in spans of tokens at the same time (`attention-scan-tokens`).

    Targets without tiles of one row (`lone-tokens`) lack `recurrent`.

    The least work of one head is chosen, by the numbers of queries, keys and
    columns and by the target's tiles alone: nothing depends on the threads that
    there are. With d and e columns it is counted as

    | form | operations |
    |---|---|
    | parallel | 2 p (d + e), p pairs in all tiles that `causal` lets visit |
    | chunked | 1.3 * 2 n (2 d e + c (d + e)), n tokens rounded up to chunks of c: as many as queries or keys, whichever are more, or both together without a mask |
    | recurrent | 2 * 2 n (2 d e + d + e), n tokens |

    where 1.3 and 2 tell how much longer the operations of small products, and of
    matrices with vectors, take. If the numbers of queries and keys are not both
    known the form is chunked.

    Chunks of few heads keep few threads busy, or few multiprocessors. A scan takes more work, as what
    keys do to a memory is computed before its queries are: d e operations a
    token where a memory is rescaled and added to, and more than all of a chunk
    where it is multiplied by matrices. It is chosen in place of `chunked` or
    `recurrent` where it takes less than 0.75 of the time if `parallel` tasks run
    at a time, whatever the machine: by s spans of each of h heads of the batch,
    (1 + a (s - 1) / s) ceil(h s / parallel) / (s ceil(h / parallel)) of it, a
    being the share of the work that comes on top. Where a task has but `columns`
    of a head's values, each part of them is one of the h, and computes for itself
    what the matrices are. A batch of unknown size counts as 1, and a sequence of
    unknown length is long.

    An `attention.form` that the op has already stays, and counts before `form`.
    A form that is asked for and that the op lacks is an error.

    ```mlir
    %o = attention.attend #attention.log_exp %q, %k, %v mask(#attention.causal) {attention.form = "chunked"} : ...
    ```
  }];
  let options = [
    Option<"form", "form", "std::string", "\"auto\"", "auto, or the form of every attend: parallel, chunked, recurrent, scan">,
    Option<"tokens", "tokens", "int64_t", "16", "tokens in a chunk, or 0: the target has no code for memories">,
    Option<"rows", "rows", "int64_t", "128", "queries in a tile">,
    Option<"fewRows", "few-rows", "int64_t", "16", "queries in a tile where there are no more than these">,
    Option<"keys", "keys", "int64_t", "64", "keys in a tile">,
    Option<"span", "span", "int64_t", "512", "tokens that a span has at least">,
    Option<"tasks", "tasks", "int64_t", "16", "spans of all heads together, at most">,
    Option<"parallel", "parallel", "int64_t", "4", "tasks at a time for which a scan must be quicker">,
    Option<"transitionBytes", "transition-bytes", "int64_t", "0", "of the transition of a span at most, or 0: any number">,
    Option<"columns", "columns", "int64_t", "0", "of values, for one task of chunks, or 0: all">,
    Option<"loneTokens", "lone-tokens", "bool", "true", "whether the target has tiles of one row">
  ];
}

def UnfoldAttend : Pass<"attention-unfold-attend", "mlir::func::FuncOp"> {
  let summary = "write attend as empty_partial, visit and finish";
  let description = [{
    The first step of every form: what follows works on states and knows no
    `attend`. Keys and values that are joined of pieces (`tensor.concat`) are
    visited piece by piece. Compiled code needs static head counts and columns: anything else
    is an error here.

    ```mlir
    %p0 = attention.empty_partial #attention.softmax like %q, %k, %v : ...
    %p1 = attention.visit %p0, %q, %k, %v from(%i, %j) mask(#attention.causal) : ...
    %o = attention.finish %p1 : ...
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::tensor::TensorDialect"];
}

def TileQueries : Pass<"attention-tile-queries", "mlir::func::FuncOp"> {
  let summary = "compute every finish by a parallel loop over tiles of queries";
  let description = [{
    Clones all that leads to a partial - visits, joins, loops over keys - into
    the body of an `scf.forall` over query tiles, heads and batch, where it is
    done for one tile. Last tiles come first: under a causal mask they are the
    longest. A `merge_heads` behind the `finish` becomes a matter of where tiles
    are written.
  }];
  let options = [
    Option<"rows", "rows", "int64_t", "64", "queries in a tile, a multiple of 8">,
    Option<"halfRows", "half-rows", "int64_t", "0", "the same where queries have 16 bits, or 0: as many">
  ];
  let dependentDialects = ["mlir::affine::AffineDialect", "mlir::arith::ArithDialect",
                           "mlir::scf::SCFDialect", "mlir::tensor::TensorDialect"];
}

def SplitKeys : Pass<"attention-split-keys", "mlir::func::FuncOp"> {
  let summary = "visit key ranges in parallel where queries are few and keys many";
  let description = [{
    One query tile alone would keep one thread busy with all its keys. Here every
    stretch of `span` keys is visited by a task of its own, which keeps its
    partial in memory; a second loop joins them in order and finishes. Whether it
    is done depends on the numbers of queries and keys alone, at run time if they
    are dynamic, so that results do not depend on threads.

    With `tasks`, a task visits so many neighbouring stretches, one after the
    other, that there are about as many tasks of all heads and rows of the batch.
    With `fan`, tasks of their own join every `fan` neighbouring partials before
    one joins what is left. Both follow from sizes, too.
  }];
  let options = [
    Option<"rows", "rows", "int64_t", "64", "queries in a tile of the other form, a multiple of 8">,
    Option<"few", "few", "int64_t", "16", "the most queries for which keys are split, a multiple of 8">,
    Option<"span", "span", "int64_t", "1024", "keys in a stretch, a multiple of the key tile">,
    Option<"least", "least", "int64_t", "1", "rows of a tile are a multiple of these, also where one query or a group of heads is all there is">,
    Option<"tasks", "tasks", "int64_t", "0", "of all heads and rows of the batch together, or 0: one for each stretch">,
    Option<"fan", "fan", "int64_t", "0", "partials that one task joins before the last one does, or 0: the last one joins all">,
    Option<"halfRows", "half-rows", "int64_t", "0", "`rows` where queries have 16 bits, or 0: as many">
  ];
  let dependentDialects = ["mlir::affine::AffineDialect", "mlir::arith::ArithDialect",
                           "mlir::scf::SCFDialect", "mlir::tensor::TensorDialect"];
}

def StreamKeys : Pass<"attention-stream-keys", "mlir::func::FuncOp"> {
  let summary = "visit keys tile by tile";
  let description = [{
    A visit of all keys becomes a loop over tiles of keys that carries the
    partial. The mask's range bounds the loop, so that tiles of which nothing is
    seen are never visited; tiles that are seen whole are visited without any
    mask (`whole`), the others with it.
  }];
  let options = [
    Option<"keys", "keys", "int64_t", "128", "keys in a tile, a multiple of 32; half as many where scores are f64">,
    Option<"bf16Keys", "bf16-keys", "int64_t", "0", "the same where queries are bf16, or 0: no other number">,
    Option<"rowBytes", "row-bytes", "int64_t", "0",
           "bytes that scores and sums of values of one row may take, or 0: any number; fewer keys make a tile where they take more">,
    Option<"fewRows", "few-rows", "int64_t", "0", "the most queries of a tile that are few: they wait for memory">,
    Option<"fewRowsBytes", "few-rows-bytes", "int64_t", "0",
           "bytes that the keys of a tile of few queries may take; fewer keys make a tile where they take more">,
    Option<"fewRowsKeys", "few-rows-keys", "int64_t", "8", "keys that a tile of few queries has at least, a power of two">
  ];
  let dependentDialects = ["mlir::affine::AffineDialect", "mlir::arith::ArithDialect",
                           "mlir::scf::SCFDialect", "mlir::tensor::TensorDialect"];
}

def PlanMemory : Pass<"attention-plan-memory", "mlir::ModuleOp"> {
  let summary = "place all buffers of a function in one workspace";
  let description = [{
    Replaces every `memref.alloc` and `memref.alloca` outside of parallel loops
    by a view of one new argument, `memref<?xi8> {attention.workspace}`, and adds
    a private function that computes the workspace's size in bytes from the
    arguments' sizes; the attribute `attention.workspace_size` names it. Buffers
    that are never live together share their place, and all places are aligned
    to 64 bytes.

    Sizes must follow from sizes of arguments. Of a size that varies in a loop the
    most that it can be must follow, by a minimum; so much place its buffer has.
    What cannot be known before the function runs is an error, as is a buffer that a loop allocates and carries
    to its next iteration.

    ```mlir
    func.func @f(%x: memref<?xf32>, %workspace: memref<?xi8> {attention.workspace})
        attributes {attention.workspace_size = @f.workspace} {
      %t = memref.view %workspace[%c0][%n] : memref<?xi8> to memref<?xf32>
      ...
    }
    func.func private @f.workspace(%x: memref<?xf32>) -> index
    ```
  }];
  let dependentDialects = [
    "AttentionDialect", "mlir::affine::AffineDialect", "mlir::arith::ArithDialect",
    "mlir::func::FuncDialect", "mlir::memref::MemRefDialect"
  ];
}

def FuseEpilogue : Pass<"attention-fuse-epilogue", "mlir::func::FuncOp"> {
  let summary = "join ops around attention into kernels";
  let description = [{
    Puts a projection and the elementwise work behind it (bias, activation,
    products, residual), chains of elementwise work and norms, embeddings and
    the sum and norm behind them, and rotary positions and the norm before them
    into one `attention.fused` each: every value that is still materialised is
    computed once, and the others never reach memory. Two projections that one
    elementwise op reads become one kernel, too, and so does a `linalg.reduce` of
    each row with the `linalg.broadcast` that repeats its value along the row.

    A norm, or another value of whole rows, joins a projection before it only where the weight fits one panel:
    else its need for whole rows would leave fewer tasks.

    ```mlir
    %p = attention.project %x, %w, %b : ...
    %g = attention.gelu %p : ...
    // becomes
    %g = attention.fused { ... attention.yield %g : ... } : ...
    ```
  }];
  let options = [
    Option<"panelBytes", "panel-bytes", "int64_t", "32768", "Bytes of a projection's weight that a tile reads">
  ];
}

#endif // ATTENTION_PASSES_PASSES
