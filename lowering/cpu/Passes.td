//===- The passes that turn tiles into code for CPUs ---------------------===//

#ifndef ATTENTION_LOWERING_CPU_PASSES
#define ATTENTION_LOWERING_CPU_PASSES

include "mlir/Pass/PassBase.td"

def ParallelToRuntime : Pass<"attention-parallel-to-runtime", "mlir::ModuleOp"> {
  let summary = "hand parallel loops and reports of failures to the runtime";
  let description = [{
    Each `scf.forall` becomes a call of the host's `parallel` (runtime/Artifact.h)
    on a private function that runs one iteration; what the body uses from
    outside lies in a structure on the caller's stack. Buffers that the body
    allocates become views of the scratch of the worker that runs it; the
    function's attribute `attention.scratch_bytes` says how far the scratch of one
    worker is from that of the next: whole pages, the last of them unused. Loops of
    one iteration run in line, loops within loops become `scf.for`.
    `attention.fail_if` becomes a call of the host's `fail`.

    Functions get a last argument `!llvm.ptr {attention.invocation}`, the record of
    the run that lowering/Abi.h describes.
  }];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::func::FuncDialect", "mlir::LLVM::LLVMDialect",
    "mlir::memref::MemRefDialect", "mlir::scf::SCFDialect"
  ];
}

