// A memory without weights: sums of products alone.
func.func @attend(%q: tensor<?x2x?x48xf32> {attention.name = "q"}, %k: tensor<?x2x?x48xf32> {attention.name = "k"}, %v: tensor<?x2x?x40xf32> {attention.name = "v"})
    -> (tensor<?x2x?x40xf32> {attention.name = "o"}) {
  %o = attention.attend #attention.linear<feature = relu, normalizer = none> %q, %k, %v mask(#attention.causal) scale(1.0) : tensor<?x2x?x48xf32>, tensor<?x2x?x48xf32>, tensor<?x2x?x40xf32>
  return %o : tensor<?x2x?x40xf32>
}
