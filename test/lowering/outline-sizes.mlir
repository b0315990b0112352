// RUN: attention-opt %s -attention-check-sizes -attention-outline-sizes -split-input-file -verify-diagnostics -canonicalize -cse | FileCheck %s

// CHECK-LABEL: func @add(
// CHECK-SAME:    attributes {attention.result_sizes = @add.sizes}
// CHECK-LABEL: func private @add.sizes(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<?x4xf32>, %[[Y:[a-z0-9]+]]: tensor<?x4xf32>) -> index
// CHECK-DAG:     %[[N:.*]] = tensor.dim %[[X]]
// CHECK-DAG:     %[[M:.*]] = tensor.dim %[[Y]]
// CHECK:         %[[BAD:.*]] = arith.cmpi ne
// CHECK:         attention.fail_if %[[BAD]]
// CHECK:         return %[[N]]
func.func @add(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = arith.addf %x, %y : tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// CHECK-LABEL: func private @attend.sizes(
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<?x2x?x8xf32>
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C2:.*]] = arith.constant 2 : index
// CHECK-DAG:     %[[BATCH:.*]] = tensor.dim %[[Q]], %[[C0]]
// CHECK-COUNT-3: attention.fail_if
// CHECK:         %[[ROWS:.*]] = tensor.dim %[[Q]], %[[C2]]
// CHECK:         return %[[BATCH]], %[[ROWS]]
func.func @attend(%q: tensor<?x2x?x8xf32>, %k: tensor<?x2x?x8xf32>, %v: tensor<?x2x?x8xf32>) -> tensor<?x2x?x8xf32> {
  %o = attention.attend #attention.softmax %q, %k, %v : tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>
  return %o : tensor<?x2x?x8xf32>
}

// -----

func.func @refuses_sizes_that_are_data(%x: tensor<4xindex>, %f: f32) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  // expected-error @below {{expects the sizes of results to follow from the sizes of arguments, but got the result of 'tensor.extract'}}
  %n = tensor.extract %x[%c0] : tensor<4xindex>
  %r = tensor.splat %f[%n] : tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// What varies in a loop is counted, and checked, by a loop over sizes alone.
// CHECK-LABEL: func private @counts.sizes(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[Y:.*]]: tensor<?x4xf32>, %[[N:.*]]: index)
// CHECK: %[[FIRST:.*]] = tensor.dim %[[X]]
// CHECK: %[[LAST:.*]] = scf.for %[[I:.*]] = {{.*}} iter_args(%[[SIZE:.*]] = %[[FIRST]]) -> (index)
// CHECK: attention.fail_if %{{.*}}(%[[SIZE]])
// CHECK: %[[NEXT:.*]] = arith.addi %[[SIZE]], %[[I]]
// CHECK: scf.yield %[[NEXT]]
// CHECK: return %[[LAST]]
func.func @counts(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>, %n: index) -> tensor<?x4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %first = tensor.dim %x, %c0 : tensor<?x4xf32>
  %end:2 = scf.for %i = %c0 to %c9 step %c1 iter_args(%t = %y, %size = %first) -> (tensor<?x4xf32>, index) {
    %bad = arith.cmpi sgt, %size, %c9 : index
    attention.fail_if %bad order(%c0) "expects at most 9, but got {0}"(%size)
    %next = arith.addi %size, %i : index
    %u = math.exp %t : tensor<?x4xf32>
    scf.yield %u, %next : tensor<?x4xf32>, index
  }
  %r = tensor.extract_slice %end#0[0, 0] [%end#1, 4] [1, 1] : tensor<?x4xf32> to tensor<?x4xf32>
  return %r : tensor<?x4xf32>
}
