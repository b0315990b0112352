// RUN: attention-opt --attention-tiles-to-warps --canonicalize --cse %s -split-input-file | FileCheck %s

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// Numbers of bf16, or 0 where there are none: one product each, not three.
// CHECK-LABEL: llvm.func @widened_0(
// CHECK: nvvm.mma.sync {{.*}} #nvvm.mma_type<bf16>
// CHECK-NOT: tf32
// CHECK-LABEL: llvm.func @computed_0(
// CHECK-NOT: mma_type<bf16>
// CHECK: #nvvm.mma_type<tf32>
// CHECK-NOT: mma_type<bf16>
func.func @widened(%a: memref<16x16xbf16>, %b: memref<16x16xbf16>, %is: memref<16xi1>, %o: memref<16x16xf32>) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : bf16
  %no = arith.constant false
  scf.forall (%i) in (2) {
    %zero = arith.constant dense<0.0> : vector<16x16xf32>
    %x = vector.transfer_read %a[%c0, %c0], %pad {in_bounds = [true, true]} : memref<16x16xbf16>, vector<16x16xbf16>
    %y = vector.transfer_read %b[%c0, %c0], %pad {in_bounds = [true, true]} : memref<16x16xbf16>, vector<16x16xbf16>
    %exists = vector.transfer_read %is[%c0], %no {in_bounds = [true]} : memref<16xi1>, vector<16xi1>
    %spread = vector.broadcast %exists : vector<16xi1> to vector<16x16xi1>
    %left = arith.extf %x : vector<16x16xbf16> to vector<16x16xf32>
    %wide = arith.extf %y : vector<16x16xbf16> to vector<16x16xf32>
    %right = arith.select %spread, %wide, %zero : vector<16x16xi1>, vector<16x16xf32>
    %product = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %left, %right, %zero : vector<16x16xf32>, vector<16x16xf32> into vector<16x16xf32>
    vector.transfer_write %product, %o[%c0, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, memref<16x16xf32>
  }
  return
}

// What was scaled has more bits, and so may numbers of two types.
func.func @computed(%a: memref<16x16xbf16>, %b: memref<16x16xf16>, %o: memref<16x16xf32>) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : bf16
  %pad16 = arith.constant 0.0 : f16
  scf.forall (%i) in (2) {
    %zero = arith.constant dense<0.0> : vector<16x16xf32>
    %scale = arith.constant dense<0.3> : vector<16x16xf32>
    %x = vector.transfer_read %a[%c0, %c0], %pad {in_bounds = [true, true]} : memref<16x16xbf16>, vector<16x16xbf16>
    %y = vector.transfer_read %b[%c0, %c0], %pad16 {in_bounds = [true, true]} : memref<16x16xf16>, vector<16x16xf16>
    %left = arith.extf %x : vector<16x16xbf16> to vector<16x16xf32>
    %right = arith.extf %y : vector<16x16xf16> to vector<16x16xf32>
    %scaled = arith.mulf %left, %scale : vector<16x16xf32>
    %one = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %left, %right, %zero : vector<16x16xf32>, vector<16x16xf32> into vector<16x16xf32>
    %two = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %scaled, %left, %one : vector<16x16xf32>, vector<16x16xf32> into vector<16x16xf32>
    vector.transfer_write %two, %o[%c0, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, memref<16x16xf32>
  }
  return
}
