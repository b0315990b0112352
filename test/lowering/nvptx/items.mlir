// Where tasks differ in what they have to do, blocks take one after another; else a block has the one of its number.
// RUN: attention-opt --attention-tiles-to-warps --canonicalize --cse --split-input-file %s | FileCheck %s

#row = affine_map<(m, n, k) -> (m, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// How far the inner loop goes follows from the task. 32 of them: the count wraps behind 31, so that each launch finds zero.
// CHECK: llvm.mlir.global external @past_0_items(0 : i32) {addr_space = 1 : i32, alignment = 4 : i64} : i32
// CHECK-LABEL: llvm.func @past_0(
// CHECK-DAG: %[[BLOCK:.*]] = nvvm.read.ptx.sreg.ctaid.x
// CHECK-DAG: %[[COUNTER:.*]] = llvm.mlir.addressof @past_0_items
// CHECK: scf.while (%[[ITEM:.*]] = %[[BLOCK]]) : (i32) -> i32 {
// CHECK:   %[[FIRST:.*]] = arith.cmpi eq, %{{.*}}, %c0_i32
// CHECK:   %[[TAKEN:.*]] = scf.if %[[FIRST]] -> (i32) {
// CHECK:     %[[TOTAL:.*]] = arith.muli
// CHECK:     %[[LAST:.*]] = arith.addi %[[TOTAL]], %c-1_i32
// CHECK:     %[[COUNT:.*]] = llvm.atomicrmw uinc_wrap %[[COUNTER]], %[[LAST]] syncscope("device") monotonic
// CHECK:     %[[BLOCKS:.*]] = nvvm.read.ptx.sreg.nctaid.x
// CHECK:     %[[SUM:.*]] = arith.addi %[[COUNT]], %[[BLOCKS]]
// CHECK:     %[[IS:.*]] = arith.cmpi ult, %[[SUM]], %[[TOTAL]]
// CHECK:     arith.select %[[IS]], %[[SUM]], %c-1_i32
// CHECK:   %[[NUMBER:.*]] = arith.index_castui %[[ITEM]]
// CHECK:   arith.remui %[[NUMBER]], %c8
// It waits in shared memory, while the loop needs all registers.
// CHECK:   scf.if %[[FIRST]] {
// CHECK:     llvm.store %[[TAKEN]], %{{.*}} {alignment = 4 : i64} : i32, !llvm.ptr<3>
// CHECK:   scf.for
// CHECK:   nvvm.barrier0
// CHECK:   %[[NEXT:.*]] = llvm.load %{{.*}} {alignment = 4 : i64} : !llvm.ptr<3> -> i32
// CHECK:   nvvm.barrier0
// CHECK:   %[[MORE:.*]] = arith.cmpi sge, %[[NEXT]], %c0_i32
// CHECK:   scf.condition(%[[MORE]]) %[[NEXT]]
func.func @past(%a: memref<128x16xf32>, %o: memref<4x128x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %pad = arith.constant 0.0 : f32
  %none = arith.constant dense<0.0> : vector<16x16xf32>
  scf.forall (%h, %i) in (4, 8) {
    %first = arith.muli %i, %c16 : index
    %end = arith.addi %first, %c16 : index
    %sums = scf.for %k = %c0 to %end step %c16 iter_args(%sum = %none) -> (vector<16x16xf32>) {
      %x = vector.transfer_read %a[%k, %c0], %pad {in_bounds = [true, true]} : memref<128x16xf32>, vector<16x16xf32>
      %more = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %x, %x, %sum : vector<16x16xf32>, vector<16x16xf32> into vector<16x16xf32>
      scf.yield %more : vector<16x16xf32>
    }
    vector.transfer_write %sums, %o[%h, %first, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, memref<4x128x16xf32>
  }
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// All go as far.
// CHECK-NOT: _items
// CHECK-LABEL: llvm.func @all_0(
// CHECK-NOT: scf.while
// CHECK: scf.for
func.func @all(%a: memref<128x16xf32>, %o: memref<4x128x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %pad = arith.constant 0.0 : f32
  %none = arith.constant dense<0.0> : vector<16x16xf32>
  scf.forall (%h, %i) in (4, 8) {
    %first = arith.muli %i, %c16 : index
    %sums = scf.for %k = %c0 to %c128 step %c16 iter_args(%sum = %none) -> (vector<16x16xf32>) {
      %x = vector.transfer_read %a[%k, %c0], %pad {in_bounds = [true, true]} : memref<128x16xf32>, vector<16x16xf32>
      %more = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %x, %x, %sum : vector<16x16xf32>, vector<16x16xf32> into vector<16x16xf32>
      scf.yield %more : vector<16x16xf32>
    }
    vector.transfer_write %sums, %o[%h, %first, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, memref<4x128x16xf32>
  }
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// A stretch that moves along is as long for all, but where it is cut off at the end.
// CHECK-NOT: _items
// CHECK-LABEL: llvm.func @moving_0(
// CHECK-NOT: scf.while
// CHECK: scf.for
func.func @moving(%a: memref<128x16xf32>, %o: memref<4x128x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %pad = arith.constant 0.0 : f32
  %none = arith.constant dense<0.0> : vector<16x16xf32>
  scf.forall (%h, %i) in (4, 8) {
    %first = arith.muli %i, %c16 : index
    %next = arith.addi %first, %c16 : index
    %end = arith.minsi %next, %c128 : index
    %sums = scf.for %k = %first to %end step %c16 iter_args(%sum = %none) -> (vector<16x16xf32>) {
      %x = vector.transfer_read %a[%k, %c0], %pad {in_bounds = [true, true]} : memref<128x16xf32>, vector<16x16xf32>
      %more = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %x, %x, %sum : vector<16x16xf32>, vector<16x16xf32> into vector<16x16xf32>
      scf.yield %more : vector<16x16xf32>
    }
    vector.transfer_write %sums, %o[%h, %first, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, memref<4x128x16xf32>
  }
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// The same in numbers of chunks.
// CHECK-NOT: _items
// CHECK-LABEL: llvm.func @chunks_0(
// CHECK-NOT: scf.while
// CHECK: scf.for
func.func @chunks(%a: memref<128x16xf32>, %o: memref<4x128x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %pad = arith.constant 0.0 : f32
  %none = arith.constant dense<0.0> : vector<16x16xf32>
  scf.forall (%h, %i) in (4, 8) {
    %first = arith.muli %i, %c16 : index
    %next = arith.addi %first, %c16 : index
    %end = arith.minsi %next, %c128 : index
    %length = arith.subi %end, %first : index
    %chunks = arith.divsi %length, %c16 : index
    %sums = scf.for %k = %c0 to %chunks step %c1 iter_args(%sum = %none) -> (vector<16x16xf32>) {
      %x = vector.transfer_read %a[%k, %c0], %pad {in_bounds = [true, true]} : memref<128x16xf32>, vector<16x16xf32>
      %more = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %x, %x, %sum : vector<16x16xf32>, vector<16x16xf32> into vector<16x16xf32>
      scf.yield %more : vector<16x16xf32>
    }
    vector.transfer_write %sums, %o[%h, %first, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, memref<4x128x16xf32>
  }
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// What tensors say is not known.
// CHECK: llvm.mlir.global external @documents_0_items(0 : i32) {addr_space = 1 : i32, alignment = 4 : i64} : i32
// CHECK-LABEL: llvm.func @documents_0(
// CHECK: scf.while
func.func @documents(%a: memref<128x16xf32>, %o: memref<4x128x16xf32>, %d: memref<128xindex>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %pad = arith.constant 0.0 : f32
  %none = arith.constant dense<0.0> : vector<16x16xf32>
  scf.forall (%h, %i) in (4, 8) {
    %first = arith.muli %i, %c16 : index
    %begin = memref.load %d[%first] : memref<128xindex>
    %end = arith.addi %first, %c16 : index
    %sums = scf.for %k = %begin to %end step %c16 iter_args(%sum = %none) -> (vector<16x16xf32>) {
      %x = vector.transfer_read %a[%k, %c0], %pad {in_bounds = [true, true]} : memref<128x16xf32>, vector<16x16xf32>
      %more = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %x, %x, %sum : vector<16x16xf32>, vector<16x16xf32> into vector<16x16xf32>
      scf.yield %more : vector<16x16xf32>
    }
    vector.transfer_write %sums, %o[%h, %first, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, memref<4x128x16xf32>
  }
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// The same of branches.
// CHECK: llvm.mlir.global external @padded_0_items(0 : i32) {addr_space = 1 : i32, alignment = 4 : i64} : i32
// CHECK-LABEL: llvm.func @padded_0(
// CHECK: scf.while
func.func @padded(%a: memref<128x16xf32>, %o: memref<4x128x16xf32>, %m: memref<4x128xi1>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %pad = arith.constant 0.0 : f32
  %none = arith.constant dense<0.0> : vector<16x16xf32>
  scf.forall (%h, %i) in (4, 8) {
    %first = arith.muli %i, %c16 : index
    %sums = scf.for %k = %c0 to %c128 step %c16 iter_args(%sum = %none) -> (vector<16x16xf32>) {
      %seen = memref.load %m[%h, %k] : memref<4x128xi1>
      %more = scf.if %seen -> (vector<16x16xf32>) {
        %x = vector.transfer_read %a[%k, %c0], %pad {in_bounds = [true, true]} : memref<128x16xf32>, vector<16x16xf32>
        %product = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %x, %x, %sum : vector<16x16xf32>, vector<16x16xf32> into vector<16x16xf32>
        scf.yield %product : vector<16x16xf32>
      } else {
        scf.yield %sum : vector<16x16xf32>
      }
      scf.yield %more : vector<16x16xf32>
    }
    vector.transfer_write %sums, %o[%h, %first, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, memref<4x128x16xf32>
  }
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// Loops around others go over stretches that were cut to be alike.
// CHECK-NOT: _items
// CHECK-LABEL: llvm.func @stretches_0(
// CHECK-NOT: scf.while
// CHECK: scf.for
func.func @stretches(%a: memref<128x16xf32>, %o: memref<4x128x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %pad = arith.constant 0.0 : f32
  %none = arith.constant dense<0.0> : vector<16x16xf32>
  scf.forall (%h, %i) in (4, 8) {
    %first = arith.muli %i, %c16 : index
    %rest = arith.subi %c128, %first : index
    %count = arith.minui %rest, %c16 : index
    %sums = scf.for %s = %c0 to %count step %c1 iter_args(%before = %none) -> (vector<16x16xf32>) {
      %of = scf.for %k = %c0 to %c128 step %c16 iter_args(%sum = %before) -> (vector<16x16xf32>) {
        %x = vector.transfer_read %a[%k, %c0], %pad {in_bounds = [true, true]} : memref<128x16xf32>, vector<16x16xf32>
        %more = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %x, %x, %sum : vector<16x16xf32>, vector<16x16xf32> into vector<16x16xf32>
        scf.yield %more : vector<16x16xf32>
      }
      scf.yield %of : vector<16x16xf32>
    }
    vector.transfer_write %sums, %o[%h, %first, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, memref<4x128x16xf32>
  }
  return
}
