// RUN: attention-opt %s -attention-hoist-scratch | FileCheck %s

// Each iteration has its part.
// CHECK-LABEL: func.func @scratch(
// CHECK-SAME:    %[[N:[a-z0-9]+]]: index
// CHECK:         %[[ALL:.*]] = memref.alloc(%[[N]]) {alignment = 64 : i64} : memref<?x3x16x32xf32>
// CHECK:         scf.forall (%[[I:.*]], %[[J:.*]]) in (%[[N]], 3) {
// CHECK-NEXT:      %[[OWN:.*]] = memref.subview %[[ALL]][%[[I]], %[[J]], 0, 0] [1, 1, 16, 32] [1, 1, 1, 1] : memref<?x3x16x32xf32> to memref<16x32xf32, strided<[32, 1], offset: ?>>
// CHECK-NEXT:      memref.store %{{.*}}, %[[OWN]]
func.func @scratch(%n: index, %x: f32, %o: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  scf.forall (%i, %j) in (%n, 3) {
    %own = memref.alloc() {alignment = 64 : i64} : memref<16x32xf32>
    memref.store %x, %own[%c0, %c0] : memref<16x32xf32>
    %y = memref.load %own[%c0, %c0] : memref<16x32xf32>
    memref.store %y, %o[%i] : memref<?xf32>
  }
  return
}

// What nothing reads is not written.
// CHECK-LABEL: func.func @unread(
// CHECK-NOT:     memref.alloc
// CHECK-NOT:     vector.transfer_write
// CHECK:         attention.fail_if
// CHECK-NOT:     vector.transfer_write
// CHECK:         return
func.func @unread(%n: index, %size: index, %x: vector<32xf32>, %bad: i1) {
  %c0 = arith.constant 0 : index
  scf.forall (%i) in (%n) {
    %own = memref.alloc(%size) : memref<?x20xf32>
    attention.fail_if %bad order(%i) "expects a good number"()
    vector.transfer_write %x, %own[%c0, %c0] : vector<32xf32>, memref<?x20xf32>
  }
  return
}
