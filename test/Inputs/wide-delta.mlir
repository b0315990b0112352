// Tiles of 256 columns of f64 take more shared memory than some processors have.
func.func @attend(%q: tensor<1x1x?x256xf64> {attention.name = "q"}) -> (tensor<1x1x?x256xf64> {attention.name = "o"}) {
  %o = attention.attend #attention.delta %q, %q, %q mask(#attention.causal) : tensor<1x1x?x256xf64>, tensor<1x1x?x256xf64>, tensor<1x1x?x256xf64>
  return %o : tensor<1x1x?x256xf64>
}
