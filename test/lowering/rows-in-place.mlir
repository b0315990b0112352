// Rows of a left operand that loops multiply by elements stay where they are if they lie as close there as in scratch. Whether all of them exist may be
// known when code runs: where some do not, they are copied, with padding. Rows of longer ones are always copied.
// RUN: attention-opt %s --attention-tiles-to-loops --canonicalize --cse --split-input-file | FileCheck %s

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: func.func @perhaps_whole
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: memref<?x32xf32>
// CHECK:         %[[SCRATCH:.+]] = memref.alloca() {{.*}} : memref<64x32xf32>
// CHECK:         %[[THERE:.+]] = memref.reinterpret_cast %[[Q]]
// CHECK:         %[[WHOLE:.+]] = arith.cmpi sge, %{{.+}}, %c64
// CHECK:         %[[PLACE:.+]] = scf.if %[[WHOLE]] -> (memref<64x32xf32, strided<[32, 1], offset: ?>>) {
// CHECK-NEXT:      scf.yield %[[THERE]]
// CHECK:         } else {
// CHECK:           vector.store {{.*}}, %[[SCRATCH]]
// CHECK:           %[[COPY:.+]] = memref.cast %[[SCRATCH]]
// CHECK-NEXT:      scf.yield %[[COPY]]
// CHECK:         scf.for
// CHECK:           memref.load %[[PLACE]]
func.func @perhaps_whole(%q: memref<?x32xf32>, %k: memref<?x32xf32>, %o: memref<64x16xf32>, %first: index, %end: index) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<64x16xf32>
  %a = vector.transfer_read %q[%first, %c0], %zero {in_bounds = [false, true]} : memref<?x32xf32>, vector<64x32xf32>
  %r = scf.for %key = %c0 to %end step %c16 iter_args(%sum = %start) -> (vector<64x16xf32>) {
    %b = vector.transfer_read %k[%key, %c0], %zero {in_bounds = [true, true]} : memref<?x32xf32>, vector<16x32xf32>
    %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %sum : vector<64x32xf32>, vector<16x32xf32> into vector<64x16xf32>
    scf.yield %s : vector<64x16xf32>
  }
  vector.transfer_write %r, %o[%c0, %c0] {in_bounds = [true, true]} : vector<64x16xf32>, memref<64x16xf32>
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: func.func @whole
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: memref<?x32xf32>
// CHECK:         %[[THERE:.+]] = memref.reinterpret_cast %[[Q]]
// CHECK-NOT:     scf.if
// CHECK:         scf.for
// CHECK:           memref.load %[[THERE]]
// CHECK-LABEL: func.func @longer
// CHECK:         %[[SCRATCH:.+]] = memref.alloca() {{.*}} : memref<64x32xf32>
// CHECK-NOT:     scf.if
// CHECK:         vector.store {{.*}}, %[[SCRATCH]]
// CHECK:         memref.load %[[SCRATCH]]
func.func @whole(%q: memref<?x32xf32>, %k: memref<?x32xf32>, %o: memref<64x16xf32>, %first: index, %end: index) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<64x16xf32>
  %a = vector.transfer_read %q[%first, %c0], %zero {in_bounds = [true, true]} : memref<?x32xf32>, vector<64x32xf32>
  %r = scf.for %key = %c0 to %end step %c16 iter_args(%sum = %start) -> (vector<64x16xf32>) {
    %b = vector.transfer_read %k[%key, %c0], %zero {in_bounds = [true, true]} : memref<?x32xf32>, vector<16x32xf32>
    %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %sum : vector<64x32xf32>, vector<16x32xf32> into vector<64x16xf32>
    scf.yield %s : vector<64x16xf32>
  }
  vector.transfer_write %r, %o[%c0, %c0] {in_bounds = [true, true]} : vector<64x16xf32>, memref<64x16xf32>
  return
}

func.func @longer(%q: memref<?x64xf32>, %k: memref<?x32xf32>, %o: memref<64x16xf32>, %first: index, %end: index) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<64x16xf32>
  %a = vector.transfer_read %q[%first, %c0], %zero {in_bounds = [true, true]} : memref<?x64xf32>, vector<64x32xf32>
  %r = scf.for %key = %c0 to %end step %c16 iter_args(%sum = %start) -> (vector<64x16xf32>) {
    %b = vector.transfer_read %k[%key, %c0], %zero {in_bounds = [true, true]} : memref<?x32xf32>, vector<16x32xf32>
    %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %sum : vector<64x32xf32>, vector<16x32xf32> into vector<64x16xf32>
    scf.yield %s : vector<64x16xf32>
  }
  vector.transfer_write %r, %o[%c0, %c0] {in_bounds = [true, true]} : vector<64x16xf32>, memref<64x16xf32>
  return
}
