// RUN: attention-opt %s '-attention-entry-points=prefix=model gpu=sm_90a target=2 targets=2 gpus=1' | FileCheck %s
// RUN: attention-opt %s '-attention-entry-points=prefix=model gpu=sm_80 targets=0 gpus=1' | FileCheck %s --check-prefix=ALONE
// RUN: not attention-opt %S/../entry-points.mlir '-attention-entry-points=gpu=sm_80' -split-input-file 2>&1 | FileCheck %s --check-prefix=NONE

// Behind those for CPUs, the module of a GPU describes its kernels and the functions that launch them.
// CHECK-NOT: @model_artifact
// CHECK: llvm.mlir.global external hidden constant @model_target2() {{.*}} : !llvm.struct<(ptr, i32, i32, ptr, ptr, i64, ptr)> {
// CHECK:   llvm.mlir.constant(90 : i32)
// CHECK:   llvm.mlir.constant(1 : i32)
// CHECK:   llvm.mlir.addressof @attention.ptx

// Where there are none for CPUs, the first describes the artefact.
// ALONE: llvm.mlir.global internal constant @model_target0() {{.*}} : !llvm.struct<(ptr, i32, i32, ptr, ptr, i64, ptr)> {
// ALONE:   llvm.mlir.constant(80 : i32)
// ALONE:   llvm.mlir.constant(0 : i32)
// ALONE: llvm.mlir.global external constant @model_artifact()

// NONE: expects embedded kernels for 'sm_80'
module attributes {attention.kernels = ["scale_0"]} {
  llvm.mlir.global internal constant @attention.ptx("text\00")
  func.func @scale(%x: memref<16xf32>, %y: memref<16xf32> {attention.result}, %workspace: memref<?xi8> {attention.workspace},
                   %run: !llvm.ptr {attention.invocation})
      attributes {attention.workspace_size = @scale.workspace, attention.scratch_bytes = 0 : i64} {
    return
  }
  func.func private @scale.workspace(%x: memref<16xf32>, %y: memref<16xf32>) -> index {
    %c0 = arith.constant 0 : index
    return %c0 : index
  }
}
