// Attention with momentum as a flow, with the linear kernel <x, A x'>: tokens X carry momenta Y, and
//
//   X' = (1/n) (X A X^T) Y,   Y' = -alpha Y + X V^T - (1/n) (Y Y^T) X A,   alpha = 3 / t
//
// Without momentum the same kernel moves X by (1/n) (X A X^T) X V^T: linear attention.

!points = tensor<?x?x4xf32>
!heads = tensor<?x1x?x4xf32>
!square = tensor<4x4xf32>

// (1/n) (A B^T) C
func.func private @weigh(%a: !points, %b: !points, %c: !points) -> !points {
  %ah = attention.split_heads %a heads(1) : !points
  %bh = attention.split_heads %b heads(1) : !points
  %ch = attention.split_heads %c heads(1) : !points
  %oh = attention.attend #attention.linear<normalizer = count> %ah, %bh, %ch : !heads, !heads, !heads
  %o = attention.merge_heads %oh : !heads
  return %o : !points
}

func.func @attention(%x: !points {attention.name = "x"}, %A: !square {attention.name = "A"}, %V: !square {attention.name = "V"})
    -> (!points {attention.name = "rate"}) {
  %xa = attention.project %x, %A : !points, !square
  %xv = attention.project %x, %V : !points, !square
  %rate = call @weigh(%xa, %x, %xv) : (!points, !points, !points) -> !points
  return %rate : !points
}

func.func @step(%x: !points {attention.name = "x"}, %y: !points {attention.name = "y"}, %A: !square {attention.name = "A"},
                %V: !square {attention.name = "V"}) -> (!points {attention.name = "x_end"}, !points {attention.name = "y_end"}) {
  %x_end, %y_end = attention.evolve %x, %y steps(1) step(0.05) method(presymplectic) damping(#attention.damping<log = 3.0, start = 1.0>) velocity {
  ^bb0(%p: !points, %m: !points, %layer: index, %time: f32):
    %pa = attention.project %p, %A : !points, !square
    %rate = func.call @weigh(%pa, %p, %m) : (!points, !points, !points) -> !points
    attention.yield %rate : !points
  } force {
  ^bb0(%p: !points, %m: !points, %layer: index, %time: f32):
    %pa = attention.project %p, %A : !points, !square
    %pv = attention.project %p, %V : !points, !square
    %back = func.call @weigh(%m, %m, %pa) : (!points, !points, !points) -> !points
    %rate = arith.subf %pv, %back : !points
    attention.yield %rate : !points
  } : (!points, !points) -> (!points, !points)
  return %x_end, %y_end : !points, !points
}

func.func @flow(%x: !points {attention.name = "x"}, %y: !points {attention.name = "y"}, %A: !square {attention.name = "A"},
                %V: !square {attention.name = "V"}) -> (!points {attention.name = "x_end"}, !points {attention.name = "y_end"}) {
  %x_end, %y_end = attention.evolve %x, %y steps(20) step(0.05) method(presymplectic) damping(#attention.damping<log = 3.0, start = 1.0>) velocity {
  ^bb0(%p: !points, %m: !points, %layer: index, %time: f32):
    %pa = attention.project %p, %A : !points, !square
    %rate = func.call @weigh(%pa, %p, %m) : (!points, !points, !points) -> !points
    attention.yield %rate : !points
  } force {
  ^bb0(%p: !points, %m: !points, %layer: index, %time: f32):
    %pa = attention.project %p, %A : !points, !square
    %pv = attention.project %p, %V : !points, !square
    %back = func.call @weigh(%m, %m, %pa) : (!points, !points, !points) -> !points
    %rate = arith.subf %pv, %back : !points
    attention.yield %rate : !points
  } : (!points, !points) -> (!points, !points)
  return %x_end, %y_end : !points, !points
}
