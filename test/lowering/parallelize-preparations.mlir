// RUN: attention-opt %s -attention-parallelize-preparations | FileCheck %s

// CHECK-LABEL: func.func private @packs(
// CHECK-SAME:    %[[W:.*]]: memref<4x96x384xf32> {{.*}}, %[[P:.*]]: memref<4x384x96xf32>
// CHECK:         scf.forall (%[[I:.*]]) in (4) {
// CHECK:           scf.for %[[J:.*]] = %{{.*}} to %c384
// CHECK:             scf.for %[[K:.*]] = %{{.*}} to %c96
// CHECK-DAG:           %[[I0:.*]] = affine.apply #{{.*}}(%[[I]])
// CHECK-DAG:           %[[K0:.*]] = affine.apply #{{.*}}(%[[K]])
// CHECK-DAG:           %[[J0:.*]] = affine.apply #{{.*}}(%[[J]])
// CHECK:               %[[X:.*]] = memref.load %[[W]][%[[I0]], %[[K0]], %[[J0]]]
// CHECK:               memref.store %[[X]], %[[P]]
// CHECK-NOT:     linalg
func.func private @packs(%w: memref<4x96x384xf32> {attention.weight = "w"}, %p: memref<4x384x96xf32> {attention.result})
    attributes {attention.prepares} {
  linalg.transpose ins(%w : memref<4x96x384xf32>) outs(%p : memref<4x384x96xf32>) permutation = [0, 2, 1]
  return
}

// Iterations of a sum write the same element.

// CHECK-LABEL: func.func private @sums(
// CHECK-NOT:     scf.forall
// CHECK:         linalg.generic
func.func private @sums(%w: memref<8xf32> {attention.weight = "w"}, %p: memref<f32> {attention.result})
    attributes {attention.prepares} {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>], iterator_types = ["reduction"]}
      ins(%w : memref<8xf32>) outs(%p : memref<f32>) {
    ^bb0(%x: f32, %sum: f32):
      %next = arith.addf %x, %sum : f32
      linalg.yield %next : f32
  }
  return
}

// CHECK-LABEL: func.func @leaves_other_functions_alone(
// CHECK-NOT:     scf.forall
// CHECK:         linalg.copy
func.func @leaves_other_functions_alone(%x: memref<8xf32>, %y: memref<8xf32>) {
  linalg.copy ins(%x : memref<8xf32>) outs(%y : memref<8xf32>)
  return
}
