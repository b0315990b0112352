// Blocks start in the order of their numbers: those that have most to do come first.
// RUN: attention-opt --attention-tiles-to-warps --canonicalize --cse %s | FileCheck %s

// How far the inner loop goes follows from the last variable of the outer one: that runs down from 7.
// CHECK-LABEL: llvm.func @past_0(
// CHECK: %[[BLOCK:.*]] = nvvm.read.ptx.sreg.ctaid.x
// CHECK: %[[NUMBER:.*]] = arith.index_castui %[[BLOCK]]
// CHECK: %[[FROMLAST:.*]] = arith.remui %[[NUMBER]], %c8
// CHECK: %[[PLACE:.*]] = arith.subi %c7, %[[FROMLAST]]
// CHECK: scf.for
func.func @past(%a: memref<128x16xf32>, %o: memref<4x128xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %pad = arith.constant 0.0 : f32
  %none = arith.constant dense<0.0> : vector<16xf32>
  scf.forall (%h, %i) in (4, 8) {
    %next = arith.addi %i, %c1 : index
    %end = arith.muli %next, %c16 : index
    %first = arith.muli %i, %c16 : index
    %sums = scf.for %k = %c0 to %end step %c16 iter_args(%sum = %none) -> (vector<16xf32>) {
      %x = vector.transfer_read %a[%k, %c0], %pad {in_bounds = [true, true]} : memref<128x16xf32>, vector<16x16xf32>
      %more = vector.multi_reduction <add>, %x, %sum [1] : vector<16x16xf32> to vector<16xf32>
      scf.yield %more : vector<16xf32>
    }
    vector.transfer_write %sums, %o[%h, %first] {in_bounds = [true]} : vector<16xf32>, memref<4x128xf32>
  }
  return
}

// All tasks take as long as one another.
// CHECK-LABEL: llvm.func @all_0(
// CHECK-NOT: arith.subi
// CHECK: scf.for
func.func @all(%a: memref<128x16xf32>, %o: memref<4x128xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %pad = arith.constant 0.0 : f32
  %none = arith.constant dense<0.0> : vector<16xf32>
  scf.forall (%h, %i) in (4, 8) {
    %first = arith.muli %i, %c16 : index
    %sums = scf.for %k = %c0 to %c128 step %c16 iter_args(%sum = %none) -> (vector<16xf32>) {
      %x = vector.transfer_read %a[%k, %c0], %pad {in_bounds = [true, true]} : memref<128x16xf32>, vector<16x16xf32>
      %more = vector.multi_reduction <add>, %x, %sum [1] : vector<16x16xf32> to vector<16xf32>
      scf.yield %more : vector<16xf32>
    }
    vector.transfer_write %sums, %o[%h, %first] {in_bounds = [true]} : vector<16xf32>, memref<4x128xf32>
  }
  return
}
