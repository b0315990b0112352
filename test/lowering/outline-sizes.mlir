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
