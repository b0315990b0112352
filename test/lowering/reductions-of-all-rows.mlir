// Sixteen registers hold one row beside the constants of functions: the row
// reductions of a tile are stored for all rows before what waits for them.
// RUN: attention-opt %s --attention-tiles-to-loops="vector-bits=256 registers=16" --canonicalize --cse --split-input-file | FileCheck %s

// Functions of a reduction are vectors of rows; the scores are scaled again.
// CHECK-LABEL: func.func @weighs
// CHECK:         scf.for %[[ROW:.+]] = %c0 to %c64 step %c1 {
// CHECK:           scf.for {{.*}} step %c16 iter_args({{.*}}) -> (vector<16xf32>)
// CHECK:           memref.store %{{.+}}, %[[MOST:.+]][%[[ROW]]] : memref<64xf32>
// CHECK:         }
// CHECK:         scf.for %{{.+}} = %c0 to %c64 step %c16 {
// CHECK:           vector.load %[[MOST]]
// CHECK:           math.exp2 %{{.+}} : vector<16xf32>
// CHECK:         }
// CHECK:         scf.for %[[ROW:.+]] = %c0 to %c64 step %c1 {
// CHECK:           memref.load %[[MOST]][%[[ROW]]]
// CHECK:           scf.for {{.*}} step %c16
// CHECK:             arith.mulf %{{.+}}, %{{.+}} : vector<16xf32>
// CHECK:             math.exp2 %{{.+}} : vector<16xf32>
// CHECK-NOT:     math.exp2 %{{.+}} : f32
func.func @weighs(%x: memref<64x64xf32>, %factors: memref<64xf32>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %low = arith.constant dense<0xFF800000> : vector<64xf32>
  %scale = arith.constant dense<0.5> : vector<64x64xf32>
  %t = vector.transfer_read %x[%c0, %c0], %zero {in_bounds = [true, true]} : memref<64x64xf32>, vector<64x64xf32>
  %s = arith.mulf %t, %scale : vector<64x64xf32>
  %m = vector.multi_reduction <maximumf>, %s, %low [1] : vector<64x64xf32> to vector<64xf32>
  %f = math.exp2 %m : vector<64xf32>
  %column = vector.shape_cast %m : vector<64xf32> to vector<64x1xf32>
  %all = vector.broadcast %column : vector<64x1xf32> to vector<64x64xf32>
  %d = arith.subf %s, %all : vector<64x64xf32>
  %p = math.exp2 %d : vector<64x64xf32>
  vector.transfer_write %f, %factors[%c0] {in_bounds = [true]} : vector<64xf32>, memref<64xf32>
  vector.transfer_write %p, %o[%c0, %c0] {in_bounds = [true, true]} : vector<64x64xf32>, memref<64x64xf32>
  return
}

// -----

// What takes functions is computed once, and what only that reads is not kept.
// CHECK-LABEL: func.func @caps
// CHECK:         scf.for %[[ROW:.+]] = %c0 to %c64 step %c1 {
// CHECK:           math.tanh
// CHECK:           vector.store %{{.+}}, %[[CAPPED:.+]][%[[ROW]], %{{.+}}] : memref<64x64xf32>
// CHECK:         scf.for %[[ROW:.+]] = %c0 to %c64 step %c1 {
// CHECK-NOT:       math.tanh
// CHECK:           vector.load %[[CAPPED]][%[[ROW]]
// CHECK:           math.exp2
// CHECK-NOT:     math.tanh
func.func @caps(%x: memref<64x64xf32>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %low = arith.constant dense<0xFF800000> : vector<64xf32>
  %cap = arith.constant dense<5.0> : vector<64x64xf32>
  %t = vector.transfer_read %x[%c0, %c0], %zero {in_bounds = [true, true]} : memref<64x64xf32>, vector<64x64xf32>
  %b = math.tanh %t : vector<64x64xf32>
  %s = arith.mulf %b, %cap : vector<64x64xf32>
  %m = vector.multi_reduction <maximumf>, %s, %low [1] : vector<64x64xf32> to vector<64xf32>
  %column = vector.shape_cast %m : vector<64xf32> to vector<64x1xf32>
  %all = vector.broadcast %column : vector<64x1xf32> to vector<64x64xf32>
  %d = arith.subf %s, %all : vector<64x64xf32>
  %p = math.exp2 %d : vector<64x64xf32>
  vector.transfer_write %p, %o[%c0, %c0] {in_bounds = [true, true]} : vector<64x64xf32>, memref<64x64xf32>
  return
}
