// Keys of length 1, so that the memory stays small.
func.func @delta(%q: tensor<1x4x300x64xf32> {attention.name = "q"}, %k: tensor<1x4x300x64xf32> {attention.name = "k"},
                 %v: tensor<1x4x300x64xf32> {attention.name = "v"}) -> (tensor<1x4x300x64xf32> {attention.name = "o"}) {
  %scale = arith.constant dense<0.125> : tensor<64xf32>
  %unit = attention.rms_norm %k, %scale epsilon(1.0e-6) : tensor<1x4x300x64xf32>, tensor<64xf32>
  %beta = arith.constant dense<0.5> : tensor<1x4x300x1xf32>
  %o = attention.attend #attention.delta %q, %unit, %v mask(#attention.causal) beta(%beta : tensor<1x4x300x1xf32>)
    : tensor<1x4x300x64xf32>, tensor<1x4x300x64xf32>, tensor<1x4x300x64xf32>
  return %o : tensor<1x4x300x64xf32>
}
