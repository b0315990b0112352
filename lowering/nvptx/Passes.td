//===- The passes that turn tiles into code for NVIDIA GPUs --------------===//

#ifndef ATTENTION_LOWERING_NVPTX_PASSES
#define ATTENTION_LOWERING_NVPTX_PASSES

include "mlir/Pass/PassBase.td"

def WrapLoneTiles : Pass<"attention-wrap-lone-tiles", "mlir::func::FuncOp"> {
  let summary = "give tiles outside of parallel loops a loop of one iteration";
  let description = [{
    Code on tiles runs where threads are: in parallel loops. What stands outside
    of them, since a loop of one iteration was folded away, say, is put into
    loops of one iteration: neighbours into one, with what follows from them.
    Loops and branches go as a whole where all within them can, else what is in
    them does.

    ```mlir
    %tile = vector.transfer_read %x[%c0], %pad : memref<64xf32>, vector<16xf32>
    vector.transfer_write %tile, %y[%c0] : vector<16xf32>, memref<64xf32>
    // becomes
    scf.forall (%i) in (1) {
      %tile = vector.transfer_read %x[%c0], %pad : memref<64xf32>, vector<16xf32>
      vector.transfer_write %tile, %y[%c0] : vector<16xf32>, memref<64xf32>
    }
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::memref::MemRefDialect", "mlir::scf::SCFDialect", "mlir::vector::VectorDialect"];
}

def ExplainGpuKernels : Pass<"attention-explain-gpu-kernels", "mlir::func::FuncOp"> {
  let summary = "tell what each kernel will ask of a multiprocessor";
  let description = [{
    Emits a remark for each parallel loop of a function that
    `attention-tiles-to-warps` takes, and changes nothing: the contractions of one
    visit (an iteration of the loop over most tokens, or the whole task), the
    cycles for which tensor cores, arithmetic, units for functions and memory are
    busy in it if each reaches the peak that was published (`GpuPeaks.cpp`), the
    operations of products for each byte, what bounds the kernel, and the share of
    the peak of tensor cores that this leaves. Of two branches that multiply the
    cheaper one counts.

    ```
    remark: kernel of 3-dimensional tasks on sm_90a: a visit multiplies 128x64x128 bf16, ...
    ```
  }];
  let options = [Option<"chip", "chip", "std::string", "\"sm_80\"",
                        "the processor, as LLVM names it">];
}

def TilesToWarps : Pass<"attention-tiles-to-warps", "mlir::ModuleOp"> {
  let summary = "give every tile a layout over warps and make kernels of parallel loops";
  let description = [{
    Turns each `scf.forall` of a function on tiles (`docs/tile-level.md`) into a
    kernel of the `gpu.module` `@kernels`, and leaves a `gpu.launch_func` in its
    place. An iteration of the loop is one block of threads. Within the block,
    a tile of R rows is divided among the warps by blocks of 16 rows, and each
    tile value becomes a vector of the elements that one thread holds, as its
    layout says: accumulator fragment, one value per row, one per column, or
    the tile lies in shared memory. Conversions stand where layouts differ.

    `docs/nvptx.md` describes layouts and the parameters of kernels.
  }];
  let options = [Option<"chip", "chip", "std::string", "\"sm_80\"",
                        "the processor, as LLVM names it">];
  let dependentDialects = [
    "attention::AttentionDialect", "mlir::arith::ArithDialect",
    "mlir::gpu::GPUDialect",
    "mlir::LLVM::LLVMDialect", "mlir::math::MathDialect",
    "mlir::memref::MemRefDialect",
    "mlir::NVVM::NVVMDialect", "mlir::scf::SCFDialect",
    "mlir::vector::VectorDialect"
  ];
}

def ExpandGpuMath : Pass<"attention-expand-gpu-math"> {
  let summary = "expand mathematical functions into what a GPU has";
  let description = [{
    Rewrites the operations of `math` that NVPTX has no instruction for, so
    that no device library is needed: base-2 exponentials of f32 by `ex2`,
    exponentials and logarithms of f64 by polynomials, the other functions of
    f32 by MLIR's polynomial approximations; 16-bit types are computed in f32.
    What is left over is refused, with its location.
  }];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::LLVM::LLVMDialect",
    "mlir::math::MathDialect", "mlir::vector::VectorDialect"
  ];
}

def StripTiles : Pass<"attention-strip-tiles", "mlir::func::FuncOp"> {
  let summary = "go through wide tiles strip by strip";
  let description = [{
    Tiles that are as wide as a row of a model fit neither registers nor shared
    memory. A contraction over many columns, a reduction of wide rows and a write
    of a wide tile become loops over strips, if the tile is computed element by
    element from what is read: the strip is computed in the loop, and the wide
    tile nowhere. Two tiles that are multiplied as they are read stay whole if
    neither takes more than 16 KB (32 KB of 16-bit elements). The order of sums depends on `columns` and the tiles alone.

    ```mlir
    %c = vector.contract {...} %a, %b, %sums : vector<64x384xf32>, vector<48x384xf32> into vector<64x48xf32>
    // becomes
    %c = scf.for %k = %c0 to %c384 step %c64 iter_args(%s = %sums) -> (vector<64x48xf32>) {
      %0 = vector.transfer_read %x[%i, %k], ... vector<64x64xf32>
      %1 = vector.transfer_read %w[%j, %k], ... vector<48x64xf32>
      %2 = vector.contract {...} %0, %1, %s : vector<64x64xf32>, vector<48x64xf32> into vector<64x48xf32>
      scf.yield %2 : vector<64x48xf32>
    }
    ```
  }];
  let options = [Option<"columns", "columns", "int64_t", "64", "columns of a strip, at most">];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::scf::SCFDialect", "mlir::vector::VectorDialect"];
}

def ScaleLate : Pass<"attention-scale-late", "mlir::func::FuncOp"> {
  let summary = "scale the maximum of a row instead of its elements";
  let description = [{
    The maximum of elements times a positive constant is their maximum times the
    constant, bit by bit. Where the scaled elements are only subtracted from
    then, scaling and subtracting become one instruction that rounds once.

    ```mlir
    %x = arith.mulf %s, %c : vector<64x64xf32>
    %m = vector.multi_reduction <maximumf>, %x, %before [1] : vector<64x64xf32> to vector<64xf32>
    // becomes
    %0 = vector.multi_reduction <maximumf>, %s, %lowest [1] : vector<64x64xf32> to vector<64xf32>
    %1 = arith.mulf %0, %c : vector<64xf32>
    %m = arith.maximumf %1, %before : vector<64xf32>
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::vector::VectorDialect"];
}

def HoistScratch : Pass<"attention-hoist-scratch", "mlir::func::FuncOp"> {
  let summary = "give every iteration its part of one buffer";
  let description = [{
    A buffer of static shape that is allocated in the body of an `scf.forall`
    becomes a part of one that is allocated in front of it: blocks of a GPU have
    no memory of their own but registers and shared memory. A buffer that nothing
    reads goes, with what is written to it.

    ```mlir
    %all = memref.alloc(%n) : memref<?x32x384xf32>
    scf.forall (%i) in (%n) {
      %scratch = memref.subview %all[%i, 0, 0] [1, 32, 384] [1, 1, 1] : ...
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::memref::MemRefDialect"];
}

def TileCopies : Pass<"attention-tile-copies", "mlir::func::FuncOp"> {
  let summary = "copy between buffers with strides by tiles";
  let description = [{
    A copy of buffers that are not both contiguous, but whose rows are, becomes a
    parallel loop over tiles: the device copies nothing else but bytes that lie
    together.

    ```mlir
    scf.forall (%i, %j) = (0, 0) to (%n, 48) step (64, 48) {
      %tile = vector.transfer_read %x[%i, %j], %zero {in_bounds = [false, true]} : memref<?x48xf32, strided<[96, 1]>>, vector<64x48xf32>
      vector.transfer_write %tile, %y[%i, %j] {in_bounds = [false, true]} : vector<64x48xf32>, memref<?x48xf32>
    }
    ```
  }];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::memref::MemRefDialect", "mlir::scf::SCFDialect",
    "mlir::vector::VectorDialect"
  ];
}

def LaunchesToRuntime : Pass<"attention-launches-to-runtime", "mlir::ModuleOp"> {
  let summary = "hand launches and what else touches a device's memory to the runtime";
  let description = [{
    Functions around kernels become code for the host, for which buffers and the
    workspace are addresses of a device: what touches their memory becomes a call
    of the host (runtime/Artifact.h). A launch becomes `launch`, with the number
    of its kernel in the `gpu.module` and an array of the addresses of its
    parameters; a copy of contiguous buffers `copy`; a scalar that is read or
    written `element`; a constant `constant`; `attention.fail_if` the host's
    `fail`. Everything else must be scalar work.

    ```mlir
    gpu.launch_func @kernels::@attend_0 blocks in (%n, %c1, %c1) threads in (%c128, %c1, %c1) args(%x : !llvm.ptr<1>)
    // becomes
    llvm.store %x, %place : !llvm.ptr<1>, !llvm.ptr
    llvm.store %place, %addresses : !llvm.ptr, !llvm.ptr
    llvm.call %launch(%host, %number, %blocks, %threads, %shared, %addresses) : ...
    ```

    Functions get a last argument `!llvm.ptr {attention.invocation}`, the record of
    the run that lowering/Abi.h describes.
  }];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::func::FuncDialect", "mlir::LLVM::LLVMDialect",
    "mlir::memref::MemRefDialect", "mlir::scf::SCFDialect"
  ];
}

def EmbedPtx : Pass<"attention-embed-ptx", "mlir::ModuleOp"> {
  let summary = "put PTX in the place of kernels";
  let description = [{
    The kernels of the `gpu.module` become the text of the constant
    `@attention.ptx`, which a zero ends; the attribute `attention.kernels` of the
    module has their names, in their order.
  }];
  let options = [
    Option<"gpu", "gpu", "std::string", "\"sm_80\"", "The processor that PTX is made for">
  ];
}

#endif // ATTENTION_LOWERING_NVPTX_PASSES
