// RUN: attention-opt %s --attention-unfold-scalars | FileCheck %s

// CHECK-LABEL: func.func @scalars(
// CHECK-SAME: %[[X:.*]]: tensor<f32>, %[[Y:.*]]: tensor<4xf32>)
// CHECK: %[[A:.*]] = tensor.extract %[[X]][] : tensor<f32>
// CHECK: %[[B:.*]] = tensor.extract %[[X]][] : tensor<f32>
// CHECK: %[[C:.*]] = arith.mulf %[[A]], %[[B]] fastmath<contract> : f32
// CHECK: %[[SQUARE:.*]] = tensor.from_elements %[[C]] : tensor<f32>
// CHECK: %[[D:.*]] = tensor.extract %[[SQUARE]][] : tensor<f32>
// CHECK: %[[E:.*]] = arith.cmpf olt, %[[D]], %{{.*}} : f32
// CHECK: tensor.from_elements %[[E]] : tensor<i1>
// CHECK: arith.addf %[[Y]], %[[Y]] : tensor<4xf32>
func.func @scalars(%x: tensor<f32>, %y: tensor<4xf32>) -> (tensor<i1>, tensor<4xf32>) {
  %square = arith.mulf %x, %x fastmath<contract> : tensor<f32>
  %less = arith.cmpf olt, %square, %x : tensor<f32>
  %twice = arith.addf %y, %y : tensor<4xf32>
  return %less, %twice : tensor<i1>, tensor<4xf32>
}
