// RUN: attention-opt --attention-tiles-to-warps --canonicalize --cse %s | FileCheck %s

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// One warp for each 16 rows: four warps. Operands that are read go to shared
// memory, 64 and 16 rows of 128 bytes and 16 of padding.

// CHECK-LABEL: func.func @row_sums
// CHECK-DAG: %[[THREADS:.*]] = arith.constant 128 : index
// CHECK-DAG: %[[SHARED:.*]] = arith.constant 11520 : i32
// CHECK: gpu.launch_func @kernels::@row_sums_0 blocks in (%[[TILES:.*]], %{{.*}}, %{{.*}}) threads in (%[[THREADS]], %{{.*}}, %{{.*}}) dynamic_shared_memory_size %[[SHARED]]
func.func @row_sums(%tiles: index, %a: memref<?x64xbf16>, %b: memref<16x64xbf16>, %sums: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %pad = arith.constant 0.0 : bf16
  scf.forall (%i) in (%tiles) {
    %first = arith.muli %i, %c64 : index
    %left = vector.transfer_read %a[%first, %c0], %pad {in_bounds = [false, true]} : memref<?x64xbf16>, vector<64x64xbf16>
    %right = vector.transfer_read %b[%c0, %c0], %pad {in_bounds = [true, true]} : memref<16x64xbf16>, vector<16x64xbf16>
    %zero = arith.constant dense<0.0> : vector<64x16xf32>
    %product = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %left, %right, %zero : vector<64x64xbf16>, vector<16x64xbf16> into vector<64x16xf32>
    %squares = arith.mulf %product, %product : vector<64x16xf32>
    %start = arith.constant dense<1.0> : vector<64xf32>
    %sum = vector.multi_reduction <add>, %squares, %start [1] : vector<64x16xf32> to vector<64xf32>
    vector.transfer_write %sum, %sums[%first] {in_bounds = [false]} : vector<64xf32>, memref<?xf32>
  }
  return
}

// CHECK: llvm.func @row_sums_0(
// CHECK-SAME: nvvm.kernel
// Rows that exist, 16 bytes of a thread at a time.
// CHECK: nvvm.barrier0
// CHECK: scf.if %{{.*}} -> (vector<4xi32>)
// CHECK: llvm.store %{{.*}} : vector<8xbf16>, !llvm.ptr<3>
// CHECK: nvvm.barrier0
// CHECK: llvm.store %{{.*}} : vector<8xbf16>, !llvm.ptr<3>
// CHECK: nvvm.barrier0
// CHECK-COUNT-8: nvvm.ldmatrix
// CHECK-NOT: nvvm.ldmatrix
// The squares of a thread: two columns of eight, twice, in two rows.
// CHECK: arith.mulf %{{.*}} : vector<8xf32>
// CHECK-COUNT-4: nvvm.shfl.sync bfly
// CHECK-NOT: nvvm.shfl.sync
// CHECK: arith.addf %{{.*}} : vector<2xf32>
// CHECK-COUNT-2: llvm.store %{{.*}} : vector<1xf32>, !llvm.ptr<1>
// CHECK: llvm.return

// A view of a row as several rows begins where the row does.
// CHECK: llvm.func @rows_of_a_row_0(%[[X:.*]]: !llvm.ptr<1>)
// CHECK: %[[ROW:.*]] = llvm.getelementptr %[[X]]
// CHECK: arith.cmpi slt, %{{.*}}, %c4
// CHECK: llvm.load
func.func @rows_of_a_row(%x: memref<8x64xf32>) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : f32
  %two = arith.constant dense<2.0> : vector<16x16xf32>
  scf.forall (%i) in (8) {
    %row = memref.subview %x[%i, 0] [1, 64] [1, 1] : memref<8x64xf32> to memref<64xf32, strided<[1], offset: ?>>
    %rows = memref.expand_shape %row [[0, 1]] output_shape [4, 16] : memref<64xf32, strided<[1], offset: ?>> into memref<4x16xf32, strided<[16, 1], offset: ?>>
    %tile = vector.transfer_read %rows[%c0, %c0], %pad {in_bounds = [false, true]} : memref<4x16xf32, strided<[16, 1], offset: ?>>, vector<16x16xf32>
    %product = arith.mulf %tile, %two : vector<16x16xf32>
    vector.transfer_write %product, %rows[%c0, %c0] {in_bounds = [false, true]} : vector<16x16xf32>, memref<4x16xf32, strided<[16, 1], offset: ?>>
  }
  return
}
