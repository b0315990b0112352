// Warps share columns of tiles where threads could not hold whole rows of them.
// RUN: attention-opt --attention-tiles-to-warps --canonicalize --cse %s -split-input-file | FileCheck %s

// The sums of 16 rows fit the registers of a warp: a row of the grid for each of two row blocks, one column. Rows are reduced
// within warps.
// CHECK-LABEL: func.func @narrow(
// CHECK: %[[THREADS:.*]] = arith.constant 64 : index
// CHECK: gpu.launch_func @kernels::@narrow_0 {{.*}} threads in (%[[THREADS]],
// CHECK-LABEL: llvm.func @narrow_0(
// CHECK-NOT: nvvm.barrier0
// CHECK: nvvm.shfl
func.func @narrow(%a: memref<32x128xf32>, %o: memref<32xf32>) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : f32
  %none = arith.constant dense<0.0> : vector<32xf32>
  scf.forall (%i) in (2) {
    %x = vector.transfer_read %a[%c0, %c0], %pad {in_bounds = [true, true]} : memref<32x128xf32>, vector<32x128xf32>
    %sums = vector.multi_reduction <add>, %x, %none [1] : vector<32x128xf32> to vector<32xf32>
    vector.transfer_write %sums, %o[%c0] {in_bounds = [true]} : vector<32xf32>, memref<32xf32>
  }
  return
}

// -----

// Three tiles of 32 x 256 live at a time: 384 registers of a thread if there were two warps, 96 with four columns of them. What
// the warps of a row find goes through shared memory.
// CHECK-LABEL: func.func @wide(
// CHECK: %[[THREADS:.*]] = arith.constant 256 : index
// CHECK: gpu.launch_func @kernels::@wide_0 {{.*}} threads in (%[[THREADS]],
// CHECK-LABEL: llvm.func @wide_0(
// CHECK: nvvm.shfl
// CHECK: nvvm.barrier0
// CHECK: llvm.store
// CHECK: nvvm.barrier0
// CHECK-COUNT-4: llvm.load
func.func @wide(%a: memref<32x256xf32>, %b: memref<32x256xf32>, %c: memref<32x256xf32>, %o: memref<32x256xf32>) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : f32
  %none = arith.constant dense<0.0> : vector<32xf32>
  scf.forall (%i) in (2) {
    %x = vector.transfer_read %a[%c0, %c0], %pad {in_bounds = [true, true]} : memref<32x256xf32>, vector<32x256xf32>
    %y = vector.transfer_read %b[%c0, %c0], %pad {in_bounds = [true, true]} : memref<32x256xf32>, vector<32x256xf32>
    %z = vector.transfer_read %c[%c0, %c0], %pad {in_bounds = [true, true]} : memref<32x256xf32>, vector<32x256xf32>
    %sums = vector.multi_reduction <add>, %x, %none [1] : vector<32x256xf32> to vector<32xf32>
    %column = vector.shape_cast %sums : vector<32xf32> to vector<32x1xf32>
    %spread = vector.broadcast %column : vector<32x1xf32> to vector<32x256xf32>
    %0 = arith.mulf %x, %spread : vector<32x256xf32>
    %1 = arith.addf %0, %y : vector<32x256xf32>
    %2 = arith.addf %1, %z : vector<32x256xf32>
    vector.transfer_write %2, %o[%c0, %c0] {in_bounds = [true, true]} : vector<32x256xf32>, memref<32x256xf32>
  }
  return
}

// -----

