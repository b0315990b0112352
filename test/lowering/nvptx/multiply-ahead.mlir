// RUN: attention-opt %s "-attention-tiles-to-warps=chip=sm_90a" | FileCheck %s
// RUN: attention-tiles-to-ptx --gpu=sm_90a %s | FileCheck %s --check-prefix=PTX
// RUN: %if ptxas %{ attention-tiles-to-ptx --gpu=sm_90a %s > %t.ptx && ptxas -v -arch=sm_90a %t.ptx -o %t.cubin 2>&1 | FileCheck %s --check-prefix=ASM %}

// ASM-NOT: C75
// ASM: 0 bytes spill stores, 0 bytes spill loads
// ASM-NOT: C75

// Scores of the next keys are started before those of this iteration are used, and waited for at its end: one product with keys in the
// loop, although two branches had it, and none in front of the loop, which begins an iteration earlier.
// CHECK-LABEL: llvm.func @ahead_0(
// Without keys there is no iteration before the first either.
// CHECK: %[[ISANY:.*]] = arith.cmpi slt, %[[FIRST:.*]], %[[END:.*]] : index
// CHECK: %[[PREVIOUS:.*]] = arith.subi %[[FIRST]], %{{.*}} : index
// CHECK: %[[BEFORE:.*]] = arith.select %[[ISANY]], %[[PREVIOUS]], %[[END]] : index
// CHECK: scf.for %[[I:.*]] = %[[BEFORE]] to %[[END]]
// CHECK: m64n64k16
// CHECK: wgmma.commit_group
// CHECK-NOT: wgmma.wait_group
// CHECK: %[[ISONE:.*]] = arith.cmpi sge, %[[I]]
// CHECK: scf.if %[[ISONE]]
// CHECK: scf.if
// CHECK-NOT: m64n64k16
// CHECK: math.exp2
// CHECK: m64n128k16
// CHECK: wgmma.wait_group
// CHECK: else
// CHECK-NOT: m64n64k16
// CHECK: m64n128k16
// CHECK: wgmma.wait_group
// CHECK: else
// CHECK: wgmma.wait_group
// CHECK: scf.yield

// Keys of the next iteration, and values of this one: of the first one also before it.
// PTX: .entry ahead_0(
// PTX-COUNT-4: wgmma.mma_async.sync.aligned.m64n64k16
// PTX-NOT: m64n64k16
#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
func.func @ahead(%q: memref<?x64xbf16>, %k: memref<?x64xbf16>, %v: memref<?x128xbf16>, %o: memref<?x128xf32>) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %queries = memref.dim %q, %c0 : memref<?x64xbf16>
  %keys = memref.dim %k, %c0 : memref<?x64xbf16>
  %t = arith.ceildivui %queries, %c128 : index
  %pad = arith.constant 0.0 : bf16
  scf.forall (%i) in (%t) {
    %none = arith.constant dense<0.0> : vector<128x64xf32>
    %zero = arith.constant dense<0.0> : vector<128x128xf32>
    %half = arith.constant dense<0.5> : vector<128x64xf32>
    %first = arith.muli %i, %c128 : index
    %sum = scf.for %k0 = %c0 to %keys step %c64 iter_args(%acc = %zero) -> (vector<128x128xf32>) {
      %end = arith.addi %k0, %c64 : index
      %all = arith.cmpi sle, %end, %keys : index
      %q0 = vector.transfer_read %q[%first, %c0], %pad {in_bounds = [false, true]} : memref<?x64xbf16>, vector<128x64xbf16>
      %r = scf.if %all -> (vector<128x128xf32>) {
        %k1 = vector.transfer_read %k[%k0, %c0], %pad {in_bounds = [true, true]} : memref<?x64xbf16>, vector<64x64xbf16>
        %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %q0, %k1, %none : vector<128x64xbf16>, vector<64x64xbf16> into vector<128x64xf32>
        %e = math.exp2 %s : vector<128x64xf32>
        %p = arith.truncf %e : vector<128x64xf32> to vector<128x64xbf16>
        %v1 = vector.transfer_read %v[%k0, %c0], %pad {in_bounds = [true, true]} : memref<?x128xbf16>, vector<64x128xbf16>
        %o1 = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %p, %v1, %acc : vector<128x64xbf16>, vector<64x128xbf16> into vector<128x128xf32>
        scf.yield %o1 : vector<128x128xf32>
      } else {
        %k1 = vector.transfer_read %k[%k0, %c0], %pad {in_bounds = [false, true]} : memref<?x64xbf16>, vector<64x64xbf16>
        %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %q0, %k1, %none : vector<128x64xbf16>, vector<64x64xbf16> into vector<128x64xf32>
        %h = arith.mulf %s, %half : vector<128x64xf32>
        %p = arith.truncf %h : vector<128x64xf32> to vector<128x64xbf16>
        %v1 = vector.transfer_read %v[%k0, %c0], %pad {in_bounds = [false, true]} : memref<?x128xbf16>, vector<64x128xbf16>
        %o1 = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %p, %v1, %acc : vector<128x64xbf16>, vector<64x128xbf16> into vector<128x128xf32>
        scf.yield %o1 : vector<128x128xf32>
      }
      scf.yield %r : vector<128x128xf32>
    }
    vector.transfer_write %sum, %o[%first, %c0] {in_bounds = [false, true]} : vector<128x128xf32>, memref<?x128xf32>
  }
  return
}
