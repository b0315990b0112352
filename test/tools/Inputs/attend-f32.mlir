// Grouped heads, causal.
func.func @attend(%q: tensor<?x4x?x64xf32> {attention.name = "q"}, %k: tensor<?x2x?x64xf32> {attention.name = "k"},
                  %v: tensor<?x2x?x64xf32> {attention.name = "v"}) -> (tensor<?x4x?x64xf32> {attention.name = "o"}) {
  %o = attention.attend #attention.softmax %q, %k, %v mask(#attention.causal) : tensor<?x4x?x64xf32>, tensor<?x2x?x64xf32>, tensor<?x2x?x64xf32>
  return %o : tensor<?x4x?x64xf32>
}
