// A vector that is wanted per row of one tile and per column of another: threads compute a function of it once, in the layout in
// which each of them has fewer elements, and exchange what they found.
// RUN: attention-opt --attention-tiles-to-warps --canonicalize --cse %s -split-input-file | FileCheck %s

// A grid of four by two warps: two elements of a thread per row, eight per column.
// CHECK-LABEL: llvm.func @by_row_0(
// CHECK: math.exp {{.*}} : vector<2xf64>
// CHECK-NOT: math.exp
// CHECK: nvvm.barrier0
// CHECK: llvm.return
func.func @by_row(%a: memref<64x64xf64>, %o: memref<64x64xf64>, %p: memref<64x64xf64>) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : f64
  %none = arith.constant dense<0.0> : vector<64xf64>
  scf.forall (%i) in (2) {
    %x = vector.transfer_read %a[%c0, %c0], %pad {in_bounds = [true, true]} : memref<64x64xf64>, vector<64x64xf64>
    %sums = vector.multi_reduction <add>, %x, %none [0] : vector<64x64xf64> to vector<64xf64>
    %e = math.exp %sums : vector<64xf64>
    %row = vector.broadcast %e : vector<64xf64> to vector<64x64xf64>
    %y = arith.mulf %x, %row : vector<64x64xf64>
    vector.transfer_write %y, %o[%c0, %c0] {in_bounds = [true, true]} : vector<64x64xf64>, memref<64x64xf64>
    %column = vector.shape_cast %e : vector<64xf64> to vector<64x1xf64>
    %spread = vector.broadcast %column : vector<64x1xf64> to vector<64x64xf64>
    %z = arith.mulf %x, %spread : vector<64x64xf64>
    vector.transfer_write %z, %p[%c0, %c0] {in_bounds = [true, true]} : vector<64x64xf64>, memref<64x64xf64>
  }
  return
}

// -----

// Sixteen rows by 256 columns, in a row of eight warps: 32 elements per row, eight per column.
// CHECK-LABEL: llvm.func @by_column_0(
// CHECK: math.exp {{.*}} : vector<8xf64>
// CHECK-NOT: math.exp
// CHECK: llvm.return
#row = affine_map<(m, n, k) -> (m, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
func.func @by_column(%a: memref<16x256xf64>, %b: memref<256x16xf64>, %o: memref<16x16xf64>) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : f64
  %none = arith.constant dense<0.0> : vector<256xf64>
  %nothing = arith.constant dense<0.0> : vector<16x16xf64>
  scf.forall (%i) in (2) {
    %x = vector.transfer_read %a[%c0, %c0], %pad {in_bounds = [true, true]} : memref<16x256xf64>, vector<16x256xf64>
    %w = vector.transfer_read %b[%c0, %c0], %pad {in_bounds = [true, true]} : memref<256x16xf64>, vector<256x16xf64>
    %sums = vector.multi_reduction <add>, %x, %none [0] : vector<16x256xf64> to vector<256xf64>
    %e = math.exp %sums : vector<256xf64>
    %row = vector.broadcast %e : vector<256xf64> to vector<16x256xf64>
    %y = arith.mulf %x, %row : vector<16x256xf64>
    %column = vector.shape_cast %e : vector<256xf64> to vector<256x1xf64>
    %spread = vector.broadcast %column : vector<256x1xf64> to vector<256x16xf64>
    %z = arith.mulf %w, %spread : vector<256x16xf64>
    %p = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %y, %z, %nothing : vector<16x256xf64>, vector<256x16xf64> into vector<16x16xf64>
    vector.transfer_write %p, %o[%c0, %c0] {in_bounds = [true, true]} : vector<16x16xf64>, memref<16x16xf64>
  }
  return
}
