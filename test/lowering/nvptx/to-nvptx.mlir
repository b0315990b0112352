// From a model, and from functions on tiles, to kernels and launches of them.
// RUN: attention-opt %contract/softmax_heads/model.mlir --attention-to-nvptx | FileCheck %s
// RUN: attention-opt %s --attention-tiles-to-nvptx | FileCheck %s --check-prefix=TILES

// Sizes are checked before the launches: of four warps where a lone query, or few, have stretches of keys, and for the 64 rows of a
// tile of others.
// CHECK-LABEL: func.func @attend(
// CHECK-NOT:     vector<
// CHECK:         gpu.launch_func @kernels::@attend_0 blocks in (%{{.*}}) threads in (%c128
// CHECK:         gpu.launch_func @kernels::@attend_6 blocks in (%{{.*}}) threads in (%c128
// CHECK-NOT:     scf.forall
// CHECK:       gpu.module @kernels
// CHECK:         llvm.func @attend_0(
// CHECK-SAME:      gpu.kernel, nvvm.kernel
// CHECK-NOT:     arith.
// CHECK:         nvvm.mma.sync

// TILES-LABEL: func.func @twice(
// TILES:         gpu.launch_func @kernels::@twice_0
// TILES:         llvm.func @twice_0(
// TILES:           llvm.fmul %{{.*}} : vector<2xf32>
func.func @twice(%x: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : f32
  %two = arith.constant dense<2.0> : vector<16xf32>
  scf.forall (%i) = (0) to (64) step (16) {
    %tile = vector.transfer_read %x[%i], %pad {in_bounds = [true]} : memref<64xf32>, vector<16xf32>
    %product = arith.mulf %tile, %two : vector<16xf32>
    vector.transfer_write %product, %x[%i] {in_bounds = [true]} : vector<16xf32>, memref<64xf32>
  }
  return
}
