// A layer of a transformer without its attention: rows of 320 columns are normalised and go through 1280.
func.func @layer(%x: tensor<1x?x320xf32> {attention.name = "x"}, %gain: tensor<320xf32> {attention.name = "gain"}, %shift: tensor<320xf32> {attention.name = "shift"},
                 %up: tensor<1280x320xf32> {attention.name = "up"}, %down: tensor<320x1280xf32> {attention.name = "down"})
    -> (tensor<1x?x320xf32> {attention.name = "y"}) {
  %0 = attention.layer_norm %x, %gain, %shift epsilon(1.0e-5) : tensor<1x?x320xf32>, tensor<320xf32>, tensor<320xf32>
  %1 = attention.project %0, %up : tensor<1x?x320xf32>, tensor<1280x320xf32>
  %2 = attention.gelu approximate %1 : tensor<1x?x1280xf32>
  %3 = attention.project %2, %down : tensor<1x?x1280xf32>, tensor<320x1280xf32>
  %y = arith.addf %x, %3 : tensor<1x?x320xf32>
  return %y : tensor<1x?x320xf32>
}
