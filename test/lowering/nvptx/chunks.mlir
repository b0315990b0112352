// What chunks of tokens bring: a left operand that is stored by columns, and a triangular system.
// RUN: attention-opt --attention-tiles-to-warps --canonicalize --cse %s -split-input-file -verify-diagnostics | FileCheck %s

#column = affine_map<(m, n, k) -> (k, m)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// Both operands in shared memory, the left one transposed on the way to registers.
// CHECK-LABEL: llvm.func @columns_0(
// CHECK: scf.for
// CHECK-COUNT-2: nvvm.ldmatrix {{.*}} layout = #nvvm.mma_layout<col>
// CHECK: nvvm.mma.sync
func.func @columns(%a: memref<32x16xbf16>, %b: memref<32x16xbf16>, %o: memref<16x16xf32>) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : bf16
  scf.forall (%i) in (2) {
    %left = vector.transfer_read %a[%c0, %c0], %pad {in_bounds = [true, true]} : memref<32x16xbf16>, vector<32x16xbf16>
    %right = vector.transfer_read %b[%c0, %c0], %pad {in_bounds = [true, true]} : memref<32x16xbf16>, vector<32x16xbf16>
    %zero = arith.constant dense<0.0> : vector<16x16xf32>
    %product = vector.contract {indexing_maps = [#column, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %left, %right, %zero : vector<32x16xbf16>, vector<32x16xbf16> into vector<16x16xf32>
    vector.transfer_write %product, %o[%c0, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, memref<16x16xf32>
  }
  return
}

// -----

// Each thread solves its own columns, 16 rows at a time: what the rows before give, four at a time, then the triangle. The
// solution is read back as a fragment to be written.
// CHECK-LABEL: llvm.func @solve_0(
// CHECK: nvvm.barrier0
// CHECK: scf.for
// CHECK:   scf.for
// CHECK:     scf.for {{.*}} iter_args
// CHECK-COUNT-64:   math.fma
// CHECK-NOT:      math.fma
// CHECK:          scf.yield
// CHECK-COUNT-120: math.fma
// CHECK-NOT:    math.fma
// CHECK: nvvm.barrier0
// CHECK-COUNT-16: llvm.load {{.*}} -> vector<2xf32>
func.func @solve(%a: memref<32x32xf32>, %b: memref<32x64xf32>) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : f32
  scf.forall (%i) in (2) {
    %pairs = vector.transfer_read %a[%c0, %c0], %pad {in_bounds = [true, true]} : memref<32x32xf32>, vector<32x32xf32>
    %right = vector.transfer_read %b[%c0, %c0], %pad {in_bounds = [true, true]} : memref<32x64xf32>, vector<32x64xf32>
    %y = attention.solve_forward %pairs, %right : vector<32x32xf32>, vector<32x64xf32>
    vector.transfer_write %y, %b[%c0, %c0] {in_bounds = [true, true]} : vector<32x64xf32>, memref<32x64xf32>
  }
  return
}

// -----

func.func @half(%a: memref<16x16xbf16>) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : bf16
  scf.forall (%i) in (2) {
    %tile = vector.transfer_read %a[%c0, %c0], %pad {in_bounds = [true, true]} : memref<16x16xbf16>, vector<16x16xbf16>
    // expected-error @+1 {{expects systems of f32 or f64 with rows in multiples of 16, but got vector<16x16xbf16>}}
    %y = attention.solve_forward %tile, %tile : vector<16x16xbf16>, vector<16x16xbf16>
    vector.transfer_write %y, %a[%c0, %c0] {in_bounds = [true, true]} : vector<16x16xbf16>, memref<16x16xbf16>
  }
  return
}

// -----

#column = affine_map<(m, n, k) -> (k, m)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
func.func @narrow(%a: memref<16x8xbf16>, %o: memref<8x16xf32>) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : bf16
  scf.forall (%i) in (2) {
    %left = arith.constant dense<1.0> : vector<16x16xbf16>
    %right = vector.transfer_read %a[%c0, %c0], %pad : memref<16x8xbf16>, vector<16x16xbf16>
    %zero = arith.constant dense<0.0> : vector<16x16xf32>
    // expected-error @+1 {{expects operands [m, k] or [k, m], and [n, k] or [k, n], but got other maps}}
    %product = vector.contract {indexing_maps = [#column, #nn, affine_map<(m, n, k) -> (n, m)>], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %left, %right, %zero : vector<16x16xbf16>, vector<16x16xbf16> into vector<16x16xf32>
    vector.transfer_write %product, %o[%c0, %c0] : vector<16x16xf32>, memref<8x16xf32>
  }
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// Rows in pairs are for processors that multiply those: no GPU does.
func.func @pairs(%x: memref<16x32xbf16>, %w: memref<2x16x64xbf16>, %o: memref<2x16x32xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : bf16
  %start = arith.constant dense<0.0> : vector<16x32xf32>
  scf.forall (%i) in (2) {
    %a = vector.transfer_read %x[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x32xbf16>, vector<16x32xbf16>
    %p = vector.transfer_read %w[%i, %c0, %c0], %zero {in_bounds = [true, true]} : memref<2x16x64xbf16>, vector<16x64xbf16>
    // expected-error @below {{expects an operation on tiles that the tile level has, but got attention.split_pairs}}
    %r = attention.split_pairs %p : vector<16x64xbf16> to vector<32x32xbf16>
    %s = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %r, %start : vector<16x32xbf16>, vector<32x32xbf16> into vector<16x32xf32>
    vector.transfer_write %s, %o[%i, %c0, %c0] {in_bounds = [true, true]} : vector<16x32xf32>, memref<2x16x32xf32>
  }
  return
}
