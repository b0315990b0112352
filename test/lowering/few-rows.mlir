// Few rows stay in registers while those of the right operand come, each to its end before the next: as many as half the registers of AVX-512
// hold. Others are read beside each register of the right operand, in a loop.
// RUN: attention-opt %s --attention-tiles-to-loops --canonicalize --cse --split-input-file | FileCheck %s
// RUN: attention-opt %s --attention-tiles-to-loops="vector-bits=256 registers=16" --canonicalize --cse --split-input-file | FileCheck %s --check-prefix=AVX2
// RUN: attention-opt %s --attention-tiles-to-loops="vector-bits=256 registers=16 asks-for-rows=true" --canonicalize --cse --split-input-file | FileCheck %s --check-prefix=ASKED

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// Two of four rows at a time, and sums of eight rows of the right operand in one register.
// CHECK-LABEL: func.func @two_at_a_time
// CHECK:         scf.for %[[ROW:.+]] = %c0 to %c4 step %c2
// CHECK-COUNT-16:  vector.load {{.*}} : memref<4x128xf32{{.*}}>, vector<16xf32>
// CHECK-NOT:       scf.for
// CHECK-COUNT-8:   vector.load {{.*}} : memref<8x128xf32{{.*}}>, vector<16xf32>
// CHECK:           llvm.inline_asm has_side_effects "", "=v,=v,0,1,~{memory}"
// CHECK-COUNT-7:   llvm.inline_asm
// CHECK-NOT:       llvm.inline_asm
// CHECK-COUNT-2:   vector.extract_strided_slice %{{.+}} {offsets = [{{.*}}], sizes = [8], strides = [1]}
// AVX2-LABEL: func.func @two_at_a_time
// AVX2:         scf.for %{{.+}} = %c0 to %c8 step %c2
// AVX2:           scf.for %{{.+}} = %c0 to %c128 step %c8
// AVX2-COUNT-4:     vector.fma
// AVX2-NOT:     llvm.inline_asm
func.func @two_at_a_time(%q: memref<4x128xf32>, %k: memref<8x128xf32>, %o: memref<4x8xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<4x8xf32>
  %a = vector.transfer_read %q[%c0, %c0], %zero {in_bounds = [true, true]} : memref<4x128xf32>, vector<4x128xf32>
  %b = vector.transfer_read %k[%c0, %c0], %zero {in_bounds = [true, true]} : memref<8x128xf32>, vector<8x128xf32>
  %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %start : vector<4x128xf32>, vector<8x128xf32> into vector<4x8xf32>
  vector.transfer_write %s, %o[%c0, %c0] {in_bounds = [true, true]} : vector<4x8xf32>, memref<4x8xf32>
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// No row of 32 registers stays.
// CHECK-LABEL: func.func @wide
// CHECK:         scf.for %{{.+}} = %c0 to %c16 step %c4
// CHECK:           scf.for %{{.+}} = %c0 to %c512 step %c16
// CHECK-COUNT-4:     vector.fma
// CHECK-NOT:     llvm.inline_asm
func.func @wide(%q: memref<4x512xf32>, %k: memref<16x512xf32>, %o: memref<4x16xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<4x16xf32>
  %a = vector.transfer_read %q[%c0, %c0], %zero {in_bounds = [true, true]} : memref<4x512xf32>, vector<4x512xf32>
  %b = vector.transfer_read %k[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x512xf32>, vector<16x512xf32>
  %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %start : vector<4x512xf32>, vector<16x512xf32> into vector<4x16xf32>
  vector.transfer_write %s, %o[%c0, %c0] {in_bounds = [true, true]} : vector<4x16xf32>, memref<4x16xf32>
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// Rows [k, n] are taken whole: by two rows of sums, which fill half of AVX-512's registers. Sixteen registers do not hold a row: half of one is
// taken, not a line of each.
// CHECK-LABEL: func.func @values
// CHECK:         scf.for %{{.+}} = %c0 to %c4 step %c2
// CHECK:           %{{.+}}:16 = scf.for %{{.+}} = %c0 to %c8 step %c1
// AVX2-LABEL: func.func @values
// AVX2:         scf.for %{{.+}} = %c0 to %c128 step %c64
// AVX2:           scf.for %{{.+}} = %c0 to %c4 step %c1
// AVX2:             %{{.+}}:8 = scf.for %{{.+}} = %c0 to %c8 step %c1
// ASKED-LABEL: func.func @values
// ASKED:         scf.for %{{.+}} = %c0 to %c128 step %c64
func.func @values(%w: memref<4x8xf32>, %v: memref<8x128xf32>, %o: memref<4x128xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<4x128xf32>
  %a = vector.transfer_read %w[%c0, %c0], %zero {in_bounds = [true, true]} : memref<4x8xf32>, vector<4x8xf32>
  %b = vector.transfer_read %v[%c0, %c0], %zero {in_bounds = [true, true]} : memref<8x128xf32>, vector<8x128xf32>
  %s = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %start : vector<4x8xf32>, vector<8x128xf32> into vector<4x128xf32>
  vector.transfer_write %s, %o[%c0, %c0] {in_bounds = [true, true]} : vector<4x128xf32>, memref<4x128xf32>
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// Half numbers are widened where they lie, once for all four rows; in scratch where each row would widen them anew. Where rows were asked for, all
// four take two registers of each instead.
// CHECK-LABEL: func.func @widened
// CHECK-NOT:     memref.alloca() {{.*}} : memref<8x64xf32>
// CHECK:         %{{.+}}:16 = scf.for %{{.+}} = %c0 to %c8 step %c1
// CHECK:           vector.load {{.*}} : memref<8x64xf16>, vector<16xf16>
// CHECK:           arith.extf {{.*}} : vector<16xf16> to vector<16xf32>
// AVX2-LABEL: func.func @widened
// AVX2:         memref.alloca() {{.*}} : memref<8x64xf32>
// ASKED-LABEL: func.func @widened
// ASKED-NOT:     memref.alloca() {{.*}} : memref<8x64xf32>
// ASKED:         scf.for %{{.+}} = %c0 to %c64 step %c16
// ASKED:           %{{.+}}:8 = scf.for %{{.+}} = %c0 to %c8 step %c1
// ASKED-COUNT-2:     arith.extf {{.*}} : vector<8xf16> to vector<8xf32>
// ASKED-NOT:         arith.extf
// ASKED-COUNT-8:     vector.fma
func.func @widened(%w: memref<4x8xf32>, %v: memref<8x64xf16>, %o: memref<4x64xf32>) {
  %c0 = arith.constant 0 : index
  %half = arith.constant 0.0 : f16
  %zero = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<4x64xf32>
  %a = vector.transfer_read %w[%c0, %c0], %zero {in_bounds = [true, true]} : memref<4x8xf32>, vector<4x8xf32>
  %b = vector.transfer_read %v[%c0, %c0], %half {in_bounds = [true, true]} : memref<8x64xf16>, vector<8x64xf16>
  %e = arith.extf %b : vector<8x64xf16> to vector<8x64xf32>
  %s = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %e, %start : vector<4x8xf32>, vector<8x64xf32> into vector<4x64xf32>
  vector.transfer_write %s, %o[%c0, %c0] {in_bounds = [true, true]} : vector<4x64xf32>, memref<4x64xf32>
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// Seven rows are four and three, in both products: none goes alone.
// CHECK-LABEL: func.func @seven
// CHECK:         scf.for %{{.+}} = %c0 to %c8 step %c4
// CHECK-COUNT-4:   llvm.inline_asm has_side_effects "", "=v,=v,=v,=v,0,1,2,3,~{memory}"
// CHECK:         scf.for %{{.+}} = %c0 to %c8 step %c4
// CHECK-COUNT-4:   llvm.inline_asm has_side_effects "", "=v,=v,=v,0,1,2,~{memory}"
// CHECK:         %{{.+}}:16 = scf.for %{{.+}} = %c0 to %c8 step %c1
// CHECK:         %{{.+}}:12 = scf.for %{{.+}} = %c0 to %c8 step %c1
// ASKED-LABEL: func.func @seven
// ASKED:         scf.for %{{.+}} = %c0 to %c8 step %c2
// ASKED:           %{{.+}}:8 = scf.for %{{.+}} = %c0 to %c64 step %c8
// ASKED:         scf.for %{{.+}} = %c0 to %c8 step %c2
// ASKED:           %{{.+}}:6 = scf.for %{{.+}} = %c0 to %c64 step %c8
// ASKED:         scf.for %{{.+}} = %c0 to %c7 step %c1
// ASKED:           %{{.+}}:8 = scf.for %{{.+}} = %c0 to %c8 step %c1
func.func @seven(%q: memref<7x64xf32>, %k: memref<8x64xf32>, %v: memref<8x64xf32>, %o: memref<7x64xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %scores = arith.constant dense<0.0> : vector<7x8xf32>
  %start = arith.constant dense<0.0> : vector<7x64xf32>
  %a = vector.transfer_read %q[%c0, %c0], %zero {in_bounds = [true, true]} : memref<7x64xf32>, vector<7x64xf32>
  %b = vector.transfer_read %k[%c0, %c0], %zero {in_bounds = [true, true]} : memref<8x64xf32>, vector<8x64xf32>
  %c = vector.transfer_read %v[%c0, %c0], %zero {in_bounds = [true, true]} : memref<8x64xf32>, vector<8x64xf32>
  %w = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %scores : vector<7x64xf32>, vector<8x64xf32> into vector<7x8xf32>
  %s = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %w, %c, %start : vector<7x8xf32>, vector<8x64xf32> into vector<7x64xf32>
  vector.transfer_write %s, %o[%c0, %c0] {in_bounds = [true, true]} : vector<7x64xf32>, memref<7x64xf32>
  return
}
