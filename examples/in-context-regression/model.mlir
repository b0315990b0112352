// In-context linear regression through a shared workspace. 16 examples z = (x, y) in R^4 x R, any number of tasks, any number of layers
// (the first size of the weights). Every layer measures each example in the light of the workspace p; four heads send the mean of
// their measurement through one channel each, and the workspace accumulates:
//
//   e_i = psi_l(z_i, p),  a = mean over i of e_i,  p <- p + U_l a;  prediction = <read p, query>
//
// psi multiplies linear maps: h = 0.3 (G1 n) (U1 n) with n = [z, p], then e = out 0.3 (G2 [n, h]) (U2 [n, h]).

!examples = tensor<?x?x5xf32>
!workspace = tensor<?x1x16xf32>
!seen = tensor<?x?x21xf32>
!both = tensor<?x?x53xf32>
!hidden = tensor<?x?x32xf32>

func.func private @product(%a: !hidden, %b: !hidden) -> !hidden {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %scale = arith.constant 0.3 : f32
  %tasks = tensor.dim %a, %c0 : !hidden
  %examples = tensor.dim %a, %c1 : !hidden
  %scales = tensor.splat %scale[%tasks, %examples] : !hidden
  %ab = arith.mulf %a, %b : !hidden
  %y = arith.mulf %ab, %scales : !hidden
  return %y : !hidden
}

func.func private @first(%l: index, %n: !seen, %weights: tensor<?x32x21xf32>, %biases: tensor<?x32xf32>) -> !hidden {
  %weight = tensor.extract_slice %weights[%l, 0, 0] [1, 32, 21] [1, 1, 1] : tensor<?x32x21xf32> to tensor<32x21xf32>
  %bias = tensor.extract_slice %biases[%l, 0] [1, 32] [1, 1] : tensor<?x32xf32> to tensor<32xf32>
  %y = attention.project %n, %weight, %bias : !seen, tensor<32x21xf32>, tensor<32xf32>
  return %y : !hidden
}

func.func private @second(%l: index, %n: !both, %weights: tensor<?x32x53xf32>, %biases: tensor<?x32xf32>) -> !hidden {
  %weight = tensor.extract_slice %weights[%l, 0, 0] [1, 32, 53] [1, 1, 1] : tensor<?x32x53xf32> to tensor<32x53xf32>
  %bias = tensor.extract_slice %biases[%l, 0] [1, 32] [1, 1] : tensor<?x32xf32> to tensor<32xf32>
  %y = attention.project %n, %weight, %bias : !both, tensor<32x53xf32>, tensor<32xf32>
  return %y : !hidden
}

func.func @infer(%z: !examples {attention.name = "examples"}, %query: tensor<?x1x4xf32> {attention.name = "query"},
                 %g1: tensor<?x32x21xf32> {attention.weight = "g1.weight"}, %g1_bias: tensor<?x32xf32> {attention.weight = "g1.bias"},
                 %u1: tensor<?x32x21xf32> {attention.weight = "u1.weight"}, %u1_bias: tensor<?x32xf32> {attention.weight = "u1.bias"},
                 %g2: tensor<?x32x53xf32> {attention.weight = "g2.weight"}, %g2_bias: tensor<?x32xf32> {attention.weight = "g2.bias"},
                 %u2: tensor<?x32x53xf32> {attention.weight = "u2.weight"}, %u2_bias: tensor<?x32xf32> {attention.weight = "u2.bias"},
                 %out: tensor<?x4x32xf32> {attention.weight = "out.weight"}, %U: tensor<?x16x4xf32> {attention.weight = "U.weight"},
                 %read: tensor<4x16xf32> {attention.weight = "read.weight"})
    -> (tensor<?x1x1xf32> {attention.name = "prediction"}, !workspace {attention.name = "workspace"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %layers = tensor.dim %out, %c0 : tensor<?x4x32xf32>
  %tasks = tensor.dim %z, %c0 : !examples
  %empty = tensor.splat %zero[%tasks] : !workspace
  %full = scf.for %l = %c0 to %layers step %c1 iter_args(%p = %empty) -> !workspace {
    %everywhere = attention.broadcast_rows %p like %z : !workspace, !examples
    %n = tensor.concat dim(2) %z, %everywhere : (!examples, tensor<?x?x16xf32>) -> !seen
    %a1 = func.call @first(%l, %n, %g1, %g1_bias) : (index, !seen, tensor<?x32x21xf32>, tensor<?x32xf32>) -> !hidden
    %b1 = func.call @first(%l, %n, %u1, %u1_bias) : (index, !seen, tensor<?x32x21xf32>, tensor<?x32xf32>) -> !hidden
    %h = func.call @product(%a1, %b1) : (!hidden, !hidden) -> !hidden
    %nh = tensor.concat dim(2) %n, %h : (!seen, !hidden) -> !both
    %a2 = func.call @second(%l, %nh, %g2, %g2_bias) : (index, !both, tensor<?x32x53xf32>, tensor<?x32xf32>) -> !hidden
    %b2 = func.call @second(%l, %nh, %u2, %u2_bias) : (index, !both, tensor<?x32x53xf32>, tensor<?x32xf32>) -> !hidden
    %h2 = func.call @product(%a2, %b2) : (!hidden, !hidden) -> !hidden
    %out_l = tensor.extract_slice %out[%l, 0, 0] [1, 4, 32] [1, 1, 1] : tensor<?x4x32xf32> to tensor<4x32xf32>
    %e = attention.project %h2, %out_l : !hidden, tensor<4x32xf32>
    %a = attention.mean_rows %e : tensor<?x?x4xf32>
    %U_l = tensor.extract_slice %U[%l, 0, 0] [1, 16, 4] [1, 1, 1] : tensor<?x16x4xf32> to tensor<16x4xf32>
    %new = attention.project %a, %U_l : tensor<?x1x4xf32>, tensor<16x4xf32>
    %after = arith.addf %p, %new : !workspace
    scf.yield %after : !workspace
  }
  %theta = attention.project %full, %read : !workspace, tensor<4x16xf32>
  %products = arith.mulf %theta, %query : tensor<?x1x4xf32>
  %ones = arith.constant dense<1.0> : tensor<1x4xf32>
  %prediction = attention.project %products, %ones : tensor<?x1x4xf32>, tensor<1x4xf32>
  return %prediction, %full : tensor<?x1x1xf32>, !workspace
}