// Seven tiles live while rows are reduced: eight warps cannot hold them. Those that nothing writes are read again where they are
// used, behind the reductions.
// CHECK-LABEL: llvm.func @reread_0(
// CHECK: nvvm.shfl
// CHECK: nvvm.barrier0
// CHECK: nvvm.barrier0
// CHECK: llvm.load {{.*}} !llvm.ptr<1> -> vector<2xf32>
// CHECK: llvm.store
func.func @reread(%a: memref<7x32x256xf32>, %o: memref<32x256xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c5 = arith.constant 5 : index
  %c6 = arith.constant 6 : index
  %pad = arith.constant 0.0 : f32
  %none = arith.constant dense<0.0> : vector<32xf32>
  scf.forall (%i) in (2) {
    %x0 = vector.transfer_read %a[%c0, %c0, %c0], %pad {in_bounds = [true, true]} : memref<7x32x256xf32>, vector<32x256xf32>
    %x1 = vector.transfer_read %a[%c1, %c0, %c0], %pad {in_bounds = [true, true]} : memref<7x32x256xf32>, vector<32x256xf32>
    %x2 = vector.transfer_read %a[%c2, %c0, %c0], %pad {in_bounds = [true, true]} : memref<7x32x256xf32>, vector<32x256xf32>
    %x3 = vector.transfer_read %a[%c3, %c0, %c0], %pad {in_bounds = [true, true]} : memref<7x32x256xf32>, vector<32x256xf32>
    %x4 = vector.transfer_read %a[%c4, %c0, %c0], %pad {in_bounds = [true, true]} : memref<7x32x256xf32>, vector<32x256xf32>
    %x5 = vector.transfer_read %a[%c5, %c0, %c0], %pad {in_bounds = [true, true]} : memref<7x32x256xf32>, vector<32x256xf32>
    %x6 = vector.transfer_read %a[%c6, %c0, %c0], %pad {in_bounds = [true, true]} : memref<7x32x256xf32>, vector<32x256xf32>
    %sums = vector.multi_reduction <add>, %x0, %none [1] : vector<32x256xf32> to vector<32xf32>
    %column = vector.shape_cast %sums : vector<32xf32> to vector<32x1xf32>
    %y0 = vector.broadcast %column : vector<32x1xf32> to vector<32x256xf32>
    %y1 = arith.addf %y0, %x1 : vector<32x256xf32>
    %y2 = arith.addf %y1, %x2 : vector<32x256xf32>
    %y3 = arith.addf %y2, %x3 : vector<32x256xf32>
    %y4 = arith.addf %y3, %x4 : vector<32x256xf32>
    %y5 = arith.addf %y4, %x5 : vector<32x256xf32>
    %y6 = arith.addf %y5, %x6 : vector<32x256xf32>
    vector.transfer_write %y6, %o[%c0, %c0] {in_bounds = [true, true]} : vector<32x256xf32>, memref<32x256xf32>
  }
  return
}

// -----

