// Rows that lie in pairs are multiplied where they are: nothing is packed.
// RUN: attention-opt %s --attention-tiles-to-loops="dot-bf16=true" --canonicalize --cse | FileCheck %s
// RUN: attention-opt %s --attention-tiles-to-loops="matrix-bf16=true" --canonicalize --cse | FileCheck %s --check-prefix=UNIT

#row = affine_map<(m, n, k) -> (m, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: func.func @in_place
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<64x32xbf16>, %[[W:[a-z0-9]+]]: memref<4x16x64xbf16>
// CHECK-NOT:     vector.interleave
// CHECK:         %[[PANEL:.+]] = memref.reinterpret_cast %[[W]] {{.*}} to memref<16x64xbf16, strided<[64, 1], offset: ?>>
// CHECK:         scf.for %[[PAIR:.+]] = %c0 to %c16 step %c1
// CHECK:           vector.load %[[PANEL]][%[[PAIR]],
// CHECK:           avx512bf16.dpbf16ps
// CHECK-NOT:     vector.interleave
// A register of a matrix unit takes 16 columns of 16 pairs.
// UNIT-LABEL: func.func @in_place
// UNIT-NOT:     vector.interleave
// UNIT:         tileloadd64
// UNIT:         tdpbf16ps
// UNIT-NOT:     vector.interleave
func.func @in_place(%x: memref<64x32xbf16>, %w: memref<4x16x64xbf16>, %o: memref<4x64x32xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : bf16
  %start = arith.constant dense<0.0> : vector<64x32xf32>
  scf.forall (%panel) in (4) {
    %a = vector.transfer_read %x[%c0, %c0], %zero {in_bounds = [true, true]} : memref<64x32xbf16>, vector<64x32xbf16>
    %p = vector.transfer_read %w[%panel, %c0, %c0], %zero {in_bounds = [true, true]} : memref<4x16x64xbf16>, vector<16x64xbf16>
    %b = attention.split_pairs %p : vector<16x64xbf16> to vector<32x32xbf16>
    %s = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %start : vector<64x32xbf16>, vector<32x32xbf16> into vector<64x32xf32>
    vector.transfer_write %s, %o[%panel, %c0, %c0] {in_bounds = [true, true]} : vector<64x32xf32>, memref<4x64x32xf32>
  }
  return
}