def ExplainKernels : Pass<"attention-explain-kernels", "mlir::func::FuncOp"> {
  let summary = "tell what each kernel will ask of the processor";
  let description = [{
    Emits a remark for each parallel loop of a function that
    `attention-tiles-to-loops` takes, and changes nothing: the contractions of the
    block that multiplies most (m x n x k, type, block of accumulators, whether the
    right operand is packed), the vector instructions of one pass through it by
    what they do, the share of time that products would have if one started in
    each cycle with two others beside it (what `attention-bench` measures is the
    share that they have), and the bytes of its tiles.

    ```
    remark: kernel of 3-dimensional tasks: a visit multiplies 128x128x64 f32 in blocks of 4x64, packed, ...; of ...
    ```
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "int64_t", "512", "width of a vector register in bits">,
    Option<"registers", "registers", "int64_t", "32", "number of vector registers">,
    Option<"fma", "fma", "bool", "true", "whether products and sums are fused">,
    Option<"dotBf16", "dot-bf16", "bool", "false",
           "whether there is an instruction (AVX512_BF16) for products of pairs of bf16">,
    Option<"matrixBf16", "matrix-bf16", "bool", "false",
           "whether there is a matrix unit (AMX_BF16) for products of tiles of bf16">,
  ];
}

def TilesToLoops : Pass<"attention-tiles-to-loops", "mlir::func::FuncOp"> {
  let summary = "turn tiles into loops over registers";
  let description = [{
    Takes functions in the form of docs/tile-level.md, on memrefs. Chains of
    elementwise work and row reductions become one loop over rows, contractions
    become loops over blocks of accumulators that stay in registers, and tiles
    that live longer lie in scratch: `memref.alloca` of static shape, aligned to
    64 bytes, at the start of the body of each `scf.forall` (of the function, for
    tiles outside of one). The only vectors left are as wide as a register.

    Contractions of bf16 multiply pairs of neighbours along k in one instruction
    where the processor has it (`dot-bf16`): the right operand is packed as
    `[k / 2, n, 2]`, operands that lie in scratch stay bf16. Numbers below the
    smallest normal one count as zero there. Else, and for f16, operands are
    converted to the accumulators' type once.

    Where there is a matrix unit (`matrix-bf16`) and the left operand is [m, k]
    with 16 rows or more, contractions of bf16 become blocks of two by two of its
    registers of 16 x 16 sums, with the loop over k, 32 at a time, inside:

    ```mlir
    scf.for %k = %c0 to %c64 step %c32 {
      llvm.call_intrinsic "llvm.x86.tileloadd64"(%c4_i8, %left, %stride) : (i8, !llvm.ptr, i64) -> ()
      ...
      llvm.call_intrinsic "llvm.x86.tdpbf16ps"(%c0_i8, %c4_i8, %c6_i8) : (i8, i8, i8) -> ()
    }
    ```

    The right operand is packed as `[n / 16, k / 2, 16, 2]`. The left one is read
    where it lies, but that rows and depths which do not fill registers are copied
    first, with zeros behind. A task configures the unit when it starts, and
    releases it at its end. The unit, too, takes numbers below the smallest
    normal one for zero.

    A right operand is packed where the summed dimension is in its rows, where it
    is multiplied in pairs or tiles, and where it is read often from rows that may
    cut lines; once for all contractions of a block that read it alike.

    Where several tasks read the same tiles of a right operand that is packed, one
    behind another from the same row on, a parallel loop in front packs them all
    into one buffer: keys and values, once per head. Tasks read them there. The
    operand is a plain read of memory that no task writes, of rows of 256 bytes at
    least, no narrower than what is packed, and each byte takes part in 24 products
    of a task. Where tasks end at different rows, as under a causal mask, there have to
    be eight who read a tile, else two. Sizes that are known when the function runs
    decide then; the buffer is empty where it does not pay, and tasks pack what
    they read:

    ```mlir
    %pays = arith.cmpi sge, %tasks, %two_per_head : index
    %tiles = arith.select %pays, %all, %c0 : index
    %panels = memref.alloc(%tiles) : memref<8x?x8x128x8xf32>
    scf.forall (%head, %tile) in (8, %tiles) { ... }
    scf.forall (%head, %rows) in (8, %n) {
      scf.for %key = %c0 to %keys step %c64 ... {
        %right = scf.if %pays -> (memref<8x128x8xf32, strided<[1024, 8, 1], offset: ?>>) { ... } else { ... }
    ```

    Where a select by a mask of positions, or of i1 in memory, leaves a tile
    without anything to see, nothing is computed: interval arithmetic on the mask
    says for each block of rows which columns any of them may see, and products,
    row loops and sums over weights go no further. Outside of them a tile holds
    what the select says, stored only if somebody reads it there. For a causal
    mask, of which the tile's columns start at %first:

    ```mlir
    scf.for %row = %c0 to %c64 step %c8 {
      %seen:2 = scf.for %column = %c0 to %c64 step %c16 iter_args(%from = %c64, %to = %c0) -> (index, index) {
        %key = arith.addi %column, %first : index
        %last = arith.addi %row, %c7 : index
        %any = arith.cmpi sle, %key, %last : index
        ...
      }
      memref.store %seen#0, %table[%block, %c0] : memref<8x2xindex>
      memref.store %seen#1, %table[%block, %c1] : memref<8x2xindex>
    }
    ```

    The order of summation depends on `vector-bits`, `dot-bf16`, `matrix-bf16` and
    the tiles' types alone.
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "int64_t", "512", "width of a vector register in bits">,
    Option<"registers", "registers", "int64_t", "32", "number of vector registers">,
    Option<"fma", "fma", "bool", "true", "whether products and sums are fused">,
    Option<"dotBf16", "dot-bf16", "bool", "false",
           "whether there is an instruction (AVX512_BF16) for products of pairs of bf16">,
    Option<"matrixBf16", "matrix-bf16", "bool", "false",
           "whether there is a matrix unit (AMX_BF16) for products of tiles of bf16">,
    Option<"asksForRows", "asks-for-rows", "bool", "false",
           "whether rows that are read one after the other come faster if the next ones are asked for">,
  ];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::LLVM::LLVMDialect", "mlir::math::MathDialect",
    "mlir::memref::MemRefDialect", "mlir::scf::SCFDialect", "mlir::vector::VectorDialect"
  ];
}

def ExpandMath : Pass<"attention-expand-math", "mlir::func::FuncOp"> {
  let summary = "replace functions of mathematics by arithmetic";
  let description = [{
    `math.exp` and `math.exp2` of f32 and f64, scalars and vectors: relative error
    below 1e-6 (1e-14 for f64) where the result is a normal number, zero below,
    inf above, NaN for NaN. What else has a polynomial upstream that is accurate to
    about 1e-6 in f32 is expanded to it. Functions of f16 and bf16 are computed in
    f32. `math.expm1`, and `math.log1p` of f64, keep their digits near 0. The rest is
    left to calls of libm.

    With `powers-of-2` (AVX512DQ and AVX512VL), exp2 is the polynomial of what
    `vreduce` leaves of a number, scaled by `vscalef`; of numbers that are only
    rounded to bf16, it has an error of at most 2^-13 before that. With `matrix-bf16`
    as well, these are rounded by cutting bits off: processors with such a unit leave
    products of bf16 to it, and take several cycles for the instructions of AVX512_BF16.
  }];
  let options = [
    Option<"powersOf2", "powers-of-2", "bool", "false",
           "whether there are instructions for the parts of an exponential (AVX512DQ, AVX512VL)">,
    Option<"matrixBf16", "matrix-bf16", "bool", "false",
           "whether there is a matrix unit (AMX_BF16) for products of tiles of bf16">,
  ];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::LLVM::LLVMDialect", "mlir::math::MathDialect", "mlir::vector::VectorDialect"
  ];
}

