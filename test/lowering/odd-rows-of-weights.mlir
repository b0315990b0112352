// Blocks of rows repay a copy of prepared weights in the order in which they read them, where registers are few. Rows that are no whole block read
// the weights as they lie, and where there are no others, nothing is copied.
// RUN: attention-opt %s --attention-tiles-to-loops="vector-bits=256 registers=16" --canonicalize --cse | FileCheck %s

#row = affine_map<(m, n, k) -> (m, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: func.func @projects
// CHECK-SAME:    %{{.+}}: memref<?x64xf32>, %[[W:[a-z0-9]+]]: memref<64x96xf32>
// CHECK:         %[[HAS:.+]] = arith.cmpi sge, %[[ROWS:.+]], %c4
// CHECK:         %[[END:.+]] = arith.select %[[HAS]], %c96, %c0
// CHECK:         scf.for %{{.+}} = %c0 to %[[END]] step %c8 {
// CHECK:           vector.load %[[W]]
// CHECK:           vector.store %{{.+}}, %[[PANELS:[a-z0-9_]+]][
// The blocks.
// CHECK:         %{{.+}}:12 = scf.for
// CHECK-COUNT-3:   vector.load %[[PANELS]]
// CHECK-COUNT-12:  vector.fma
// The rows behind them.
// CHECK:         %{{.+}}:12 = scf.for
// CHECK-COUNT-12:  vector.load %[[W]]
// CHECK-COUNT-12:  vector.fma
func.func @projects(%x: memref<?x64xf32>, %w: memref<64x96xf32> {attention.prepared = 0 : i64}, %o: memref<?x96xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<128x96xf32>
  %a = vector.transfer_read %x[%c0, %c0], %zero {in_bounds = [false, true]} : memref<?x64xf32>, vector<128x64xf32>
  %b = vector.transfer_read %w[%c0, %c0], %zero {in_bounds = [true, true]} : memref<64x96xf32>, vector<64x96xf32>
  %s = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %start : vector<128x64xf32>, vector<64x96xf32> into vector<128x96xf32>
  vector.transfer_write %s, %o[%c0, %c0] {in_bounds = [false, true]} : vector<128x96xf32>, memref<?x96xf32>
  return
}
