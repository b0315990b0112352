// Causal attention of any batch and length: 4 heads of 32 columns.
func.func @attend(%q: tensor<?x4x?x32xf32> {attention.name = "q"}, %k: tensor<?x4x?x32xf32> {attention.name = "k"},
                  %v: tensor<?x4x?x32xf32> {attention.name = "v"}) -> (tensor<?x4x?x32xf32> {attention.name = "o"}) {
  %o = attention.attend #attention.softmax %q, %k, %v mask(#attention.causal)
      : tensor<?x4x?x32xf32>, tensor<?x4x?x32xf32>, tensor<?x4x?x32xf32>
  return %o : tensor<?x4x?x32xf32>
}
