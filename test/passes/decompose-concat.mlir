// RUN: attention-opt %s --attention-decompose-concat | FileCheck %s

// CHECK-LABEL: func.func @joined(
// CHECK-SAME: %[[A:.*]]: tensor<2x?xf32>, %[[B:.*]]: tensor<2x3xf32>)
// CHECK: %[[FIRST:.*]] = tensor.insert_slice %[[A]] into %{{.*}}[0, 0]
// CHECK: tensor.insert_slice %[[B]] into %[[FIRST]][0, %{{.*}}] [2, 3]
func.func @joined(%a: tensor<2x?xf32>, %b: tensor<2x3xf32>) -> tensor<2x?xf32> {
  %u = tensor.concat dim(1) %a, %b : (tensor<2x?xf32>, tensor<2x3xf32>) -> tensor<2x?xf32>
  return %u : tensor<2x?xf32>
}
