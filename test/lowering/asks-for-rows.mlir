// Few rows take those of keys one after the other. A processor that foresees them asks for none; another one asks for what the next iteration
// reads in place of each register. With few registers, which several passes would ask for, each block asks for its share of the next tile, and two
// rows, which were asked for before, share each register of queries.
// RUN: attention-opt %s --attention-tiles-to-loops="asks-for-rows=true" --canonicalize --cse | FileCheck %s
// RUN: attention-opt %s --attention-tiles-to-loops="asks-for-rows=true vector-bits=256 registers=16" --canonicalize --cse | FileCheck %s --check-prefix=BLOCKS
// RUN: attention-opt %s --attention-tiles-to-loops --canonicalize --cse | FileCheck %s --check-prefix=FORESEEN --implicit-check-not=memref.prefetch

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// FORESEEN-LABEL: func.func @scores
// CHECK-LABEL: func.func @scores
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: memref<4x64xf32>, %[[K:[a-z0-9]+]]: memref<?x64xf32>
// CHECK-SAME:    %[[N:[a-z0-9]+]]: index
// CHECK:         scf.for %[[KEY:.+]] = %c0 to %[[N]] step %c16
// CHECK:           %[[NEXT:.+]] = arith.addi %[[KEY]], %c16
// CHECK:           scf.for %[[COLUMN:.+]] = %c0 to %c16 step %c4
// CHECK:             %[[ROW:.+]] = arith.addi %[[NEXT]], %[[COLUMN]]
// CHECK:             memref.prefetch %[[K]][%[[ROW]], %c0], read, locality<3>, data
// CHECK-COUNT-4:     vector.fma
// CHECK:             memref.prefetch %[[K]][%[[ROW]], %c16], read, locality<3>, data
//
// BLOCKS-LABEL: func.func @scores
// BLOCKS-SAME:    %[[Q:[a-z0-9]+]]: memref<4x64xf32>, %[[K:[a-z0-9]+]]: memref<?x64xf32>
// BLOCKS:         scf.for %[[KEY:.+]] = %c0
// BLOCKS:           %[[NEXT:.+]] = arith.addi %[[KEY]], %c16
// BLOCKS:           scf.for %[[COLUMN:.+]] = %c0 to %c16 step %c2 {
// BLOCKS:             %[[ROW:.+]] = arith.addi %[[NEXT]], %{{.+}}
// BLOCKS-COUNT-4:     memref.prefetch %[[K]][%[[ROW]], %{{.+}}], read, locality<3>, data
// BLOCKS:             scf.for
// BLOCKS-COUNT-6:       vector.load
// BLOCKS-COUNT-8:       vector.fma
// BLOCKS-NOT:           prefetch
// BLOCKS:               scf.yield
func.func @scores(%q: memref<4x64xf32>, %k: memref<?x64xf32>, %o: memref<?x4x16xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<4x16xf32>
  scf.for %key = %c0 to %n step %c16 {
    %a = vector.transfer_read %q[%c0, %c0], %zero {in_bounds = [true, true]} : memref<4x64xf32>, vector<4x64xf32>
    %b = vector.transfer_read %k[%key, %c0], %zero {in_bounds = [true, true]} : memref<?x64xf32>, vector<16x64xf32>
    %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %start : vector<4x64xf32>, vector<16x64xf32> into vector<4x16xf32>
    vector.transfer_write %s, %o[%key, %c0, %c0] {in_bounds = [true, true]} : vector<4x16xf32>, memref<?x4x16xf32>
  }
  return
}
