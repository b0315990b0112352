// RUN: attention-opt %s "-attention-tiles-to-warps=chip=sm_90a" | FileCheck %s --check-prefixes=CHECK,IR
// RUN: attention-tiles-to-ptx --gpu=sm_90a %s | FileCheck %s --check-prefix=PTX
// RUN: %if ptxas %{ attention-tiles-to-ptx --gpu=sm_90a %s > %t.ptx && ptxas -v -arch=sm_90a %t.ptx -o %t.cubin 2>&1 | FileCheck %s --check-prefix=ASM %}

// Neither ignored (C7508), nor one product behind the other (C7510 and its neighbours).
// ASM-NOT: C75
// ASM-COUNT-2: 0 bytes spill stores, 0 bytes spill loads
// ASM-NOT: C75

// One thread of four warps of their own copies whole tiles, and waits for the consumers before it takes a stage again; these wait for
// the bytes. The launch has twelve warps, and what is copied whole is described in front of it.
// IR-DAG: attention.tensor_map %{{.*}} box [128, 64] : memref<?x128xbf16>
// IR-DAG: attention.tensor_map %{{.*}} box [64, 64] : memref<?x128xbf16>
// IR: gpu.launch_func @kernels::@fed_0 {{.*}} threads in (%c384
// IR: llvm.func @fed_0({{.*}}llvm.align = 64 : i64, llvm.byval = !llvm.array<16 x i64>, nvvm.grid_constant{{.*}}nvvm.minctasm = 1 : i32, nvvm.reqntid = array<i32: 384>
// IR: nvvm.mbarrier.init
// IR: nvvm.fence.mbarrier.init
// IR: scf.if
// IR: nvvm.setmaxregister increase 240
// IR: nvvm.barrier.cta.arrive.aligned.count
// IR: scf.for
// IR: nvvm.mbarrier.try_wait
// IR: nvvm.barrier.cta.sync.aligned.count
// IR: wgmma.wait_group
// IR: nvvm.barrier.cta.arrive.aligned.count
// IR-NOT: nvvm.barrier0
// IR: nvvm.mbarrier.arrive
// IR: nvvm.barrier.cta.sync.aligned.count
// IR: else
// IR: nvvm.setmaxregister decrease 24
// IR: scf.for
// IR: nvvm.mbarrier.try_wait
// IR: nvvm.mbarrier.arrive.expect_tx
// IR: scf.if
// IR-COUNT-2: nvvm.cp.async.bulk.tensor.shared.cluster.global
// IR: }
// IR-COUNT-2: nvvm.cp.async.bulk.tensor.shared.cluster.global
// IR-NOT: nvvm.cp.async

// PTX: .entry fed_0(
// PTX: .param .align 64 .b8 fed_0_param_{{[0-9]+}}[128]
// PTX: setmaxnreg.inc.sync.aligned.u32 240;
// PTX-NOT: ld.global
// PTX: cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes
#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>
func.func @fed(%q: memref<?x128xbf16>, %k: memref<?x128xbf16>, %o: memref<?x64xf32>) {
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
    %sum = scf.for %k0 = %c0 to %keys step %c64 iter_args(%acc = %zero) -> (vector<128x64xf32>) {
      %q0 = vector.transfer_read %q[%first, %c0], %pad {in_bounds = [false, true]} : memref<?x128xbf16>, vector<128x128xbf16>
      %k1 = vector.transfer_read %k[%k0, %c0], %pad {in_bounds = [false, true]} : memref<?x128xbf16>, vector<64x128xbf16>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %q0, %k1, %acc : vector<128x128xbf16>, vector<64x128xbf16> into vector<128x64xf32>
      scf.yield %s : vector<128x64xf32>
    }
    vector.transfer_write %sum, %o[%first, %c0] {in_bounds = [false, true]} : vector<128x64xf32>, memref<?x64xf32>
  }
  return
}

// Rows that may start anywhere cannot be copied whole: all threads copy them, by 16 bytes where that works.
// CHECK-LABEL: llvm.func @anywhere_0(
// CHECK-NOT: bulk.tensor
// CHECK: nvvm.cp.async.shared.global
func.func @anywhere(%k: memref<?x64xbf16, strided<[?, 1], offset: ?>>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %keys = memref.dim %k, %c0 : memref<?x64xbf16, strided<[?, 1], offset: ?>>
  %pad = arith.constant 0.0 : bf16
  scf.forall (%i) in (1) {
    %zero = arith.constant dense<0.0> : vector<64x64xf32>
    %sum = scf.for %k0 = %c0 to %keys step %c64 iter_args(%acc = %zero) -> (vector<64x64xf32>) {
      %k1 = vector.transfer_read %k[%k0, %c0], %pad {in_bounds = [false, true]} : memref<?x64xbf16, strided<[?, 1], offset: ?>>, vector<64x64xbf16>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %k1, %k1, %acc : vector<64x64xbf16>, vector<64x64xbf16> into vector<64x64xf32>
      scf.yield %s : vector<64x64xf32>
    }
    vector.transfer_write %sum, %o[%c0, %c0] {in_bounds = [true, true]} : vector<64x64xf32>, memref<64x64xf32>
  }
  return
}