// A loop within does not read them in each of its iterations: what it takes of them is kept.
// CHECK-LABEL: llvm.func @reread_once_0(
// CHECK: llvm.load {{.*}} !llvm.ptr<1>
// CHECK: scf.for
// CHECK-NOT: !llvm.ptr<1>
// CHECK: scf.yield
func.func @reread_once(%a: memref<7x32x256xf32>, %o: memref<32x256xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c5 = arith.constant 5 : index
  %c6 = arith.constant 6 : index
  %pad = arith.constant 0.0 : f32
  %none = arith.constant dense<0.0> : vector<32xf32>
  scf.forall (%i) in (2) {
    %x0 = vector.transfer_read %a[%c0, %c0, %c0], %pad {in_bounds = [true, true]} : memref<7x32x256xf32>, vector<32x256xf32>
    %x1 = vector.transfer_read %a[%c1, %c0, %c0], %pad {in_bounds = [true, true]} : memref<7x32x256xf32>, vector<32x256xf32>
    %x2 = vector.transfer_read %a[%c2, %c0, %c0], %pad {in_bounds = [true, true]} : memref<7x32x256xf32>, vector<32x256xf32>
    %x3 = vector.transfer_read %a[%c3, %c0, %c0], %pad {in_bounds = [true, true]} : memref<7x32x256xf32>, vector<32x256xf32>
    %x4 = vector.transfer_read %a[%c4, %c0, %c0], %pad {in_bounds = [true, true]} : memref<7x32x256xf32>, vector<32x256xf32>
    %x5 = vector.transfer_read %a[%c5, %c0, %c0], %pad {in_bounds = [true, true]} : memref<7x32x256xf32>, vector<32x256xf32>
    %x6 = vector.transfer_read %a[%c6, %c0, %c0], %pad {in_bounds = [true, true]} : memref<7x32x256xf32>, vector<32x256xf32>
    %total = scf.for %j = %c0 to %c4 step %c1 iter_args(%sum = %none) -> (vector<32xf32>) {
      %y = arith.mulf %x0, %x0 : vector<32x256xf32>
      %more = vector.multi_reduction <add>, %y, %sum [1] : vector<32x256xf32> to vector<32xf32>
      scf.yield %more : vector<32xf32>
    }
    %column = vector.shape_cast %total : vector<32xf32> to vector<32x1xf32>
    %y0 = vector.broadcast %column : vector<32x1xf32> to vector<32x256xf32>
    %y1 = arith.addf %y0, %x1 : vector<32x256xf32>
    %y2 = arith.addf %y1, %x2 : vector<32x256xf32>
    %y3 = arith.addf %y2, %x3 : vector<32x256xf32>
    %y4 = arith.addf %y3, %x4 : vector<32x256xf32>
    %y5 = arith.addf %y4, %x5 : vector<32x256xf32>
    %y6 = arith.addf %y5, %x6 : vector<32x256xf32>
    vector.transfer_write %y6, %o[%c0, %c0] {in_bounds = [true, true]} : vector<32x256xf32>, memref<32x256xf32>
  }
  return
}

// -----

// Few rows wait for the tiles that a loop goes over: four warps share each of them.
// CHECK-LABEL: func.func @stream(
// CHECK: %[[THREADS:.*]] = arith.constant 128 : index
// CHECK: gpu.launch_func @kernels::@stream_0 {{.*}} threads in (%[[THREADS]],
#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>
func.func @stream(%q: memref<16x64xbf16>, %k: memref<512x64xbf16>, %o: memref<16x64xf32>) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %pad = arith.constant 0.0 : bf16
  scf.forall (%i) in (1) {
    %zero = arith.constant dense<0.0> : vector<16x64xf32>
    %q0 = vector.transfer_read %q[%c0, %c0], %pad {in_bounds = [true, true]} : memref<16x64xbf16>, vector<16x64xbf16>
    %sum = scf.for %k0 = %c0 to %c512 step %c64 iter_args(%acc = %zero) -> (vector<16x64xf32>) {
      %k1 = vector.transfer_read %k[%k0, %c0], %pad {in_bounds = [true, true]} : memref<512x64xbf16>, vector<64x64xbf16>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %q0, %k1, %acc : vector<16x64xbf16>, vector<64x64xbf16> into vector<16x64xf32>
      scf.yield %s : vector<16x64xf32>
    }
    vector.transfer_write %sum, %o[%c0, %c0] {in_bounds = [true, true]} : vector<16x64xf32>, memref<16x64xf32>
  }
  return
}

// -----

