// RUN: attention-opt %s --attention-explain-kernels --split-input-file --verify-diagnostics | FileCheck %s
// RUN: attention-opt %s --attention-explain-kernels="dot-bf16=true" --split-input-file 2>&1 | FileCheck %s --check-prefix=PAIRS
// RUN: attention-opt %s --attention-explain-kernels="matrix-bf16=true" --split-input-file 2>&1 | FileCheck %s --check-prefix=UNIT

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// 64 x 48 x 64 products in registers of 16; 48 x 64 elements are transposed (6 instructions each register), 64 x 48 exponentials cost 14 each.
// Nothing is changed.
// CHECK-LABEL: func.func @products
// CHECK:         vector.contract
func.func @products(%a: memref<?x64xf32>, %b: memref<?x64xf32>, %o: memref<?x48xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<64x48xf32>
  // expected-remark @below {{kernel of 1-dimensional tasks: a visit multiplies 64x48x64 f32 in blocks of 8x48, packed; of 16320 vector instructions 12288 multiply, 2688 compute functions, 1152 pack, 192 work on elements; at best 0.86 of the peak; tiles of 40 KiB fit the second cache}}
  scf.forall (%i) in (4) {
    %x = vector.transfer_read %a[%i, %c0], %zero {in_bounds = [true, true]} : memref<?x64xf32>, vector<64x64xf32>
    %y = vector.transfer_read %b[%c0, %c0], %zero {in_bounds = [true, true]} : memref<?x64xf32>, vector<48x64xf32>
    %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %x, %y, %start : vector<64x64xf32>, vector<48x64xf32> into vector<64x48xf32>
    %e = math.exp2 %s : vector<64x48xf32>
    %t = arith.addf %e, %s : vector<64x48xf32>
    vector.transfer_write %t, %o[%i, %c0] {in_bounds = [true, true]} : vector<64x48xf32>, memref<?x48xf32>
  }
  return
}

// -----

// A row alone waits for what it reads.
// CHECK-LABEL: func.func @row
func.func @row(%a: memref<?x64xf32>, %b: memref<?x64xf32>, %o: memref<?x48xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<1x48xf32>
  // expected-remark @below {{a visit multiplies 1x48x64 f32 in blocks of 1x16; of 192 vector instructions 192 multiply; memory bounds it; tiles of 12 KiB fit the first cache}}
  scf.forall (%i) in (4) {
    %x = vector.transfer_read %a[%i, %c0], %zero {in_bounds = [true, true]} : memref<?x64xf32>, vector<1x64xf32>
    %y = vector.transfer_read %b[%c0, %c0], %zero {in_bounds = [true, true]} : memref<?x64xf32>, vector<48x64xf32>
    %s = vector.contract {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %x, %y, %start : vector<1x64xf32>, vector<48x64xf32> into vector<1x48xf32>
    vector.transfer_write %s, %o[%i, %c0] {in_bounds = [true, true]} : vector<1x48xf32>, memref<?x48xf32>
  }
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// Pairs of bf16 are two products each, and packed by rows; a matrix unit multiplies 16 x 16 x 32 at once, in 16 cycles.
// UNIT: remark: kernel of 1-dimensional tasks: a visit multiplies 64x48x64 bf16 by the matrix unit in blocks of 32x32, packed; of 960 vector instructions 384 multiply (24 products of tiles, as 16 each), 576 pack; at best 0.57 of the peak
// PAIRS: remark: kernel of 1-dimensional tasks: a visit multiplies 64x48x64 bf16 in blocks of 8x48, packed; of 6720 vector instructions 6144 multiply, 576 pack; at best 0.96 of the peak
// CHECK-LABEL: func.func @pairs
func.func @pairs(%a: memref<?x64xbf16>, %b: memref<?x48xbf16>, %o: memref<?x48xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : bf16
  %start = arith.constant dense<0.0> : vector<64x48xf32>
  // expected-remark @below {{a visit multiplies 64x48x64 f32 in blocks of 8x48; of 12288 vector instructions 12288 multiply; at best 1.00 of the peak}}
  scf.forall (%i) in (4) {
    %x = vector.transfer_read %a[%i, %c0], %zero {in_bounds = [true, true]} : memref<?x64xbf16>, vector<64x64xbf16>
    %y = vector.transfer_read %b[%c0, %c0], %zero {in_bounds = [true, true]} : memref<?x48xbf16>, vector<64x48xbf16>
    %s = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %x, %y, %start : vector<64x64xbf16>, vector<64x48xbf16> into vector<64x48xf32>
    vector.transfer_write %s, %o[%i, %c0] {in_bounds = [true, true]} : vector<64x48xf32>, memref<?x48xf32>
  }
  return
}

// -----

// CHECK-LABEL: func.func @copy
func.func @copy(%a: memref<?x64xf32>, %o: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  // expected-remark @below {{kernel of 1-dimensional tasks multiplies nothing: memory bounds it}}
  scf.forall (%i) in (4) {
    %x = vector.transfer_read %a[%i, %c0], %zero {in_bounds = [true, true]} : memref<?x64xf32>, vector<16x64xf32>
    vector.transfer_write %x, %o[%i, %c0] {in_bounds = [true, true]} : vector<16x64xf32>, memref<?x64xf32>
  }
  return
}
