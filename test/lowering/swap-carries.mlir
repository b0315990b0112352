// RUN: attention-opt %s --attention-swap-carries --canonicalize --split-input-file | FileCheck %s

// Each iteration reads what the one before filled. The first reads the input, the last of five fills the result: nothing is copied.
// CHECK-LABEL: func.func @by_turns(
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<1x?x4xf32>, %[[OUT:[a-z0-9]+]]: memref<1x?x4xf32> {attention.result}, %[[N:[a-z0-9]+]]: index)
// CHECK: %[[OTHER:.*]] = memref.alloc(%[[N]])
// CHECK: scf.for {{.*}} iter_args(%[[READ:.*]] = %[[X]], %[[FILLED:.*]] = %[[OUT]], %[[NEXT:.*]] = %[[OTHER]])
// CHECK-NOT: memref.copy
// CHECK: %[[ROWS:.*]] = memref.collapse_shape %[[FILLED]] {{\[}}[0, 1], [2]] : memref<1x?x4xf32> into memref<?x4xf32>
// CHECK: vector.transfer_read %[[READ]]
// CHECK: vector.transfer_write %{{.*}}, %[[ROWS]]
// CHECK: scf.yield %[[FILLED]], %[[NEXT]], %[[FILLED]]
// CHECK-NOT: memref.copy
// CHECK: return
func.func @by_turns(%x: memref<1x?x4xf32>, %out: memref<1x?x4xf32> {attention.result}, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %zero = arith.constant 0.0 : f32
  %place = memref.alloc(%n) {alignment = 64 : i64} : memref<1x?x4xf32>
  memref.copy %x, %place : memref<1x?x4xf32> to memref<1x?x4xf32>
  scf.for %i = %c0 to %c5 step %c1 {
    %fresh = memref.alloc(%n) {alignment = 64 : i64} : memref<?x4xf32>
    %tile = vector.transfer_read %place[%c0, %c0, %c0], %zero : memref<1x?x4xf32>, vector<16x16xf32>
    vector.transfer_write %tile, %fresh[%c0, %c0] : vector<16x16xf32>, memref<?x4xf32>
    %view = memref.expand_shape %fresh [[0, 1], [2]] output_shape [1, %n, 4] : memref<?x4xf32> into memref<1x?x4xf32>
    memref.copy %view, %place : memref<1x?x4xf32> to memref<1x?x4xf32>
  }
  memref.copy %place, %out : memref<1x?x4xf32> to memref<1x?x4xf32>
  return
}

// -----

// After an even number of iterations the result is the second buffer; an unknown number leaves one copy behind the loop.
// CHECK-LABEL: func.func @ends(
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<4xf32>, %[[EVEN:[a-z0-9]+]]: memref<4xf32> {attention.result}, %[[ANY:[a-z0-9]+]]: memref<4xf32> {attention.result}
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %[[X]], %{{.*}} = %{{.*}}, %{{.*}} = %[[EVEN]])
// CHECK: %[[LAST:.*]]:3 = scf.for {{.*}} iter_args(%{{.*}} = %[[X]], %{{.*}} = %{{.*}}, %{{.*}} = %{{.*}})
// CHECK: memref.copy %[[LAST]]#0, %[[ANY]]
// CHECK-NEXT: return
func.func @ends(%x: memref<4xf32>, %even: memref<4xf32> {attention.result}, %any: memref<4xf32> {attention.result}, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c6 = arith.constant 6 : index
  %a = memref.alloc() : memref<4xf32>
  memref.copy %x, %a : memref<4xf32> to memref<4xf32>
  scf.for %i = %c0 to %c6 step %c1 {
    %fresh = memref.alloc() : memref<4xf32>
    %v = memref.load %a[%c0] : memref<4xf32>
    memref.store %v, %fresh[%c1] : memref<4xf32>
    memref.copy %fresh, %a : memref<4xf32> to memref<4xf32>
  }
  memref.copy %a, %even : memref<4xf32> to memref<4xf32>
  %b = memref.alloc() : memref<4xf32>
  memref.copy %x, %b : memref<4xf32> to memref<4xf32>
  scf.for %i = %c0 to %n step %c1 {
    %fresh = memref.alloc() : memref<4xf32>
    %v = memref.load %b[%c0] : memref<4xf32>
    memref.store %v, %fresh[%c1] : memref<4xf32>
    memref.copy %fresh, %b : memref<4xf32> to memref<4xf32>
  }
  memref.copy %b, %any : memref<4xf32> to memref<4xf32>
  return
}

