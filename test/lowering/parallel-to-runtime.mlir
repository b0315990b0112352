// RUN: attention-opt %s -attention-parallel-to-runtime -cse -split-input-file -verify-diagnostics | FileCheck %s

// The last dimension runs fastest, and scratch is the worker's own: whole pages, and one that is nobody's.
// CHECK-LABEL: func private @outlines_the_body.task0(
// CHECK-SAME:    %[[CONTEXT:.*]]: !llvm.ptr {llvm.noalias, llvm.nonnull, llvm.readonly}, %[[INDEX:.*]]: i64, %[[WORKER:.*]]: i64)
// CHECK:         llvm.load %{{.*}} invariant : !llvm.ptr -> !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>
// CHECK:         %[[PLACE:.*]] = llvm.getelementptr inbounds %{{.*}}[0, 2] : (!llvm.ptr) -> !llvm.ptr, !llvm.struct<(ptr, ptr, i64, i32)>
// CHECK:         %[[BYTES:.*]] = llvm.load %[[PLACE]] : !llvm.ptr -> i64
// CHECK:         llvm.mul %[[WORKER]], %[[BYTES]]
// CHECK:         %[[LINEAR:.*]] = arith.index_cast %[[INDEX]] : i64 to index
// CHECK:         %[[COLUMN:.*]] = arith.remui %[[LINEAR]], %{{.*}}
// CHECK:         %[[ROW:.*]] = arith.divui %[[LINEAR]], %{{.*}}
// CHECK:         memref.view
// CHECK:         memref.view
// CHECK:         memref.load %{{.*}}[%[[ROW]], %[[COLUMN]]]
// CHECK-LABEL: func @outlines_the_body(
// CHECK-SAME:    %[[INVOCATION:[a-z0-9]+]]: !llvm.ptr {attention.invocation}) attributes {attention.scratch_bytes = 8192 : i64}
// CHECK:         %[[TASK:.*]] = constant @outlines_the_body.task0
// CHECK:         %[[BODY:.*]] = builtin.unrealized_conversion_cast %[[TASK]]
// CHECK:         llvm.call %{{.*}}(%{{.*}}, %{{.*}}, %[[BODY]], %{{.*}}) : !llvm.ptr, (!llvm.ptr, i64, !llvm.ptr, !llvm.ptr) -> ()
// CHECK-NOT:     scf.forall
func.func @outlines_the_body(%x: memref<?x?xf32>, %y: memref<?x?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = memref.dim %x, %c0 : memref<?x?xf32>
  %n = memref.dim %x, %c1 : memref<?x?xf32>
  scf.forall (%i, %j) in (%m, %n) {
    %s = memref.alloca() : memref<17xf32>
    %t = memref.alloca() : memref<2x8xf32>
    %v = memref.load %x[%i, %j] : memref<?x?xf32>
    memref.store %v, %s[%c0] : memref<17xf32>
    memref.store %v, %t[%c0, %c0] : memref<2x8xf32>
    memref.store %v, %y[%i, %j] : memref<?x?xf32>
  }
  return
}

// -----

// CHECK-LABEL: func @runs_one_iteration_in_line(
// CHECK-NOT:     scf.forall
// CHECK-NOT:     llvm.call
// CHECK:         %[[V:.*]] = memref.load
// CHECK:         memref.store %[[V]]
func.func @runs_one_iteration_in_line(%x: memref<?xf32>, %y: memref<?xf32>) {
  scf.forall (%i) in (1) {
    %v = memref.load %x[%i] : memref<?xf32>
    memref.store %v, %y[%i] : memref<?xf32>
  }
  return
}

// -----

// CHECK:       llvm.mlir.global private unnamed_addr constant @[[MESSAGE:.*]]("expects an id below {1}, but got {0}\00")
// CHECK-LABEL: func @reports_through_the_host(
// CHECK-SAME:    %[[BAD:[a-z0-9]+]]: i1, %[[ID:[a-z0-9]+]]: index, %[[COUNT:[a-z0-9]+]]: index, %[[INVOCATION:[a-z0-9]+]]: !llvm.ptr
// CHECK:         scf.if %[[BAD]] {
// CHECK:           %[[TEXT:.*]] = llvm.mlir.addressof @[[MESSAGE]]
// CHECK:           llvm.call @attention.fail(%[[INVOCATION]], %{{.*}}, %[[TEXT]],
// CHECK-LABEL: llvm.func internal @attention.fail(
// CHECK:         llvm.store %{{.*}}, %{{.*}} atomic monotonic {alignment = 4 : i64} : i32, !llvm.ptr
func.func @reports_through_the_host(%bad: i1, %id: index, %count: index) {
  attention.fail_if %bad order(%id) "expects an id below {1}, but got {0}"(%id, %count)
  return
}

// -----

// Layers that differ in their weights run the same task.
// CHECK:       func private @merges_equal_tasks.task0(
// CHECK-NOT:   @merges_equal_tasks.task1(
// CHECK-LABEL: func @merges_equal_tasks(
// CHECK:         %[[TASK:.*]] = constant @merges_equal_tasks.task0
// CHECK:         %[[BODY:.*]] = builtin.unrealized_conversion_cast %[[TASK]]
// CHECK-COUNT-2: llvm.call %{{.*}}(%{{.*}}, %{{.*}}, %[[BODY]], %{{.*}})
func.func @merges_equal_tasks(%x: memref<?xf32>, %w: memref<?xf32>, %v: memref<?xf32>, %n: index) {
  scf.forall (%i) in (%n) {
    %a = memref.load %x[%i] : memref<?xf32>
    %b = memref.load %w[%i] : memref<?xf32>
    %c = arith.addf %a, %b : f32
    memref.store %c, %x[%i] : memref<?xf32>
  }
  scf.forall (%i) in (%n) {
    %a = memref.load %x[%i] : memref<?xf32>
    %b = memref.load %v[%i] : memref<?xf32>
    %c = arith.addf %a, %b : f32
    memref.store %c, %x[%i] : memref<?xf32>
  }
  return
}

// -----

func.func @refuses_scratch_of_dynamic_size(%x: memref<?xf32>, %n: index) {
  scf.forall (%i) in (%n) {
    // expected-error @below {{expects a buffer of static size in a parallel loop, but got 'memref<?xf32>'}}
    %s = memref.alloca(%n) : memref<?xf32>
    memref.copy %s, %x : memref<?xf32> to memref<?xf32>
  }
  return
}
