// RUN: attention-opt %s -split-input-file -attention-results-to-arguments -verify-diagnostics | FileCheck %s

// What callers give is not written to.
// CHECK-LABEL: func @returns_into_the_callers_buffer(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32> {bufferization.writable = false}, %[[OUT:.*]]: memref<?x4xf32> {attention.name = "y", attention.result}) {
// CHECK: bufferization.materialize_in_destination %[[X]] in restrict writable %[[OUT]]
// CHECK: return{{$}}
func.func @returns_into_the_callers_buffer(%x: tensor<?x4xf32>) -> (tensor<?x4xf32> {attention.name = "y"}) {
  return %x : tensor<?x4xf32>
}

// -----

// CHECK-LABEL: func @returns_results_in_order(
// CHECK-SAME: %[[A:.*]]: tensor<2xf32> {{.*}}, %[[B:.*]]: tensor<3xi64> {{.*}}, %[[FIRST:.*]]: memref<3xi64> {attention.result}, %[[SECOND:.*]]: memref<2xf32> {attention.result})
// CHECK-DAG: bufferization.materialize_in_destination %[[B]] in restrict writable %[[FIRST]]
// CHECK-DAG: bufferization.materialize_in_destination %[[A]] in restrict writable %[[SECOND]]
func.func @returns_results_in_order(%a: tensor<2xf32>, %b: tensor<3xi64>) -> (tensor<3xi64>, tensor<2xf32>) {
  return %b, %a : tensor<3xi64>, tensor<2xf32>
}

// -----

// CHECK-LABEL: func @returns_rows_under_another_name(
// CHECK-SAME: %[[X:.*]]: tensor<6x4xf32> {{.*}}, %[[OUT:.*]]: memref<2x3x4xf32> {attention.result})
// CHECK: %[[ROWS:.*]] = memref.collapse_shape %[[OUT]] {{.*}} into memref<6x4xf32>
// CHECK: bufferization.materialize_in_destination %[[X]] in restrict writable %[[ROWS]]
func.func @returns_rows_under_another_name(%x: tensor<6x4xf32>) -> tensor<2x3x4xf32> {
  %y = tensor.expand_shape %x [[0, 1], [2]] output_shape [2, 3, 4] : tensor<6x4xf32> into tensor<2x3x4xf32>
  return %y : tensor<2x3x4xf32>
}

// -----

// CHECK-LABEL: func private @leaves_private_functions(
// CHECK-SAME: -> tensor<2xf32>
func.func private @leaves_private_functions(%a: tensor<2xf32>) -> tensor<2xf32> {
  return %a : tensor<2xf32>
}

// -----

// expected-error @below {{expects results that are tensors in compiled code, but result 0 is 'index'}}
func.func @refuses_scalars(%i: index) -> index {
  return %i : index
}
