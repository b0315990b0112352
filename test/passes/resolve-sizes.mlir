// RUN: attention-opt %s --attention-resolve-sizes --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @follows_sizes_to_arguments(
// CHECK-SAME: %[[X:.*]]: tensor<?x?x32xf32>,
// CHECK: %[[ROWS:.*]] = tensor.dim %[[X]], %c1
// CHECK: return %[[ROWS]]
func.func @follows_sizes_to_arguments(%x: tensor<?x?x32xf32>, %w: tensor<64x32xf32>) -> index {
  %two = arith.constant 2 : index
  %y = attention.project %x, %w : tensor<?x?x32xf32>, tensor<64x32xf32>
  %g = attention.gelu %y : tensor<?x?x64xf32>
  %s = arith.addf %g, %y : tensor<?x?x64xf32>
  %h = attention.split_heads %s heads(4) : tensor<?x?x64xf32>
  %n = tensor.dim %h, %two : tensor<?x4x?x16xf32>
  return %n : index
}
