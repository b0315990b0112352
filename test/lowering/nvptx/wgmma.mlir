// RUN: attention-tiles-to-ptx --gpu=sm_90a %s | FileCheck %s
// RUN: attention-tiles-to-ptx --gpu=sm_90 %s | FileCheck %s --check-prefix=OTHER
// RUN: %if ptxas %{ attention-tiles-to-ptx --gpu=sm_90a %s > %t.ptx && ptxas -v -arch=sm_90a %t.ptx -o %t.cubin 2>&1 | FileCheck %s --check-prefix=ASM %}

// No message that products were put one behind the other (C7510 and its neighbours).
// ASM-NOT: C75
// ASM-COUNT-2: 0 bytes spill stores, 0 bytes spill loads
// ASM-NOT: C75

// OTHER-NOT: wgmma
// OTHER: mma.sync

// Both operands in shared memory, one [m][k] and one [n][k]: four steps of 32 bytes each within 128 bytes.
// CHECK: .entry both_0(
// CHECK: fence.proxy.async.shared::cta;
// CHECK: wgmma.fence.sync.aligned;
// CHECK: setp.ne.b32 p, 0, 0; wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {{.*}}, p, 1, 1, 0, 0; }
// CHECK-COUNT-3: setp.ne.b32 p, 1, 0; wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {{.*}}, p, 1, 1, 0, 0; }
// CHECK: wgmma.commit_group.sync.aligned;
// CHECK: wgmma.wait_group.sync.aligned 0;
// CHECK-NOT: mma.sync
#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
func.func @both(%q: memref<64x64xbf16>, %k: memref<128x64xbf16>, %o: memref<64x128xf32>) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : bf16
  scf.forall (%i) in (1) {
    %zero = arith.constant dense<0.0> : vector<64x128xf32>
    %q0 = vector.transfer_read %q[%c0, %c0], %pad {in_bounds = [true, true]} : memref<64x64xbf16>, vector<64x64xbf16>
    %k0 = vector.transfer_read %k[%c0, %c0], %pad {in_bounds = [true, true]} : memref<128x64xbf16>, vector<128x64xbf16>
    %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %q0, %k0, %zero : vector<64x64xbf16>, vector<128x64xbf16> into vector<64x128xf32>
    vector.transfer_write %s, %o[%c0, %c0] {in_bounds = [true, true]} : vector<64x128xf32>, memref<64x128xf32>
  }
  return
}

// A computed left operand stays in registers; the right one is stored [k][n].
// CHECK: .entry registers_0(
// CHECK-COUNT-4: wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 {{{.*}}}, {{{.*}}}, {{[^,]*}}, p, 1, 1, 1; }
// CHECK: wgmma.wait_group.sync.aligned 0;
func.func @registers(%q: memref<64x64xf32>, %v: memref<64x64xf16>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : f32
  %none = arith.constant 0.0 : f16
  scf.forall (%i) in (1) {
    %q0 = vector.transfer_read %q[%c0, %c0], %pad {in_bounds = [true, true]} : memref<64x64xf32>, vector<64x64xf32>
    %p = arith.truncf %q0 : vector<64x64xf32> to vector<64x64xf16>
    %v0 = vector.transfer_read %v[%c0, %c0], %none {in_bounds = [true, true]} : memref<64x64xf16>, vector<64x64xf16>
    %o0 = vector.transfer_read %o[%c0, %c0], %pad {in_bounds = [true, true]} : memref<64x64xf32>, vector<64x64xf32>
    %s = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %p, %v0, %o0 : vector<64x64xf16>, vector<64x64xf16> into vector<64x64xf32>
    vector.transfer_write %s, %o[%c0, %c0] {in_bounds = [true, true]} : vector<64x64xf32>, memref<64x64xf32>
  }
  return
}
