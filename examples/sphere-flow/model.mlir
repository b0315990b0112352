// Particles on the sphere, as tokens move through the layers of a transformer: a layer is one step of the flow
//
//   x' = P_x (V A_B[mu](x) + W relu(U x + b)),  P_x u = u - x <x, u>
//
// A_B[mu](x) is softmax attention with q = B x and k = v = x. Each element of the batch is a measure mu: a cloud that sees itself
// alone, while all are moved by the same parameters. A schedule of parameters is a call for each, over a time of 25 steps.

!cloud = tensor<?x?x3xf32>
!heads = tensor<?x1x?x3xf32>
!square = tensor<3x3xf32>

func.func @flow(%x: !cloud {attention.name = "x"}, %V: !square {attention.name = "V"}, %B: !square {attention.name = "B"},
                %W: !square {attention.name = "W"}, %U: !square {attention.name = "U"}, %b: tensor<3xf32> {attention.name = "b"},
                %time: tensor<1xf32> {attention.name = "time"}) -> (!cloud {attention.name = "y"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %steps = arith.constant 25.0 : f32
  %t = tensor.extract %time[%c0] : tensor<1xf32>
  %h = arith.divf %t, %steps : f32
  %batch = tensor.dim %x, %c0 : !cloud
  %particles = tensor.dim %x, %c1 : !cloud
  %zeros = tensor.splat %zero[%batch, %particles] : !cloud
  %y = attention.evolve %x steps(25) step(%h : f32) method(rk4) on(#attention.sphere) velocity {
  ^bb0(%p: !cloud, %layer: index, %now: f32):
    %q = attention.project %p, %B : !cloud, !square
    %qh = attention.split_heads %q heads(1) : !cloud
    %ph = attention.split_heads %p heads(1) : !cloud
    %ah = attention.attend #attention.softmax %qh, %ph, %ph scale(1.0) : !heads, !heads, !heads
    %a = attention.merge_heads %ah : !heads
    %attended = attention.project %a, %V : !cloud, !square
    %u = attention.project %p, %U, %b : !cloud, !square, tensor<3xf32>
    %gate = arith.maximumf %u, %zeros : !cloud
    %pushed = attention.project %gate, %W : !cloud, !square
    %rate = arith.addf %attended, %pushed : !cloud
    attention.yield %rate : !cloud
  } : (!cloud) -> !cloud
  return %y : !cloud
}