def GatherBranches : Pass<"attention-gather-branches", "mlir::func::FuncOp"> {
  let summary = "let branches on one condition be one branch";
  let description = [{
    Branches on tiles that ask for the same, one behind another with other work
    in between, become one: each moves up to the first, and what it reads and
    nothing has computed before then moves with it. What they have in common, such
    as a packed operand, is there once, and so is the code of both sides.

    ```mlir
    %a = scf.if %near -> (vector<16x16xf32>) { ... } else { ... }
    %x = vector.contract ... %a ...
    %b = scf.if %near -> (vector<16x16xf32>) { ... } else { ... }
    // becomes
    %ab:2 = scf.if %near -> (vector<16x16xf32>, vector<16x16xf32>) { ... } else { ... }
    ```
  }];
}

def OutlineNests : Pass<"attention-outline-nests", "mlir::ModuleOp"> {
  let summary = "make functions of loops of a long function";
  let description = [{
    LLVM's passes take more than twice as long for a function of twice the length.
    Where a function is long, loops and branches that are equal but for the values
    that they use from outside become calls of one private function, the longest
    first: contractions, say, and branches for numbers that are rare. What is short
    repays no call, and functions of usual length stay as they are. Then the longest
    nests that are left, such as the loops over whole chunks and over others, become
    functions, which threads of the compiler take one by one.

    ```mlir
    func.func private @attend.part0(%arg0: memref<16x64xf32>, %arg1: memref<16x16xf32>) { ... }
    ```
  }];
  let options = [
    Option<"leastFunction", "least-function", "int64_t", "2500", "operations of a function that is long">,
    Option<"leastNest", "least-nest", "int64_t", "64", "operations of a loop or branch that repays a call">,
    Option<"leastPart", "least-part", "int64_t", "1000", "operations of a loop or branch that is a function of its own">,
  ];
  let dependentDialects = ["mlir::func::FuncDialect"];
}

def GuardDivisions : Pass<"attention-guard-divisions", "mlir::func::FuncOp"> {
  let summary = "keep integers divided by 0 from ending the program";
  let description = [{
    Processors trap where an integer is divided by 0, or the smallest one by -1,
    also in lanes of a vector that stand for no element of a tensor. Where the
    divisor comes out of a tensor, it becomes 1 in these cases: what a division by
    0 gives is a number without meaning (the interpreter refuses it), and the
    smallest integer divided by -1 is itself.
  }];
  let dependentDialects = ["mlir::arith::ArithDialect"];
}

def ExpandMemRefs : Pass<"attention-expand-memrefs"> {
  let summary = "write reshapes and strided copies by simpler operations";
  let description = [{
    `memref.expand_shape` becomes `memref.reinterpret_cast`; a `memref.copy` between
    memrefs of which one is not contiguous becomes loops.
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::memref::MemRefDialect", "mlir::scf::SCFDialect"];
}

#endif // ATTENTION_LOWERING_CPU_PASSES
