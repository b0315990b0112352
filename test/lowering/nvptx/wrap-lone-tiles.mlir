// RUN: attention-opt %s --attention-wrap-lone-tiles -split-input-file -verify-diagnostics | FileCheck %s

// Neighbours become one task, allocations between them come before it, and what needs no memory stays outside.
// CHECK-LABEL: func.func @neighbours
// CHECK-NEXT:    arith.constant 0 : index
// CHECK-NEXT:    %[[TWO:.*]] = arith.constant dense<2.0
// CHECK-NEXT:    arith.constant 0.0
// CHECK-NEXT:    %[[ALLOC:.*]] = memref.alloc()
// CHECK-NEXT:    arith.constant 16 : index
// CHECK-NEXT:    scf.forall (%{{.*}}) in (1) {
// CHECK-NEXT:      vector.transfer_read
// CHECK-NEXT:      arith.mulf %{{.*}}, %[[TWO]]
// CHECK-NEXT:      vector.transfer_write %{{.*}}, %[[ALLOC]]
// CHECK-NEXT:      vector.transfer_read %[[ALLOC]]
// CHECK-NEXT:      scf.for
// CHECK:           }
// CHECK-NEXT:    }
// CHECK-NEXT:    return
func.func @neighbours(%x: memref<16xf32>, %y: memref<?xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %two = arith.constant dense<2.0> : vector<16xf32>
  %pad = arith.constant 0.0 : f32
  %tile = vector.transfer_read %x[%c0], %pad {in_bounds = [true]} : memref<16xf32>, vector<16xf32>
  %product = arith.mulf %tile, %two : vector<16xf32>
  %t = memref.alloc() : memref<16xf32>
  vector.transfer_write %product, %t[%c0] {in_bounds = [true]} : vector<16xf32>, memref<16xf32>
  %again = vector.transfer_read %t[%c0], %pad {in_bounds = [true]} : memref<16xf32>, vector<16xf32>
  %step = arith.constant 16 : index
  scf.for %i = %c0 to %n step %step {
    vector.transfer_write %again, %y[%i] : vector<16xf32>, memref<?xf32>
  }
  return
}

// -----

// A loop around parallel loops stays where it is; a tile that outlives its task goes through memory.
// CHECK-LABEL: func.func @through_memory
// CHECK:         scf.for
// CHECK:           %[[COPY:.*]] = memref.alloc() {{.*}} : memref<16xf32>
// CHECK:           scf.forall (%{{.*}}) in (1) {
// CHECK-NEXT:        %[[TILE:.*]] = vector.transfer_read %arg0
// CHECK-NEXT:        vector.transfer_write %[[TILE]], %arg1
// CHECK:             vector.transfer_write %[[TILE]], %[[COPY]]
// CHECK:           scf.forall (%{{.*}}) in (%{{.*}}) {
// CHECK:             %[[BACK:.*]] = vector.transfer_read %[[COPY]]
// CHECK:             vector.transfer_write %[[BACK]], %arg2
func.func @through_memory(%x: memref<16xf32>, %y: memref<16xf32>, %z: memref<?x16xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %pad = arith.constant 0.0 : f32
  scf.for %i = %c0 to %n step %c1 {
    %tile = vector.transfer_read %x[%c0], %pad {in_bounds = [true]} : memref<16xf32>, vector<16xf32>
    vector.transfer_write %tile, %y[%c0] {in_bounds = [true]} : vector<16xf32>, memref<16xf32>
    scf.forall (%j) in (%n) {
      vector.transfer_write %tile, %z[%j, %c0] {in_bounds = [true]} : vector<16xf32>, memref<?x16xf32>
    }
  }
  return
}

// -----

func.func @scalar(%x: memref<16xf32>, %y: memref<16xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : f32
  %tile = vector.transfer_read %x[%c0], %pad {in_bounds = [true]} : memref<16xf32>, vector<16xf32>
  vector.transfer_write %tile, %y[%c0] {in_bounds = [true]} : vector<16xf32>, memref<16xf32>
  // expected-error @+1 {{expects a scalar made of tiles to be used with them on this target, but got other uses}}
  %sum = vector.reduction <add>, %tile : vector<16xf32> into f32
  return %sum : f32
}
