// RUN: attention-opt %s '-attention-entry-points=prefix=model cpu=haswell features=avx2,fma' -split-input-file -verify-diagnostics | FileCheck %s
// RUN: attention-opt %s '-attention-entry-points=prefix=model targets=3' -split-input-file -verify-diagnostics | FileCheck %s --check-prefix=FIRST
// RUN: attention-opt %s '-attention-entry-points=prefix=model targets=3 target=2' -split-input-file -verify-diagnostics | FileCheck %s --check-prefix=THIRD

// Of several processors the first one's module describes the artefact.

// FIRST-DAG: llvm.mlir.global external hidden constant @model_target0() {{.*}} {
// FIRST-DAG: llvm.mlir.global external hidden constant @model_target1() {{.*}} : !llvm.struct<(ptr, ptr, ptr)>
// FIRST-DAG: llvm.mlir.global external hidden constant @model_target2() {{.*}} : !llvm.struct<(ptr, ptr, ptr)>
// FIRST-DAG: llvm.mlir.global external constant @model_artifact()
// THIRD-NOT: @model_target{{[01]}}
// THIRD-NOT: @model_artifact
// THIRD: llvm.mlir.global external hidden constant @model_target2() {{.*}} {
// THIRD-NOT: @model_artifact

// CHECK-DAG: llvm.mlir.global private unnamed_addr constant @{{.*}}("x\00")
// CHECK-DAG: llvm.mlir.global private unnamed_addr constant @{{.*}}("layer.weight\00")
// CHECK-DAG: llvm.mlir.global private unnamed_addr constant @{{.*}}("haswell\00")
// CHECK-DAG: llvm.mlir.global private unnamed_addr constant @{{.*}}("avx2,fma\00")
// CHECK-DAG: llvm.mlir.global internal constant @model_target0()
// CHECK-DAG: llvm.mlir.global internal unnamed_addr constant @{{.*}}(dense<[-1, 16]> : tensor<2xi64>)
// CHECK-DAG: func.func private @scale(
// CHECK-DAG: llvm.func internal @scale.plan(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr) -> i32
// CHECK-DAG: llvm.func internal @scale.run(%{{.*}}: !llvm.ptr) -> i32
// CHECK-DAG: llvm.mlir.global internal constant @scale.arguments()
// CHECK-DAG: llvm.mlir.global internal constant @scale.results()
// CHECK-DAG: llvm.mlir.global external constant @model_artifact()
// CHECK-DAG: llvm.mlir.constant(1314149441 : i32)
func.func @scale(%x: memref<?x16xf32> {attention.name = "x", attention.tokens = 0 : i64},
                 %w: memref<16xf32> {attention.weight = "layer.weight"},
                 %y: memref<?x16xf32> {attention.result}, %workspace: memref<?xi8> {attention.workspace},
                 %run: !llvm.ptr {attention.invocation})
    attributes {attention.result_sizes = @scale.sizes, attention.workspace_size = @scale.workspace, attention.scratch_bytes = 0 : i64} {
  return
}
func.func private @scale.sizes(%x: memref<?x16xf32>, %w: memref<16xf32>, %run: !llvm.ptr) -> index {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?x16xf32>
  return %n : index
}
func.func private @scale.workspace(%x: memref<?x16xf32>, %w: memref<16xf32>, %y: memref<?x16xf32>) -> index {
  %c0 = arith.constant 0 : index
  return %c0 : index
}

// -----

// A preparation is not among the functions of the artefact: the function that it is for refers to it.

// CHECK-LABEL: func.func private @twice.prepare(
// CHECK:         llvm.func internal @twice.prepare.plan(
// CHECK:         llvm.func internal @twice.prepare.run(
// CHECK:         func.func private @twice(
// CHECK:         llvm.mlir.global internal constant @twice.prepare.function() {{.*}} : !llvm.struct<
// CHECK:         llvm.mlir.global internal constant @attention.functions() {{.*}} : !llvm.array<1 x
// CHECK:           llvm.mlir.addressof @twice.prepare.function
func.func private @twice.prepare(%w: memref<16xf32> {attention.weight = "w"}, %p: memref<16xf32> {attention.result},
                                 %workspace: memref<?xi8> {attention.workspace}, %run: !llvm.ptr {attention.invocation})
    attributes {attention.prepares, attention.workspace_size = @twice.prepare.workspace, attention.scratch_bytes = 0 : i64} {
  return
}
func.func private @twice.prepare.workspace(%w: memref<16xf32>, %p: memref<16xf32>) -> index {
  %c0 = arith.constant 0 : index
  return %c0 : index
}
func.func @twice(%w: memref<16xf32> {attention.weight = "w"}, %p: memref<16xf32> {attention.prepared = 0 : i64},
                 %y: memref<16xf32> {attention.result}, %workspace: memref<?xi8> {attention.workspace},
                 %run: !llvm.ptr {attention.invocation})
    attributes {attention.preparation = @twice.prepare, attention.workspace_size = @twice.workspace, attention.scratch_bytes = 0 : i64} {
  return
}
func.func private @twice.workspace(%w: memref<16xf32>, %p: memref<16xf32>, %y: memref<16xf32>) -> index {
  %c0 = arith.constant 0 : index
  return %c0 : index
}

// -----

// expected-error @below {{expects tensors of f32, f64, f16, bf16, i64, i32 or i1, but 'x' is 'memref<4xi8>'}}
func.func @refuses_other_types(%x: memref<4xi8> {attention.name = "x"}) {
  return
}

// -----

// expected-error @below {{expects the attribute attention.result_sizes on a function with results of dynamic size}}
func.func @needs_sizes(%x: memref<?xf32>, %y: memref<?xf32> {attention.result}, %w: memref<?xi8> {attention.workspace},
                       %run: !llvm.ptr {attention.invocation})
    attributes {attention.workspace_size = @needs_sizes.workspace, attention.scratch_bytes = 0 : i64} {
  return
}
func.func private @needs_sizes.workspace(%x: memref<?xf32>, %y: memref<?xf32>) -> index {
  %c0 = arith.constant 0 : index
  return %c0 : index
}
