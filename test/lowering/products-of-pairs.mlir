// RUN: attention-opt %s --attention-tiles-to-loops="dot-bf16=true" --canonicalize --cse --split-input-file | FileCheck %s
// RUN: attention-opt %s --attention-tiles-to-loops --split-input-file | FileCheck %s --check-prefix=WITHOUT
// RUN: not attention-opt %s --attention-tiles-to-loops="dot-bf16=true vector-bits=256" --split-input-file 2>&1 | FileCheck %s --check-prefix=NARROW

// WITHOUT-NOT: dpbf16ps
// NARROW: expects vectors of 512 bits where pairs of bf16 are multiplied, but got 256

#row = affine_map<(m, n, k) -> (m, k)>
#column = affine_map<(m, n, k) -> (k, m)>
#nt = affine_map<(m, n, k) -> (n, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// Rows [n, k] are transposed by units of two elements; a pair of the left operand is read where it lies.
// CHECK-LABEL: func.func @keys
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: memref<?x64xbf16>
// CHECK:         %[[PAIRS:.+]] = memref.alloca() {alignment = 64 : i64} : memref<32x192xbf16>
// CHECK-COUNT-16: vector.load {{.*}} : {{.*}}, vector<32xbf16>
// CHECK-COUNT-64: vector.shuffle {{.*}} : vector<16xi32>, vector<16xi32>
// CHECK-COUNT-16: vector.store {{.*}}, %[[PAIRS]]
// CHECK:         %{{.+}}:24 = scf.for %{{.+}} = %c0 to %c32
// CHECK-COUNT-3:   vector.load %[[PAIRS]]{{.*}} vector<32xbf16>
// CHECK:           %[[PAIR:.+]] = vector.load {{.*}}, vector<2xbf16>
// CHECK:           %[[UNIT:.+]] = vector.bitcast %[[PAIR]] : vector<2xbf16> to vector<1xi32>
// CHECK-COUNT-24:  llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.512"(%{{.*}}) : (vector<16xf32>, vector<32xbf16>, vector<32xbf16>) -> vector<16xf32>
// CHECK-NOT:     vector.fma
func.func @keys(%q: memref<?x64xbf16>, %k: memref<?x64xbf16>, %o: memref<?x96xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : bf16
  %start = arith.constant dense<0.0> : vector<64x96xf32>
  %a = vector.transfer_read %q[%c0, %c0], %zero {in_bounds = [true, true]} : memref<?x64xbf16>, vector<64x64xbf16>
  %b = vector.transfer_read %k[%c0, %c0], %zero {in_bounds = [true, true]} : memref<?x64xbf16>, vector<96x64xbf16>
  %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %start : vector<64x64xbf16>, vector<96x64xbf16> into vector<64x96xf32>
  vector.transfer_write %s, %o[%c0, %c0] {in_bounds = [true, true]} : vector<64x96xf32>, memref<?x96xf32>
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// Rows [k, n] are interleaved, as many as exist; of an odd number, the last pair's second element is zero on either side.
// Weights lie in scratch as bf16.
// CHECK-LABEL: func.func @values
// CHECK-DAG:     %[[PAIRS:.+]] = memref.alloca() {alignment = 64 : i64} : memref<32x64xbf16>
// CHECK-DAG:     %[[WEIGHTS:.+]] = memref.alloca() {alignment = 64 : i64} : memref<16x64xbf16>
// CHECK:         arith.truncf {{.*}} : vector<16xf32> to vector<16xbf16>
// CHECK-NEXT:    vector.store {{.*}}, %[[WEIGHTS]]
// CHECK:         %[[WHOLE:.+]] = arith.divui %[[DEPTH:.+]], %c2
// CHECK:         scf.for %{{.+}} = %c0 to %[[WHOLE]]
// CHECK:           %[[MIXED:.+]] = vector.interleave {{.*}} : vector<16xi16> -> vector<32xi16>
// CHECK:           %[[NUMBERS:.+]] = vector.bitcast %[[MIXED]] : vector<32xi16> to vector<32xbf16>
// CHECK:           vector.store %[[NUMBERS]], %[[PAIRS]]
// CHECK:         %[[END:.+]] = arith.ceildivui %[[DEPTH]], %c2
// CHECK:         scf.for %{{.+}} = %[[WHOLE]] to %[[END]]
// CHECK:           scf.if
// CHECK:           vector.interleave
// CHECK:         %[[HALF:.+]] = arith.remui %[[DEPTH]], %c2
// CHECK:         scf.for %{{.+}} = %c0 to %[[WHOLE]]
// CHECK-COUNT-16:  llvm.call_intrinsic
// CHECK:         %[[BEHIND:.+]] = arith.addi %[[WHOLE]], %[[HALF]]
// CHECK:         scf.for %{{.+}} = %[[WHOLE]] to %[[BEHIND]]
// CHECK:           memref.load %[[WEIGHTS]]
// CHECK:           vector.from_elements %{{.+}}, %{{.+}} : vector<2xbf16>
// CHECK-COUNT-16:  llvm.call_intrinsic
func.func @values(%w: memref<16x64xf32>, %v: memref<?x32xbf16>, %o: memref<16x32xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : bf16
  %wide = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<16x32xf32>
  %t = vector.transfer_read %w[%c0, %c0], %wide {in_bounds = [true, true]} : memref<16x64xf32>, vector<16x64xf32>
  %e = math.exp2 %t : vector<16x64xf32>
  %a = arith.truncf %e : vector<16x64xf32> to vector<16x64xbf16>
  %b = vector.transfer_read %v[%c0, %c0], %zero {in_bounds = [false, true]} : memref<?x32xbf16>, vector<64x32xbf16>
  %s = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %start : vector<16x64xbf16>, vector<64x32xbf16> into vector<16x32xf32>
  vector.transfer_write %s, %o[%c0, %c0] {in_bounds = [true, true]} : vector<16x32xf32>, memref<16x32xf32>
  return
}

// -----

#column = affine_map<(m, n, k) -> (k, m)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// A left operand [k, m] has no pairs beside each other.
// CHECK-LABEL: func.func @summaries
// CHECK-NOT:     llvm.call_intrinsic
// CHECK:         vector.fma
func.func @summaries(%k: memref<16x32xbf16>, %v: memref<16x32xbf16>, %o: memref<32x32xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : bf16
  %start = arith.constant dense<0.0> : vector<32x32xf32>
  %a = vector.transfer_read %k[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x32xbf16>, vector<16x32xbf16>
  %b = vector.transfer_read %v[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x32xbf16>, vector<16x32xbf16>
  %s = vector.contract {indexing_maps = [#column, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %start : vector<16x32xbf16>, vector<16x32xbf16> into vector<32x32xf32>
  vector.transfer_write %s, %o[%c0, %c0] {in_bounds = [true, true]} : vector<32x32xf32>, memref<32x32xf32>
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// Half of a float16 is widened.
// CHECK-LABEL: func.func @float16
// CHECK-NOT:     llvm.call_intrinsic "llvm.x86
// CHECK:         vector.fma
func.func @float16(%q: memref<16x16xf16>, %k: memref<16x16xf16>, %o: memref<16x16xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f16
  %start = arith.constant dense<0.0> : vector<16x16xf32>
  %a = vector.transfer_read %q[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x16xf16>, vector<16x16xf16>
  %b = vector.transfer_read %k[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x16xf16>, vector<16x16xf16>
  %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %start : vector<16x16xf16>, vector<16x16xf16> into vector<16x16xf32>
  vector.transfer_write %s, %o[%c0, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, memref<16x16xf32>
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// Few rows take those of the right operand as they lie, 32 numbers of 16 bits at a time, and each to its end before the next.
// CHECK-LABEL: func.func @few_rows
// CHECK-NOT:     memref.alloca() {alignment = 64 : i64} : memref<32x128xbf16>
// CHECK-COUNT-8: vector.load {{.*}} : memref<4x64xbf16{{.*}}>, vector<32xbf16>
// CHECK:         scf.for %[[KEY:.+]] = %c0 to %c64 step %c4
// CHECK:           vector.load %{{.+}}[%[[KEY]], %c0] : memref<64x64xbf16{{.*}}>, vector<32xbf16>
// CHECK-COUNT-4:   llvm.call_intrinsic
// CHECK:           vector.load %{{.+}}[%[[KEY]], %c32] : memref<64x64xbf16{{.*}}>, vector<32xbf16>
// CHECK-COUNT-4:   llvm.call_intrinsic
// CHECK:           llvm.inline_asm has_side_effects "", "=v,=v,=v,=v,0,1,2,3,~{memory}"
// CHECK:           %[[NEXT:.+]] = arith.addi %[[KEY]], %c1
// CHECK:           vector.load %{{.+}}[%[[NEXT]], %c0] : memref<64x64xbf16{{.*}}>, vector<32xbf16>
// CHECK:           vector.shuffle
// CHECK-COUNT-4:   vector.extract_strided_slice %{{.+}} {offsets = [{{.*}}], sizes = [4], strides = [1]}
// WITHOUT-LABEL: func.func @few_rows
// WITHOUT-NOT:   llvm.call_intrinsic
func.func @few_rows(%q: memref<4x64xbf16>, %k: memref<64x64xbf16>, %o: memref<4x64xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : bf16
  %start = arith.constant dense<0.0> : vector<4x64xf32>
  %a = vector.transfer_read %q[%c0, %c0], %zero {in_bounds = [true, true]} : memref<4x64xbf16>, vector<4x64xbf16>
  %b = vector.transfer_read %k[%c0, %c0], %zero {in_bounds = [true, true]} : memref<64x64xbf16>, vector<64x64xbf16>
  %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %start : vector<4x64xbf16>, vector<64x64xbf16> into vector<4x64xf32>
  vector.transfer_write %s, %o[%c0, %c0] {in_bounds = [true, true]} : vector<4x64xf32>, memref<4x64xf32>
  return
}
