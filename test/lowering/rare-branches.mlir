// RUN: attention-opt %s "--attention-tiles-to-loops=vector-bits=512 registers=32 fma" | FileCheck %s

// Loops over products are unrolled, but where the branch says that it is hardly ever taken.
// CHECK-LABEL: func @rare(
// CHECK: scf.if
// CHECK: vector.fma
// CHECK: llvm.loop_annotation
// CHECK: else
// CHECK: vector.fma
// CHECK-NOT: llvm.loop_annotation
// CHECK: attention.rare_else
// CHECK-LABEL: func @common(
// CHECK: else
// CHECK: vector.fma
// CHECK: llvm.loop_annotation
#left = affine_map<(m, n, k) -> (m, k)>
#right = affine_map<(m, n, k) -> (k, n)>
#sums = affine_map<(m, n, k) -> (m, n)>
#product = {indexing_maps = [#left, #right, #sums], iterator_types = ["parallel", "parallel", "reduction"]}
func.func @rare(%a: memref<16x16xf32>, %b: memref<16x16xf32>, %c: memref<16x16xf32>, %finite: i1) {
  %i0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %none = arith.constant dense<0.0> : vector<16x16xf32>
  %x = vector.transfer_read %a[%i0, %i0], %zero {in_bounds = [true, true]} : memref<16x16xf32>, vector<16x16xf32>
  %y = vector.transfer_read %b[%i0, %i0], %zero {in_bounds = [true, true]} : memref<16x16xf32>, vector<16x16xf32>
  %r = scf.if %finite -> (vector<16x16xf32>) {
    %p = vector.contract #product %x, %y, %none : vector<16x16xf32>, vector<16x16xf32> into vector<16x16xf32>
    scf.yield %p : vector<16x16xf32>
  } else {
    %p = vector.contract #product %y, %x, %none : vector<16x16xf32>, vector<16x16xf32> into vector<16x16xf32>
    scf.yield %p : vector<16x16xf32>
  } {attention.rare_else}
  vector.transfer_write %r, %c[%i0, %i0] {in_bounds = [true, true]} : vector<16x16xf32>, memref<16x16xf32>
  return
}

func.func @common(%a: memref<16x16xf32>, %b: memref<16x16xf32>, %c: memref<16x16xf32>, %first: i1) {
  %i0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %none = arith.constant dense<0.0> : vector<16x16xf32>
  %x = vector.transfer_read %a[%i0, %i0], %zero {in_bounds = [true, true]} : memref<16x16xf32>, vector<16x16xf32>
  %y = vector.transfer_read %b[%i0, %i0], %zero {in_bounds = [true, true]} : memref<16x16xf32>, vector<16x16xf32>
  %r = scf.if %first -> (vector<16x16xf32>) {
    %p = vector.contract #product %x, %y, %none : vector<16x16xf32>, vector<16x16xf32> into vector<16x16xf32>
    scf.yield %p : vector<16x16xf32>
  } else {
    %p = vector.contract #product %y, %x, %none : vector<16x16xf32>, vector<16x16xf32> into vector<16x16xf32>
    scf.yield %p : vector<16x16xf32>
  }
  vector.transfer_write %r, %c[%i0, %i0] {in_bounds = [true, true]} : vector<16x16xf32>, memref<16x16xf32>
  return
}
