// RUN: attention-opt %s -attention-plan-memory -canonicalize -cse -split-input-file -verify-diagnostics | FileCheck %s

// CHECK-LABEL: func @shares_places_of_buffers_that_do_not_live_together(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<?x16xf32>, %[[WORKSPACE:[a-z0-9]+]]: memref<?xi8> {attention.workspace}
// CHECK-SAME:    attributes {attention.workspace_size = @shares_places_of_buffers_that_do_not_live_together.workspace}
func.func @shares_places_of_buffers_that_do_not_live_together(%x: memref<?x16xf32>) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?x16xf32>
  // CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
  // CHECK-DAG: %[[C64:.*]] = arith.constant 64 : index
  // CHECK-DAG: %[[N:.*]] = memref.dim %[[X]], %[[C0]]
  // CHECK-DAG: %[[SECOND:.*]] = arith.muli %[[N]], %[[C64]]
  // CHECK-DAG: %[[A:.*]] = memref.view %[[WORKSPACE]][%[[C0]]][%[[N]]] : memref<?xi8> to memref<?x16xf32>
  // CHECK-DAG: %[[B:.*]] = memref.view %[[WORKSPACE]][%[[SECOND]]][%[[N]]] : memref<?xi8> to memref<?x16xf32>
  // CHECK-NOT: memref.alloc
  // CHECK:     memref.copy %[[X]], %[[A]]
  // CHECK:     memref.copy %[[A]], %[[B]]
  // CHECK:     memref.copy %[[B]], %[[A]]
  // CHECK:     memref.copy %[[A]], %[[X]]
  // CHECK-NOT: memref.dealloc
  %a = memref.alloc(%n) {alignment = 64} : memref<?x16xf32>
  %b = memref.alloc(%n) {alignment = 64} : memref<?x16xf32>
  %c = memref.alloc(%n) {alignment = 64} : memref<?x16xf32>
  memref.copy %x, %a : memref<?x16xf32> to memref<?x16xf32>
  memref.copy %a, %b : memref<?x16xf32> to memref<?x16xf32>
  memref.copy %b, %c : memref<?x16xf32> to memref<?x16xf32>
  memref.copy %c, %x : memref<?x16xf32> to memref<?x16xf32>
  memref.dealloc %a : memref<?x16xf32>
  return
}
// CHECK-LABEL: func private @shares_places_of_buffers_that_do_not_live_together.workspace(
// CHECK:         %[[C128:.*]] = arith.constant 128 : index
// CHECK:         %[[BYTES:.*]] = arith.muli %{{.*}}, %[[C128]]
// CHECK:         return %[[BYTES]]

// -----

// A buffer whose address was taken is in use as long as anything that is computed of the address.
// CHECK-LABEL: func @keeps_what_addresses_name(
func.func @keeps_what_addresses_name(%x: memref<16xf32>) {
  // CHECK-DAG: %[[FIRST:.*]] = arith.constant 0 : index
  // CHECK-DAG: %[[SECOND:.*]] = arith.constant 64 : index
  // CHECK-DAG: memref.view %{{.*}}[%[[FIRST]]][] : memref<?xi8> to memref<16xf32>
  // CHECK-DAG: memref.view %{{.*}}[%[[SECOND]]][] : memref<?xi8> to memref<16xf32>
  %a = memref.alloc() {alignment = 64} : memref<16xf32>
  %address = memref.extract_aligned_pointer_as_index %a : memref<16xf32> -> index
  %number = arith.index_cast %address : index to i64
  %b = memref.alloc() {alignment = 64} : memref<16xf32>
  memref.copy %x, %b : memref<16xf32> to memref<16xf32>
  %pointer = llvm.inttoptr %number : i64 to !llvm.ptr
  llvm.call @launch(%pointer) : (!llvm.ptr) -> ()
  return
}
llvm.func @launch(!llvm.ptr)

// -----

// A buffer that a loop uses in every iteration keeps its place all that time.
// CHECK-LABEL: func @keeps_what_a_loop_uses(
func.func @keeps_what_a_loop_uses(%x: memref<?x16xf32>, %count: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = memref.dim %x, %c0 : memref<?x16xf32>
  %a = memref.alloc(%n) : memref<?x16xf32>
  memref.copy %x, %a : memref<?x16xf32> to memref<?x16xf32>
  %times = memref.dim %count, %c0 : memref<?xf32>
  // CHECK: %[[A:.*]] = memref.view %[[WORKSPACE:.*]][%c0]
  // CHECK: scf.for
  scf.for %i = %c0 to %times step %c1 {
    // CHECK: memref.copy %[[A]]
    memref.copy %a, %x : memref<?x16xf32> to memref<?x16xf32>
    // CHECK: memref.view %[[WORKSPACE]][%[[BEHIND:[^c].*]]][
    %b = memref.alloc(%n) : memref<?x16xf32>
    memref.copy %x, %b : memref<?x16xf32> to memref<?x16xf32>
    memref.copy %b, %x : memref<?x16xf32> to memref<?x16xf32>
  }
  return
}

