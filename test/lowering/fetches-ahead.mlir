// What is fetched ahead. Memory keeps up by itself where each byte takes part in many products, and a task has a long way to go. Tasks that begin elsewhere each,
// as those of windows, fetch the next tile of keys ahead, and what they write at last. Rows of queries that are not copied are fetched two blocks ahead.
// RUN: attention-opt %s --attention-tiles-to-loops --canonicalize --cse --split-input-file | FileCheck %s

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: func.func @window
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: memref<?x32xf32>, %[[K:[a-z0-9]+]]: memref<?x32xf32>, %[[O:[a-z0-9]+]]: memref<?x16xf32>
// CHECK:         scf.for %[[KEY:[a-z0-9]+]] = %[[BEGIN:[0-9]+]] to %{{[0-9]+}} step %c16
// CHECK:           %[[NEXT:.+]] = arith.addi %[[KEY]], %c16
// CHECK:           %[[ROW:.+]] = arith.addi %[[NEXT]], %{{.+}}
// CHECK:           memref.prefetch %[[K]][%[[ROW]], %c0], read, locality<3>, data
// CHECK:           %[[ROW:.+]] = arith.addi %[[BEGIN]], %{{.+}}
// CHECK:           memref.prefetch %[[O]][%[[ROW]], %c0], write, locality<3>, data
// CHECK:           vector.fma
// CHECK-LABEL: func.func @from_the_first
// CHECK:         %[[QUERIES:.+]] = memref.reinterpret_cast %arg0
// CHECK:         scf.for %[[BLOCK:.+]] = %c0 to %c128 step %c16
// CHECK:           %[[AHEAD:.+]] = arith.addi %[[BLOCK]], %c32
// CHECK:           %[[ROW:.+]] = arith.minsi %[[AHEAD]], %c127
// CHECK:           memref.prefetch %[[QUERIES]][%[[ROW]], %c0], read, locality<3>, data
// CHECK-NOT:       memref.prefetch %arg
// CHECK:           vector.fma
func.func @window(%q: memref<?x32xf32>, %k: memref<?x32xf32>, %o: memref<?x16xf32>, %tasks: index) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c48 = arith.constant 48 : index
  %c128 = arith.constant 128 : index
  %zero = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<128x16xf32>
  scf.forall (%i) in (%tasks) {
    %first = arith.muli %i, %c128 : index
    %end = arith.addi %first, %c48 : index
    %a = vector.transfer_read %q[%first, %c0], %zero {in_bounds = [true, true]} : memref<?x32xf32>, vector<128x32xf32>
    %r = scf.for %key = %first to %end step %c16 iter_args(%sum = %start) -> (vector<128x16xf32>) {
      %b = vector.transfer_read %k[%key, %c0], %zero {in_bounds = [true, true]} : memref<?x32xf32>, vector<16x32xf32>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %sum : vector<128x32xf32>, vector<16x32xf32> into vector<128x16xf32>
      scf.yield %s : vector<128x16xf32>
    }
    vector.transfer_write %r, %o[%first, %c0] {in_bounds = [true, true]} : vector<128x16xf32>, memref<?x16xf32>
  }
  return
}

func.func @from_the_first(%q: memref<?x32xf32>, %k: memref<?x32xf32>, %o: memref<?x16xf32>, %tasks: index) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c48 = arith.constant 48 : index
  %c128 = arith.constant 128 : index
  %zero = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<128x16xf32>
  scf.forall (%i) in (%tasks) {
    %first = arith.muli %i, %c128 : index
    %end = arith.addi %first, %c48 : index
    %a = vector.transfer_read %q[%first, %c0], %zero {in_bounds = [true, true]} : memref<?x32xf32>, vector<128x32xf32>
    %r = scf.for %key = %c0 to %end step %c16 iter_args(%sum = %start) -> (vector<128x16xf32>) {
      %b = vector.transfer_read %k[%key, %c0], %zero {in_bounds = [true, true]} : memref<?x32xf32>, vector<16x32xf32>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %sum : vector<128x32xf32>, vector<16x32xf32> into vector<128x16xf32>
      scf.yield %s : vector<128x16xf32>
    }
    vector.transfer_write %r, %o[%first, %c0] {in_bounds = [true, true]} : vector<128x16xf32>, memref<?x16xf32>
  }
  return
}

// What branches read counts as well, where its place is known before the branch: it is only asked for. Equal reads are asked for once.
// CHECK-LABEL: func.func @in_branches
// CHECK-SAME:    memref<16x32xf32>, %[[K:[a-z0-9]+]]: memref<?x32xf32>, %[[L:[a-z0-9]+]]: memref<?x32xf32>
// CHECK:         scf.for %[[KEY:[a-z0-9]+]] = %c0 to %{{.+}} step %c16
// CHECK:           scf.if
// CHECK-COUNT-32:  memref.prefetch %[[K]]
// CHECK-NOT:       memref.prefetch
// CHECK:           } else {
// CHECK-NOT:       memref.prefetch %[[L]]
// CHECK:           return
func.func @in_branches(%q: memref<16x32xf32>, %k: memref<?x32xf32>, %l: memref<?x32xf32>, %o: memref<16x16xf32>, %end: index, %near: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<16x16xf32>
  %a = vector.transfer_read %q[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x32xf32>, vector<16x32xf32>
  %r = scf.for %key = %c0 to %end step %c16 iter_args(%sum = %start) -> (vector<16x16xf32>) {
    %isNear = arith.cmpi slt, %key, %near : index
    %next = scf.if %isNear -> (vector<16x16xf32>) {
      %b = vector.transfer_read %k[%key, %c0], %zero {in_bounds = [true, true]} : memref<?x32xf32>, vector<16x32xf32>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %sum : vector<16x32xf32>, vector<16x32xf32> into vector<16x16xf32>
      scf.yield %s : vector<16x16xf32>
    } else {
      %b = vector.transfer_read %k[%key, %c0], %zero {in_bounds = [true, true]} : memref<?x32xf32>, vector<16x32xf32>
      %place = arith.addi %key, %c1 : index
      %c = vector.transfer_read %l[%place, %c0], %zero {in_bounds = [true, true]} : memref<?x32xf32>, vector<16x32xf32>
      %t = arith.addf %b, %c : vector<16x32xf32>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %t, %sum : vector<16x32xf32>, vector<16x32xf32> into vector<16x16xf32>
      scf.yield %s : vector<16x16xf32>
    }
    scf.yield %next : vector<16x16xf32>
  }
  vector.transfer_write %r, %o[%c0, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, memref<16x16xf32>
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// Rows that are read once are not fetched.
// CHECK-LABEL: func.func @once
// CHECK-NOT:     memref.prefetch
// CHECK:         return
func.func @once(%q: memref<?x32xf32>, %k: memref<16x32xf32>, %o: memref<128x16xf32>, %first: index) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<128x16xf32>
  %a = vector.transfer_read %q[%first, %c0], %zero {in_bounds = [true, true]} : memref<?x32xf32>, vector<128x32xf32>
  %b = vector.transfer_read %k[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x32xf32>, vector<16x32xf32>
  %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %start : vector<128x32xf32>, vector<16x32xf32> into vector<128x16xf32>
  vector.transfer_write %s, %o[%c0, %c0] {in_bounds = [true, true]} : vector<128x16xf32>, memref<128x16xf32>
  return
}
