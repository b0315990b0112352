// RUN: attention-opt %s --attention-tiles-to-loops="matrix-bf16=true dot-bf16=true" --canonicalize --cse --split-input-file | FileCheck %s
// RUN: attention-opt %s --attention-tiles-to-loops="matrix-bf16=true vector-bits=256 registers=16" --canonicalize --cse --split-input-file | FileCheck %s --check-prefix=NARROW
// RUN: attention-opt %s --attention-tiles-to-loops="dot-bf16=true" --split-input-file | FileCheck %s --check-prefix=WITHOUT

// WITHOUT-NOT: llvm.x86.t

#row = affine_map<(m, n, k) -> (m, k)>
#column = affine_map<(m, n, k) -> (k, m)>
#nt = affine_map<(m, n, k) -> (n, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// A task configures the unit once. Blocks of two by two registers of sums, of two by one where columns are odd; whole rows of
// the left operand are read where they lie, and the right one is packed in columns of registers.
// CHECK-LABEL: func.func @keys
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: memref<?x64xbf16>
// CHECK:         scf.forall
// CHECK-NEXT:      %[[SIZES:.+]] = memref.alloca() {alignment = 64 : i64} : memref<64xi8>
// CHECK:           llvm.call_intrinsic "llvm.x86.ldtilecfg"
// CHECK-NOT:       ldtilecfg
// CHECK:           %[[PAIRS:.+]] = memref.alloca() {alignment = 64 : i64} : memref<5x32x32xbf16>
// CHECK-COUNT-64:  vector.shuffle {{.*}} : vector<16xi32>, vector<16xi32>
// CHECK-COUNT-16:  vector.store {{.*}}, %[[PAIRS]]
// CHECK-NOT:       memref<64x64xbf16>
// CHECK:           scf.for %{{.+}} = %c0 to %c64 step %c32
// CHECK:             scf.for %{{.+}} = %c0 to %c64 step %c32
// CHECK-COUNT-4:       llvm.call_intrinsic "llvm.x86.tilezero"
// CHECK:               scf.for %{{.+}} = %c0 to %c64 step %c32 {
// CHECK-COUNT-3:         llvm.call_intrinsic "llvm.x86.tileloadd64"
// CHECK-COUNT-2:         llvm.call_intrinsic "llvm.x86.tdpbf16ps"
// CHECK-COUNT-1:         llvm.call_intrinsic "llvm.x86.tileloadd64"
// CHECK-COUNT-2:         llvm.call_intrinsic "llvm.x86.tdpbf16ps"
// CHECK-COUNT-4:       llvm.call_intrinsic "llvm.x86.tilestored64"
// CHECK:           scf.for %{{.+}} = %c0 to %c64 step %c32 {
// CHECK-COUNT-2:     llvm.call_intrinsic "llvm.x86.tilezero"
// CHECK-COUNT-2:       llvm.call_intrinsic "llvm.x86.tdpbf16ps"
// CHECK-NOT:             llvm.call_intrinsic "llvm.x86.tdpbf16ps"
// CHECK-NOT:       vector.fma
// CHECK-NOT:       dpbf16ps.512
// CHECK:           llvm.call_intrinsic "llvm.x86.tilerelease"
// CHECK-NEXT:    }
// Registers of 256 bits transpose smaller squares into the same places.
// NARROW-LABEL:  func.func @keys
// NARROW-COUNT-24: vector.shuffle {{.*}} : vector<8xi32>, vector<8xi32>
// NARROW-COUNT-8:  vector.store {{.*}} : memref<5x32x32xbf16>, vector<16xbf16>
// NARROW:          llvm.x86.tdpbf16ps
func.func @keys(%q: memref<?x64xbf16>, %k: memref<?x64xbf16>, %o: memref<?x80xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : bf16
  %start = arith.constant dense<0.0> : vector<64x80xf32>
  scf.forall (%i) in (2) {
  %a = vector.transfer_read %q[%c0, %c0], %zero {in_bounds = [true, true]} : memref<?x64xbf16>, vector<64x64xbf16>
  %b = vector.transfer_read %k[%c0, %c0], %zero {in_bounds = [true, true]} : memref<?x64xbf16>, vector<80x64xbf16>
  %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %start : vector<64x64xbf16>, vector<80x64xbf16> into vector<64x80xf32>
  vector.transfer_write %s, %o[%c0, %c0] {in_bounds = [true, true]} : vector<64x80xf32>, memref<?x80xf32>
  }
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#column = affine_map<(m, n, k) -> (k, m)>
#nt = affine_map<(m, n, k) -> (n, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// Rows and pairs that are not there are zeros: of the right operand behind the depth, of the left one in a copy, which is made and
// read only if rows or depth do not fill registers. Sums start from what the result holds.
// CHECK-LABEL: func.func @values
// CHECK-DAG:     %[[PAIRS:.+]] = memref.alloca() {alignment = 64 : i64} : memref<2x32x32xbf16>
// CHECK-DAG:     %[[COPY:.+]] = memref.alloca() {alignment = 64 : i64} : memref<48x64xbf16>
// CHECK-DAG:     %[[SUMS:.+]] = memref.alloca() {alignment = 64 : i64} : memref<48x32xf32>
// CHECK-DAG:     %[[ZEROS:.+]] = arith.constant dense<0.000000e+00> : vector<32xbf16>
// CHECK:         vector.store {{.*}}, %[[SUMS]]
// CHECK:         vector.interleave
// CHECK:         vector.store %[[ZEROS]], %[[PAIRS]]
// CHECK:         %[[ODD:.+]] = arith.ori
// CHECK:         scf.if %[[ODD]] {
// CHECK:           vector.store {{.*}}, %[[COPY]]
// CHECK:           vector.maskedload {{.*}} into vector<16xbf16>
// CHECK:           vector.store {{.*}}, %[[COPY]]
// CHECK:         }
// CHECK:         llvm.call_intrinsic "llvm.x86.ldtilecfg"
// CHECK-COUNT-4: llvm.call_intrinsic "llvm.x86.tileloadd64"
// CHECK:         arith.select %[[ODD]]
// CHECK:         llvm.call_intrinsic "llvm.x86.tdpbf16ps"
// CHECK:         llvm.call_intrinsic "llvm.x86.tilerelease"
func.func @values(%w: memref<?x?xbf16>, %v: memref<?x32xbf16>, %acc: memref<48x32xf32>, %o: memref<48x32xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : bf16
  %wide = arith.constant 0.0 : f32
  %start = vector.transfer_read %acc[%c0, %c0], %wide {in_bounds = [true, true]} : memref<48x32xf32>, vector<48x32xf32>
  %a = vector.transfer_read %w[%c0, %c0], %zero {in_bounds = [false, false]} : memref<?x?xbf16>, vector<48x64xbf16>
  %b = vector.transfer_read %v[%c0, %c0], %zero {in_bounds = [false, true]} : memref<?x32xbf16>, vector<64x32xbf16>
  %s = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %start : vector<48x64xbf16>, vector<64x32xbf16> into vector<48x32xf32>
  vector.transfer_write %s, %o[%c0, %c0] {in_bounds = [true, true]} : vector<48x32xf32>, memref<48x32xf32>
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#column = affine_map<(m, n, k) -> (k, m)>
#nt = affine_map<(m, n, k) -> (n, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// Half a register of depth is always copied.
// CHECK-LABEL: func.func @half
// CHECK-DAG:     memref.alloca() {alignment = 64 : i64} : memref<1x32x32xbf16>
// CHECK-DAG:     %[[COPY:.+]] = memref.alloca() {alignment = 64 : i64} : memref<16x64xbf16>
// CHECK-NOT:     scf.if
// CHECK:         vector.store {{.*}}, %[[COPY]]
// CHECK:         llvm.x86.tdpbf16ps
// CHECK-NOT:     llvm.x86.tdpbf16ps
func.func @half(%q: memref<16x48xbf16>, %k: memref<16x48xbf16>, %o: memref<16x16xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : bf16
  %start = arith.constant dense<0.0> : vector<16x16xf32>
  %a = vector.transfer_read %q[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x48xbf16>, vector<16x48xbf16>
  %b = vector.transfer_read %k[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x48xbf16>, vector<16x48xbf16>
  %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %start : vector<16x48xbf16>, vector<16x48xbf16> into vector<16x16xf32>
  vector.transfer_write %s, %o[%c0, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, memref<16x16xf32>
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#column = affine_map<(m, n, k) -> (k, m)>
#nt = affine_map<(m, n, k) -> (n, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// Few rows, float32 and a left operand [k, m] are no business of tiles: nothing is configured.
// CHECK-LABEL: func.func @others
// CHECK-NOT:     llvm.x86.t
// CHECK-NOT:     llvm.x86.ldtilecfg
// CHECK:         return
func.func @others(%q: memref<8x64xbf16>, %k: memref<16x64xbf16>, %t: memref<64x16xbf16>, %f: memref<16x16xf32>, %o: memref<8x16xf32>, %p: memref<16x16xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : bf16
  %wide = arith.constant 0.0 : f32
  %few = arith.constant dense<0.0> : vector<8x16xf32>
  %start = arith.constant dense<0.0> : vector<16x16xf32>
  %a = vector.transfer_read %q[%c0, %c0], %zero {in_bounds = [true, true]} : memref<8x64xbf16>, vector<8x64xbf16>
  %b = vector.transfer_read %k[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x64xbf16>, vector<16x64xbf16>
  %c = vector.transfer_read %t[%c0, %c0], %zero {in_bounds = [true, true]} : memref<64x16xbf16>, vector<64x16xbf16>
  %d = vector.transfer_read %f[%c0, %c0], %wide {in_bounds = [true, true]} : memref<16x16xf32>, vector<16x16xf32>
  %x = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %few : vector<8x64xbf16>, vector<16x64xbf16> into vector<8x16xf32>
  %y = vector.contract {indexing_maps = [#column, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %c, %b, %start : vector<64x16xbf16>, vector<16x64xbf16> into vector<16x16xf32>
  %z = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %d, %d, %y : vector<16x16xf32>, vector<16x16xf32> into vector<16x16xf32>
  vector.transfer_write %x, %o[%c0, %c0] {in_bounds = [true, true]} : vector<8x16xf32>, memref<8x16xf32>
  vector.transfer_write %z, %p[%c0, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, memref<16x16xf32>
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// Rows of 1 KiB lie a line further apart: registers are 16 rows, which would share few sets of the first-level cache.
// CHECK-LABEL: func.func @spreads_rows
// CHECK:         memref.alloca() {alignment = 64 : i64} : memref<32x272xf32>
// CHECK:         memref.subview %{{.+}}[0, 0] [32, 256] [1, 1] : memref<32x272xf32> to memref<32x256xf32, strided<[272, 1]>>
// Of many columns, a stretch at a time that the cache keeps; of so few numbers a row, registers keep the rows meanwhile, and each
// of the right operand is loaded for all of them.
// CHECK:         scf.for %[[FROM:.+]] = %c0 to %c256 step %c128 {
// CHECK-NOT:       tilezero
// CHECK-COUNT-4:   llvm.call_intrinsic "llvm.x86.tileloadd64"(%c{{[2-5]}}_i8, %{{.+}}, %c128_i64)
// CHECK:           scf.for %{{.+}} = %[[FROM]] to %{{.+}} step %c16 {
// CHECK-COUNT-2:     llvm.call_intrinsic "llvm.x86.tilezero"
// CHECK:             llvm.call_intrinsic "llvm.x86.tileloadd64"(%c6_i8,
// CHECK-NEXT:        llvm.call_intrinsic "llvm.x86.tdpbf16ps"(%c0_i8, %c2_i8, %c6_i8)
// CHECK-NEXT:        llvm.call_intrinsic "llvm.x86.tdpbf16ps"(%c1_i8, %c3_i8, %c6_i8)
// CHECK:             llvm.call_intrinsic "llvm.x86.tileloadd64"(%c7_i8,
// CHECK-NEXT:        llvm.call_intrinsic "llvm.x86.tdpbf16ps"(%c0_i8, %c4_i8, %c7_i8)
// CHECK-NEXT:        llvm.call_intrinsic "llvm.x86.tdpbf16ps"(%c1_i8, %c5_i8, %c7_i8)
// CHECK-COUNT-2:     llvm.call_intrinsic "llvm.x86.tilestored64"
// CHECK:         math.exp2
func.func @spreads_rows(%q: memref<32x64xbf16>, %k: memref<256x64xbf16>, %o: memref<32x256xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : bf16
  %start = arith.constant dense<0.0> : vector<32x256xf32>
  %a = vector.transfer_read %q[%c0, %c0], %zero {in_bounds = [true, true]} : memref<32x64xbf16>, vector<32x64xbf16>
  %b = vector.transfer_read %k[%c0, %c0], %zero {in_bounds = [true, true]} : memref<256x64xbf16>, vector<256x64xbf16>
  %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %start : vector<32x64xbf16>, vector<256x64xbf16> into vector<32x256xf32>
  %e = math.exp2 %s : vector<32x256xf32>
  vector.transfer_write %e, %o[%c0, %c0] {in_bounds = [true, true]} : vector<32x256xf32>, memref<32x256xf32>
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// Sums that are carried and scaled row by row stay as they are where the factor is 1.
// CHECK-LABEL: func.func @scales_rows
// CHECK:         scf.for
// CHECK:           scf.for %[[ROW:.+]] = %c0 to %c32 step %c1 {
// CHECK:             %[[FACTOR:.+]] = memref.load %{{.+}}[%[[ROW]]]
// CHECK:             %[[CHANGES:.+]] = arith.cmpf une, %[[FACTOR]], %cst
// CHECK:             scf.if %[[CHANGES]] {
// CHECK:               arith.mulf {{.*}} : vector<16xf32>
// CHECK:           llvm.x86.tdpbf16ps
func.func @scales_rows(%w: memref<?x32x64xbf16>, %v: memref<?x64x64xbf16>, %f: memref<?x32xf32>, %o: memref<32x64xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %half = arith.constant 0.0 : bf16
  %zero = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<32x64xf32>
  %sums = scf.for %i = %c0 to %n step %c1 iter_args(%before = %start) -> (vector<32x64xf32>) {
    %a = vector.transfer_read %w[%i, %c0, %c0], %half {in_bounds = [true, true]} : memref<?x32x64xbf16>, vector<32x64xbf16>
    %b = vector.transfer_read %v[%i, %c0, %c0], %half {in_bounds = [true, true]} : memref<?x64x64xbf16>, vector<64x64xbf16>
    %g = vector.transfer_read %f[%i, %c0], %zero {in_bounds = [true]} : memref<?x32xf32>, vector<32xf32>
    %e = math.exp2 %g : vector<32xf32>
    %c = vector.shape_cast %e : vector<32xf32> to vector<32x1xf32>
    %factor = vector.broadcast %c : vector<32x1xf32> to vector<32x64xf32>
    %scaled = arith.mulf %before, %factor : vector<32x64xf32>
    %next = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %scaled : vector<32x64xbf16>, vector<64x64xbf16> into vector<32x64xf32>
    scf.yield %next : vector<32x64xf32>
  }
  vector.transfer_write %sums, %o[%c0, %c0] {in_bounds = [true, true]} : vector<32x64xf32>, memref<32x64xf32>
  return
}