// -----

// Thin buffers are aligned by rounding the product of sizes, not each of them.
// CHECK-LABEL: func private @rounds_thin_buffers.workspace(
// CHECK:         %[[UP:.*]] = arith.addi %{{.*}}, %c15
// CHECK:         %[[ROUND:.*]] = arith.andi %[[UP]], %c-16
// CHECK:         arith.muli %[[ROUND]], %c4
func.func @rounds_thin_buffers(%x: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?xf32>
  %a = memref.alloc(%n) : memref<?xf32>
  memref.copy %x, %a : memref<?xf32> to memref<?xf32>
  memref.copy %a, %x : memref<?xf32> to memref<?xf32>
  return
}

// -----

// A buffer whose size varies takes the place of the most that it can be, and has the size that it has.
// CHECK-LABEL: func.func @varies(
// CHECK-SAME: %[[X:.*]]: memref<?xf32>, %[[W:.*]]: memref<?xi8>
// CHECK: scf.for %[[I:.*]] =
// CHECK: %[[HERE:.*]] = affine.min
// CHECK: memref.view %[[W]][%{{.*}}][%[[HERE]]] : memref<?xi8> to memref<?xf32>
// CHECK-LABEL: func.func private @varies.workspace(
// CHECK-NOT: memref.dim
// CHECK: return %c256
func.func @varies(%x: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %n = memref.dim %x, %c0 : memref<?xf32>
  scf.for %i = %c0 to %n step %c64 {
    %here = affine.min affine_map<(d0, d1) -> (d0 - d1, 64)>(%n, %i)
    %a = memref.alloc(%here) : memref<?xf32>
    %from = memref.subview %x[%i] [%here] [1] : memref<?xf32> to memref<?xf32, strided<[1], offset: ?>>
    memref.copy %from, %a : memref<?xf32, strided<[1], offset: ?>> to memref<?xf32>
    memref.copy %a, %from : memref<?xf32> to memref<?xf32, strided<[1], offset: ?>>
  }
  return
}

// -----

// The most of a product of sizes is the product of the most of each.
// CHECK-LABEL: func.func private @product_varies.workspace(
// CHECK: %[[BATCH:.*]] = memref.dim %{{.*}}, %c0
// CHECK-NOT: memref.dim
// CHECK: %[[BYTES:.*]] = arith.muli %[[BATCH]], %c1024
// CHECK: return %[[BYTES]]
func.func @product_varies(%x: memref<?x?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %batch = memref.dim %x, %c0 : memref<?x?xf32>
  %n = memref.dim %x, %c1 : memref<?x?xf32>
  %f = arith.constant 0.0 : f32
  scf.for %i = %c0 to %n step %c16 {
    %here = affine.min affine_map<(d0, d1) -> (d0 - d1, 16)>(%n, %i)
    %rows = affine.apply affine_map<()[s0, s1] -> (s0 * s1)>()[%here, %batch]
    %a = memref.alloc(%rows) : memref<?x16xf32>
    memref.store %f, %a[%c0, %c0] : memref<?x16xf32>
  }
  return
}

// -----

func.func @refuses_sizes_that_are_data(%x: memref<?xindex>) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{expects the size of a buffer to follow from the sizes of arguments, but got the result of 'memref.load'}}
  %n = memref.load %x[%c0] : memref<?xindex>
  %a = memref.alloc(%n) : memref<?xf32>
  %f = arith.constant 0.0 : f32
  memref.store %f, %a[%c0] : memref<?xf32>
  return
}

// -----

func.func @refuses_buffers_that_a_loop_carries(%x: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %last = scf.for %i = %c0 to %c4 step %c1 iter_args(%previous = %x) -> (memref<16xf32>) {
    // expected-error @below {{expects a buffer of one iteration, but got one that the loop carries on}}
    %next = memref.alloc() : memref<16xf32>
    memref.copy %previous, %next : memref<16xf32> to memref<16xf32>
    scf.yield %next : memref<16xf32>
  }
  memref.copy %last, %x : memref<16xf32> to memref<16xf32>
  return
}
