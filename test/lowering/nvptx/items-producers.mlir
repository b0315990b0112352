// Producers and consumers both go from task to task; the thread that copies takes them for the block.
// RUN: attention-opt %s "-attention-tiles-to-warps=chip=sm_90a" --canonicalize --cse | FileCheck %s
// RUN: attention-tiles-to-ptx --gpu=sm_90a %s | FileCheck %s --check-prefix=PTX
// RUN: %if ptxas %{ attention-tiles-to-ptx --gpu=sm_90a %s > %t.ptx && ptxas -v -arch=sm_90a %t.ptx -o %t.cubin 2>&1 | FileCheck %s --check-prefix=ASM %}

// ASM-NOT: C75
// ASM: 0 bytes spill stores, 0 bytes spill loads
// ASM-NOT: C75

// Turns go on, as the phases of mbarriers do: what is copied once for a task comes with the first of its turns.
// CHECK-LABEL: llvm.func @causal_0(
// CHECK: nvvm.mbarrier.init
// CHECK: nvvm.setmaxregister increase 240
// CHECK: scf.while (%[[ITEM:.*]] = %{{.*}}, %[[TURNS:.*]] = %c0_i32) : (i32, i32) -> (i32, i32) {
// CHECK-NOT: llvm.atomicrmw
// CHECK: %[[DONE:.*]]:2 = scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}, %{{.*}} = %[[TURNS]])
// CHECK: fence.proxy.async.shared_cta
// CHECK-NEXT: nvvm.barrier0
// CHECK: %[[NEXT:.*]] = llvm.load
// CHECK-NEXT: nvvm.barrier0
// CHECK: scf.condition(%{{.*}}) %[[NEXT]], %[[DONE]]#1
// CHECK: else
// CHECK: nvvm.setmaxregister decrease 24
// CHECK: scf.while (%{{.*}} = %{{.*}}, %[[TURNS:.*]] = %c0_i32) : (i32, i32) -> (i32, i32) {
// CHECK: llvm.atomicrmw uinc_wrap
// CHECK: %[[DONE:.*]] = scf.if
// CHECK:   scf.for {{.*}} iter_args(%[[TURN:.*]] = %[[TURNS]])
// CHECK:     %[[FIRST:.*]] = arith.cmpi eq, %[[TURN]], %[[TURNS]]
// CHECK:     nvvm.mbarrier.arrive.expect_tx
// CHECK:     scf.if %[[FIRST]]
// CHECK: llvm.store
// CHECK: nvvm.barrier0
// CHECK: llvm.load
// CHECK: nvvm.barrier0
// CHECK: scf.condition(%{{.*}}) %{{.*}}, %[[DONE]]

// PTX: .visible .global .align 4 .u32 causal_0_items;
// PTX: .entry causal_0(
// PTX: atom{{.*}}.global.inc.u32
#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>
func.func @causal(%q: memref<?x128xbf16>, %k: memref<?x128xbf16>, %o: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %queries = memref.dim %q, %c0 : memref<?x128xbf16>
  %keys = memref.dim %k, %c0 : memref<?x128xbf16>
  %t = arith.ceildivui %queries, %c128 : index
  %pad = arith.constant 0.0 : bf16
  scf.forall (%i) in (%t) {
    %zero = arith.constant dense<0.0> : vector<128x64xf32>
    %first = arith.muli %i, %c128 : index
    %end = arith.addi %first, %c128 : index
    %sum = scf.for %k0 = %c0 to %end step %c64 iter_args(%acc = %zero) -> (vector<128x64xf32>) {
      %q0 = vector.transfer_read %q[%first, %c0], %pad {in_bounds = [false, true]} : memref<?x128xbf16>, vector<128x128xbf16>
      %k1 = vector.transfer_read %k[%k0, %c0], %pad {in_bounds = [false, true]} : memref<?x128xbf16>, vector<64x128xbf16>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %q0, %k1, %acc : vector<128x128xbf16>, vector<64x128xbf16> into vector<128x64xf32>
      scf.yield %s : vector<128x64xf32>
    }
    vector.transfer_write %sum, %o[%first, %c0] {in_bounds = [false, true]} : vector<128x64xf32>, memref<?x64xf32>
  }
  return
}