// -----

// A loop that writes to what it reads does not get the input itself: two buffers take turns.
// CHECK-LABEL: func.func @writes_what_it_reads(
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<4xf32>
// CHECK: %[[PLACE:.*]] = memref.alloc
// CHECK: memref.copy %[[X]], %[[PLACE]]
// CHECK: scf.for {{.*}} iter_args(%[[READ:.*]] = %[[PLACE]], %[[FILLED:.*]] = %{{.*}})
// CHECK: memref.store %{{.*}}, %[[READ]]
// CHECK-NOT: memref.copy
// CHECK: scf.yield %[[FILLED]], %[[READ]]
func.func @writes_what_it_reads(%x: memref<4xf32>, %out: memref<4xf32> {attention.result}, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = memref.alloc() : memref<4xf32>
  memref.copy %x, %a : memref<4xf32> to memref<4xf32>
  scf.for %i = %c0 to %n step %c1 {
    %fresh = memref.alloc() : memref<4xf32>
    %v = memref.load %a[%c0] : memref<4xf32>
    memref.store %v, %a[%c1] : memref<4xf32>
    memref.store %v, %fresh[%c1] : memref<4xf32>
    memref.copy %fresh, %a : memref<4xf32> to memref<4xf32>
  }
  memref.copy %a, %out : memref<4xf32> to memref<4xf32>
  return
}

// -----

// Two that carry the same on are two: one takes the buffer, the other a copy.
// CHECK-LABEL: func.func @one_for_two(
// CHECK: %[[B:.*]] = memref.alloc
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}, %[[FILLED:.*]] = %{{.*}}, %{{.*}} = %{{.*}})
// CHECK: memref.copy %[[FILLED]], %[[B]]
// CHECK-NEXT: scf.yield
func.func @one_for_two(%x: memref<4xf32>, %out: memref<4xf32> {attention.result}, %other: memref<4xf32> {attention.result}, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = memref.alloc() : memref<4xf32>
  memref.copy %x, %a : memref<4xf32> to memref<4xf32>
  %b = memref.alloc() : memref<4xf32>
  memref.copy %x, %b : memref<4xf32> to memref<4xf32>
  scf.for %i = %c0 to %n step %c1 {
    %fresh = memref.alloc() : memref<4xf32>
    %v = memref.load %a[%c0] : memref<4xf32>
    %w = memref.load %b[%c0] : memref<4xf32>
    %s = arith.addf %v, %w : f32
    memref.store %s, %fresh[%c1] : memref<4xf32>
    memref.copy %fresh, %a : memref<4xf32> to memref<4xf32>
    memref.copy %fresh, %b : memref<4xf32> to memref<4xf32>
  }
  memref.copy %a, %out : memref<4xf32> to memref<4xf32>
  memref.copy %b, %other : memref<4xf32> to memref<4xf32>
  return
}

// -----

// What is read behind the copy, or known to a loop around, stays one buffer.
// CHECK-LABEL: func.func @stays(
// CHECK-NOT: iter_args
// CHECK: memref.copy
// CHECK-NOT: iter_args
// CHECK: memref.copy
// CHECK-NOT: iter_args
// CHECK: return
func.func @stays(%a: memref<4xf32> {attention.result}, %b: memref<4xf32> {attention.result}, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %fresh = memref.alloc() : memref<4xf32>
    %v = memref.load %a[%c0] : memref<4xf32>
    memref.store %v, %fresh[%c1] : memref<4xf32>
    memref.copy %fresh, %a : memref<4xf32> to memref<4xf32>
    %w = memref.load %a[%c1] : memref<4xf32>
    memref.store %w, %b[%c1] : memref<4xf32>
  }
  scf.for %j = %c0 to %n step %c1 {
    scf.for %i = %c0 to %n step %c1 {
      %fresh = memref.alloc() : memref<4xf32>
      %v = memref.load %b[%c0] : memref<4xf32>
      memref.store %v, %fresh[%c1] : memref<4xf32>
      memref.copy %fresh, %b : memref<4xf32> to memref<4xf32>
    }
  }
  return
}
