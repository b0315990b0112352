// RUN: attention-opt %s -attention-strip-tiles -cse -split-input-file | FileCheck %s

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// A long sum goes strip by strip; what is computed for it, too: here rows are scaled by a column, and by a row.
// CHECK-LABEL: func.func @contraction(
// CHECK:         scf.forall
// CHECK-NOT:       vector<16x384xf32>
// CHECK:           scf.for %[[K:.*]] = %c0{{.*}} to %c384{{.*}} step %c64{{.*}} iter_args(%[[SUM:.*]] = %{{.*}}) -> (vector<16x48xf32>)
// CHECK:             %[[AT:.*]] = arith.addi %c0, %[[K]]
// CHECK:             %[[X:.*]] = vector.transfer_read %{{.*}}[%{{.*}}, %[[AT]]], %{{.*}} {in_bounds = [false, true]} : memref<?x384xf32>, vector<16x64xf32>
// CHECK:             %[[G:.*]] = vector.transfer_read %{{.*}}[%[[AT]]], %{{.*}} : memref<384xf32>, vector<64xf32>
// CHECK:             vector.broadcast %[[G]] : vector<64xf32> to vector<16x64xf32>
// CHECK:             vector.broadcast %{{.*}} : vector<16x1xf32> to vector<16x64xf32>
// CHECK:             %[[W:.*]] = vector.transfer_read %{{.*}}[%c0, %[[AT]]], %{{.*}} : memref<48x384xf32>, vector<48x64xf32>
// CHECK:             vector.contract {{.*}} %{{.*}}, %[[W]], %[[SUM]] : vector<16x64xf32>, vector<48x64xf32> into vector<16x48xf32>
func.func @contraction(%x: memref<?x384xf32>, %w: memref<48x384xf32>, %g: memref<384xf32>, %s: memref<?xf32>, %y: memref<?x48xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %zeros = arith.constant dense<0.0> : vector<16x48xf32>
  scf.forall (%i) in (4) {
    %a = vector.transfer_read %x[%i, %c0], %zero {in_bounds = [false, true]} : memref<?x384xf32>, vector<16x384xf32>
    %b = vector.transfer_read %w[%c0, %c0], %zero {in_bounds = [true, true]} : memref<48x384xf32>, vector<48x384xf32>
    %gain = vector.transfer_read %g[%c0], %zero {in_bounds = [true]} : memref<384xf32>, vector<384xf32>
    %gains = vector.broadcast %gain : vector<384xf32> to vector<16x384xf32>
    %scale = vector.transfer_read %s[%i], %zero : memref<?xf32>, vector<16xf32>
    %column = vector.shape_cast %scale : vector<16xf32> to vector<16x1xf32>
    %scales = vector.broadcast %column : vector<16x1xf32> to vector<16x384xf32>
    %0 = arith.mulf %a, %gains : vector<16x384xf32>
    %1 = arith.mulf %0, %scales : vector<16x384xf32>
    %c = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %1, %b, %zeros : vector<16x384xf32>, vector<48x384xf32> into vector<16x48xf32>
    vector.transfer_write %c, %y[%i, %c0] {in_bounds = [false, true]} : vector<16x48xf32>, memref<?x48xf32>
  }
  return
}

// -----

// Reductions of rows, and writes; strips divide the width.
// CHECK-LABEL: func.func @rows(
// CHECK:         scf.forall
// CHECK-NOT:       vector<16x304xf32>
// CHECK:           %[[SUM:.*]] = scf.for {{.*}} step %c16{{.*}} -> (vector<16xf32>)
// CHECK:             vector.multi_reduction <add>, %{{.*}}, %{{.*}} [1] : vector<16x16xf32> to vector<16xf32>
// CHECK:           scf.for %[[K:.*]] = %c0{{.*}} to %c304
// CHECK:             %[[AT:.*]] = arith.addi %c0, %[[K]]
// CHECK:             vector.transfer_write %{{.*}}, %{{.*}}[%{{.*}}, %[[AT]]] {in_bounds = [false, true]} : vector<16x16xf32>, memref<?x304xf32>
func.func @rows(%x: memref<?x304xf32>, %y: memref<?x304xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %zeros = arith.constant dense<0.0> : vector<16xf32>
  scf.forall (%i) in (4) {
    %a = vector.transfer_read %x[%i, %c0], %zero {in_bounds = [false, true]} : memref<?x304xf32>, vector<16x304xf32>
    %sum = vector.multi_reduction <add>, %a, %zeros [1] : vector<16x304xf32> to vector<16xf32>
    %column = vector.shape_cast %sum : vector<16xf32> to vector<16x1xf32>
    %sums = vector.broadcast %column : vector<16x1xf32> to vector<16x304xf32>
    %0 = arith.subf %a, %sums : vector<16x304xf32>
    vector.transfer_write %0, %y[%i, %c0] {in_bounds = [false, true]} : vector<16x304xf32>, memref<?x304xf32>
  }
  return
}

// -----

// What is written meanwhile is not read later than it was.
// CHECK-LABEL: func.func @keeps(
// CHECK:         vector.transfer_read {{.*}} vector<16x128xf32>
// CHECK:         vector.transfer_write {{.*}} vector<16x128xf32>
// CHECK:         vector.transfer_write {{.*}} vector<16x128xf32>
func.func @keeps(%x: memref<?x128xf32>, %y: memref<?x128xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %zeros = arith.constant dense<0.0> : vector<16x128xf32>
  scf.forall (%i) in (4) {
    %a = vector.transfer_read %x[%i, %c0], %zero {in_bounds = [false, true]} : memref<?x128xf32>, vector<16x128xf32>
    scf.for %j = %c0 to %i step %i {
      vector.transfer_write %a, %x[%j, %c0] {in_bounds = [false, true]} : vector<16x128xf32>, memref<?x128xf32>
    }
    vector.transfer_write %a, %y[%i, %c0] {in_bounds = [false, true]} : vector<16x128xf32>, memref<?x128xf32>
  }
  return
}
