func.func @inputs(%x: tensor<1x?x8xf32> {attention.name = "x"}, %y: tensor<1x?x8xf32> {attention.name = "y"})
    -> (tensor<1x?x8xf32> {attention.name = "x_end"}, tensor<1x?x8xf32> {attention.name = "y_end"}) {
  %x_end, %y_end = attention.evolve %x, %y steps(5) step(0.25) method(plain) velocity {
  ^bb0(%p: tensor<1x?x8xf32>, %m: tensor<1x?x8xf32>, %layer: index, %time: f32):
    attention.yield %m : tensor<1x?x8xf32>
  } force {
  ^bb0(%p: tensor<1x?x8xf32>, %m: tensor<1x?x8xf32>, %layer: index, %time: f32):
    %g = math.sin %p : tensor<1x?x8xf32>
    attention.yield %g : tensor<1x?x8xf32>
  } : (tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> (tensor<1x?x8xf32>, tensor<1x?x8xf32>)
  return %x_end, %y_end : tensor<1x?x8xf32>, tensor<1x?x8xf32>
}

func.func @weights(%x: tensor<6x8xf32> {attention.weight = "x"}) -> (tensor<6x8xf32> {attention.name = "x_end"}) {
  %x_end = attention.evolve %x steps(5) step(0.25) method(heun) velocity {
  ^bb0(%p: tensor<6x8xf32>, %layer: index, %time: f32):
    %f = math.sin %p : tensor<6x8xf32>
    attention.yield %f : tensor<6x8xf32>
  } : (tensor<6x8xf32>) -> tensor<6x8xf32>
  return %x_end : tensor<6x8xf32>
}
