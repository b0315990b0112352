// RUN: attention-opt %s --attention-check-sizes | FileCheck %s

// CHECK-LABEL: func.func @compares_dynamic_sizes(
// CHECK-SAME: %[[X:.*]]: tensor<?x?xf32>, %[[W:.*]]: tensor<8x?xf32>)
// CHECK: %[[BAD:.*]] = arith.cmpi ne
// CHECK: attention.fail_if %[[BAD]] {{.*}}expects {{.*}}, but got {0} and {1}"
// CHECK: attention.project
func.func @compares_dynamic_sizes(%x: tensor<?x?xf32>, %w: tensor<8x?xf32>) -> tensor<?x8xf32> {
  %y = attention.project %x, %w : tensor<?x?xf32>, tensor<8x?xf32>
  return %y : tensor<?x8xf32>
}

// What the verifier compared is not compared again.
// CHECK-LABEL: func.func @trusts_static_sizes(
// CHECK-NOT: attention.fail_if
// CHECK: return
func.func @trusts_static_sizes(%x: tensor<?x16xf32>, %w: tensor<8x16xf32>) -> tensor<?x8xf32> {
  %y = attention.project %x, %w : tensor<?x16xf32>, tensor<8x16xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: func.func @compares_joined(
// CHECK: attention.fail_if {{.*}}expects dimension 0 to be the same as that of the first, but got {0} and {1}"
// CHECK-NOT: attention.fail_if
// CHECK: tensor.concat
func.func @compares_joined(%a: tensor<?x?x4xf32>, %b: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %u = tensor.concat dim(1) %a, %b : (tensor<?x?x4xf32>, tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  return %u : tensor<?x?x4xf32>
}

!t = tensor<?x2x?x4xf32>

// Gates repeat along a size that is 1 in their type; all others must fit.
// CHECK-LABEL: func.func @gates(
// CHECK: attention.fail_if {{.*}}expects the batch of decay to be the same as the batch of query, but got {0} and {1}
// CHECK-NOT: the heads of decay
// CHECK: attention.fail_if {{.*}}expects the rows of decay to be the same as the rows of key, but got {0} and {1}
// CHECK-NOT: the batch of beta
// CHECK: attention.fail_if {{.*}}expects the heads of beta to be the same as the heads of the result, but got {0} and {1}
// CHECK-NOT: the rows of beta
// CHECK: attention.fail_if {{.*}}expects the columns of beta to be 1, but got {0}
// CHECK: attention.attend
func.func @gates(%q: !t, %g: tensor<?x2x?x1xf32>, %b: tensor<1x?x1x?xf32>) -> !t {
  %o = attention.attend #attention.delta %q, %q, %q mask(#attention.causal) decay(%g : tensor<?x2x?x1xf32>) beta(%b : tensor<1x?x1x?xf32>) : !t, !t, !t
  return %o : !t
}
