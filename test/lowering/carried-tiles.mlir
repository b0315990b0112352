// RUN: attention-opt %s "--attention-tiles-to-loops=vector-bits=512 registers=32 fma" | FileCheck %s

// A tile that a loop carries, and a loop within it, lies at one place: nothing is copied on the way in or out.
// CHECK-LABEL: func @nested(
// CHECK: %[[PLACE:.*]] = memref.alloca() {{.*}} : memref<16x16xf32>
// CHECK-NOT: memref.alloca
// CHECK: vector.store %{{.*}}, %[[PLACE]]
// CHECK: scf.for %{{.*}} = %{{.*}} to %arg2
// CHECK-NEXT: scf.for %{{.*}} = %{{.*}} to %arg2
// CHECK: vector.load %[[PLACE]]
// CHECK: arith.addf
// CHECK-NEXT: vector.store %{{.*}}, %[[PLACE]]
// CHECK-NEXT: }
// CHECK-NEXT: }
// CHECK-NEXT: }
// CHECK-NEXT: }
// CHECK: vector.load %[[PLACE]]
// CHECK-NEXT: vector.store
// CHECK-NOT: vector.store
func.func @nested(%a: memref<16x16xf32>, %b: memref<16x16xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %none = arith.constant dense<0.0> : vector<16x16xf32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%outer = %none) -> (vector<16x16xf32>) {
    %s = scf.for %j = %c0 to %n step %c1 iter_args(%inner = %outer) -> (vector<16x16xf32>) {
      %x = vector.transfer_read %a[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x16xf32>, vector<16x16xf32>
      %t = arith.addf %inner, %x : vector<16x16xf32>
      scf.yield %t : vector<16x16xf32>
    }
    scf.yield %s : vector<16x16xf32>
  }
  vector.transfer_write %r, %b[%c0, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, memref<16x16xf32>
  return
}
