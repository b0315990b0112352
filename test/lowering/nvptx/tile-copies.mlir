// RUN: attention-opt %s -attention-tile-copies | FileCheck %s

// Rows that lie apart are copied tile by tile; the last dimension takes as much as it needs.
// CHECK-LABEL: func.func @copies_rows(
// CHECK-SAME:    %[[X:.*]]: memref<2x?x40xf32, strided<[?, 96, 1], offset: ?>>, %[[Y:.*]]: memref<2x?x40xf32>
// CHECK:         %[[N:.*]] = memref.dim %[[X]], %{{.*}}
// CHECK:         scf.forall (%[[B:.*]], %[[I:.*]], %[[J:.*]]) = (0, 0, 0) to (2, %[[N]], 40) step (1, 64, 48) {
// CHECK:           %[[TILE:.*]] = vector.transfer_read %[[X]][%[[B]], %[[I]], %[[J]]], %{{.*}} : memref<2x?x40xf32, strided<[?, 96, 1], offset: ?>>, vector<64x48xf32>
// CHECK:           vector.transfer_write %[[TILE]], %[[Y]][%[[B]], %[[I]], %[[J]]] : vector<64x48xf32>, memref<2x?x40xf32>
func.func @copies_rows(%x: memref<2x?x40xf32, strided<[?, 96, 1], offset: ?>>, %y: memref<2x?x40xf32>) {
  memref.copy %x, %y : memref<2x?x40xf32, strided<[?, 96, 1], offset: ?>> to memref<2x?x40xf32>
  return
}

// CHECK-LABEL: func.func @copies_a_row(
// CHECK:         scf.forall (%[[I:.*]]) = (0) to (%{{.*}}) step (64) {
// CHECK:           vector.transfer_read %{{.*}}[%[[I]]], %{{.*}} : memref<?xi64, strided<[1], offset: ?>>, vector<64xi64>
func.func @copies_a_row(%x: memref<?xi64, strided<[1], offset: ?>>, %y: memref<?xi64>) {
  memref.copy %x, %y : memref<?xi64, strided<[1], offset: ?>> to memref<?xi64>
  return
}

// What lies together is one copy, and columns that do not are no tile.
// CHECK-LABEL: func.func @leaves_others(
// CHECK:         memref.copy
// CHECK:         memref.copy
func.func @leaves_others(%x: memref<4x4xf32>, %y: memref<4x4xf32>, %t: memref<4x4xf32, strided<[1, 4]>>) {
  memref.copy %x, %y : memref<4x4xf32> to memref<4x4xf32>
  memref.copy %t, %y : memref<4x4xf32, strided<[1, 4]>> to memref<4x4xf32>
  return
}