// Sums of the columns of 16 rows at a time: the vector that is written has a place for each column, which four warps share. The
// row that is scaled with them has 8 rows of room.
// CHECK-LABEL: func.func @column_sums(
// CHECK: %[[THREADS:.*]] = arith.constant 128 : index
// CHECK: gpu.launch_func @kernels::@column_sums_0 {{.*}} threads in (%[[THREADS]],
// CHECK-LABEL: llvm.func @column_sums_0(
// CHECK: scf.for {{.*}} -> (vector<24xf32>) {
func.func @column_sums(%a: memref<64x384xf32>, %b: memref<8x384xf32>, %o: memref<384xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %pad = arith.constant 0.0 : f32
  %none = arith.constant dense<0.0> : vector<384xf32>
  scf.forall (%i) in (1) {
    %sums = scf.for %row = %c0 to %c64 step %c16 iter_args(%sum = %none) -> (vector<384xf32>) {
      %x = vector.transfer_read %a[%row, %c0], %pad {in_bounds = [true, true]} : memref<64x384xf32>, vector<16x384xf32>
      %more = vector.multi_reduction <add>, %x, %sum [0] : vector<16x384xf32> to vector<384xf32>
      scf.yield %more : vector<384xf32>
    }
    vector.transfer_write %sums, %o[%c0] {in_bounds = [true]} : vector<384xf32>, memref<384xf32>
    %y = vector.transfer_read %b[%c0, %c0], %pad {in_bounds = [true, true]} : memref<8x384xf32>, vector<8x384xf32>
    %z = arith.mulf %y, %y : vector<8x384xf32>
    vector.transfer_write %z, %b[%c0, %c0] {in_bounds = [true, true]} : vector<8x384xf32>, memref<8x384xf32>
  }
  return
}

// -----

// A result of 128 rows would have eight warps, one for 16 rows each, and every one of them 16 rows and all columns of three tiles of
// 32 x 128: 192 registers of a thread. Four rows of two take half as many.
// CHECK-LABEL: func.func @traded(
// CHECK: %[[THREADS:.*]] = arith.constant 256 : index
// CHECK: gpu.launch_func @kernels::@traded_0 {{.*}} threads in (%[[THREADS]],
// CHECK-LABEL: llvm.func @traded_0(
// CHECK: %[[WARP:.*]] = arith.shrui %{{.*}}, %c5_i32
// CHECK: arith.remui %[[WARP]], %c2_i32
// CHECK: arith.divui %[[WARP]], %c2_i32
#left = affine_map<(m, n, k) -> (k, m)>
#right = affine_map<(m, n, k) -> (k, n)>
#result = affine_map<(m, n, k) -> (m, n)>
func.func @traded(%a: memref<32x128xf32>, %b: memref<32x128xf32>, %c: memref<32x128xf32>, %v: memref<32x32xf32>, %o: memref<128x32xf32>, %p: memref<32x128xf32>) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : f32
  %none = arith.constant dense<0.0> : vector<128xf32>
  %start = arith.constant dense<0.0> : vector<128x32xf32>
  scf.forall (%i) in (2) {
    %x = vector.transfer_read %a[%c0, %c0], %pad {in_bounds = [true, true]} : memref<32x128xf32>, vector<32x128xf32>
    %y = vector.transfer_read %b[%c0, %c0], %pad {in_bounds = [true, true]} : memref<32x128xf32>, vector<32x128xf32>
    %z = vector.transfer_read %c[%c0, %c0], %pad {in_bounds = [true, true]} : memref<32x128xf32>, vector<32x128xf32>
    %w = vector.transfer_read %v[%c0, %c0], %pad {in_bounds = [true, true]} : memref<32x32xf32>, vector<32x32xf32>
    %sums = vector.multi_reduction <add>, %x, %none [0] : vector<32x128xf32> to vector<128xf32>
    %spread = vector.broadcast %sums : vector<128xf32> to vector<32x128xf32>
    %0 = arith.mulf %x, %spread : vector<32x128xf32>
    %1 = arith.addf %0, %y : vector<32x128xf32>
    %2 = arith.addf %1, %z : vector<32x128xf32>
    %3 = vector.contract {indexing_maps = [#left, #right, #result], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %2, %w, %start : vector<32x128xf32>, vector<32x32xf32> into vector<128x32xf32>
    vector.transfer_write %2, %p[%c0, %c0] {in_bounds = [true, true]} : vector<32x128xf32>, memref<32x128xf32>
    vector.transfer_write %3, %o[%c0, %c0] {in_bounds = [true, true]} : vector<128x32xf32>, memref<128x32xf32>
  }
  return
}
