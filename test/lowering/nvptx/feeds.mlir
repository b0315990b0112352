// RUN: attention-tiles-to-ptx %s | FileCheck %s
// RUN: attention-opt %s -attention-tiles-to-warps | FileCheck %s --check-prefix=IR
// RUN: %if ptxas %{ attention-tiles-to-ptx %s > %t.ptx && ptxas -v -arch=sm_80 %t.ptx -o %t.cubin 2>&1 | FileCheck %s --check-prefix=ASM %}

// ASM-COUNT-3: 0 bytes spill stores, 0 bytes spill loads

// Tiles of the next iteration are under way while this one computes: one copy is started in front of the loop; in it, one
// barrier stands behind the wait, in front of the next copy. The tile that does not vary is copied once.
// IR: llvm.func @ahead_0
// IR: nvvm.barrier
// IR-COUNT-8: nvvm.cp.async.shared.global
// IR: nvvm.cp.async.commit.group
// IR: scf.for
// IR: nvvm.cp.async.wait.group 0
// IR-NOT: cp.async
// IR: nvvm.barrier
// IR-NOT: nvvm.barrier
// IR-COUNT-4: nvvm.cp.async.shared.global
// IR-NOT: nvvm.cp.async.shared.global
// IR: nvvm.cp.async.commit.group
// IR-NOT: nvvm.barrier
// IR: nvvm.mma.sync
// IR: scf.yield

// Nothing passes through registers.
// CHECK: .entry ahead_0(
// CHECK-NOT: st.shared
// CHECK-NOT: ld.global
#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>
func.func @ahead(%q: memref<?x64xbf16>, %k: memref<?x64xbf16>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %keys = memref.dim %k, %c0 : memref<?x64xbf16>
  %pad = arith.constant 0.0 : bf16
  scf.forall (%i) in (1) {
    %zero = arith.constant dense<0.0> : vector<64x64xf32>
    %sum = scf.for %k0 = %c0 to %keys step %c64 iter_args(%acc = %zero) -> (vector<64x64xf32>) {
      %q0 = vector.transfer_read %q[%c0, %c0], %pad {in_bounds = [false, true]} : memref<?x64xbf16>, vector<64x64xbf16>
      %k1 = vector.transfer_read %k[%k0, %c0], %pad {in_bounds = [false, true]} : memref<?x64xbf16>, vector<64x64xbf16>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %q0, %k1, %acc : vector<64x64xbf16>, vector<64x64xbf16> into vector<64x64xf32>
      scf.yield %s : vector<64x64xf32>
    }
    vector.transfer_write %sum, %o[%c0, %c0] {in_bounds = [true, true]} : vector<64x64xf32>, memref<64x64xf32>
  }
  return
}

// The loop writes what it reads: no copies ahead.
// CHECK: .entry written_0(
// CHECK-NOT: cp.async
// CHECK: mma.sync
// CHECK-NOT: cp.async
func.func @written(%k: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %keys = memref.dim %k, %c0 : memref<?x64xf32>
  %pad = arith.constant 0.0 : f32
  scf.forall (%i) in (1) {
    %zero = arith.constant dense<0.0> : vector<64x64xf32>
    scf.for %k0 = %c0 to %keys step %c64 {
      %k1 = vector.transfer_read %k[%k0, %c0], %pad {in_bounds = [false, true]} : memref<?x64xf32>, vector<64x64xf32>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %k1, %k1, %zero : vector<64x64xf32>, vector<64x64xf32> into vector<64x64xf32>
      vector.transfer_write %s, %k[%k0, %c0] {in_bounds = [false, true]} : vector<64x64xf32>, memref<?x64xf32>
    }
  }
  return
}

// Nor where a place comes out of memory, or what lies outside is not zero.
// CHECK: .entry elsewhere_0(
// CHECK-NOT: cp.async
// CHECK: mma.sync
// CHECK-NOT: cp.async
func.func @elsewhere(%k: memref<?x64xf32>, %table: memref<?xindex>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %count = memref.dim %table, %c0 : memref<?xindex>
  %pad = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  scf.forall (%i) in (1) {
    %zero = arith.constant dense<0.0> : vector<64x64xf32>
    %sum = scf.for %n = %c0 to %count step %c1 iter_args(%acc = %zero) -> (vector<64x64xf32>) {
      %k0 = memref.load %table[%n] : memref<?xindex>
      %k1 = vector.transfer_read %k[%k0, %c0], %pad {in_bounds = [false, true]} : memref<?x64xf32>, vector<64x64xf32>
      %k2 = vector.transfer_read %k[%n, %c0], %one {in_bounds = [false, true]} : memref<?x64xf32>, vector<64x64xf32>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %k1, %k2, %acc : vector<64x64xf32>, vector<64x64xf32> into vector<64x64xf32>
      scf.yield %s : vector<64x64xf32>
    }
    vector.transfer_write %sum, %o[%c0, %c0] {in_bounds = [true, true]} : vector<64x64xf32>, memref<64x64xf32>
  }
  return
}
