// The same of bfloat16.
func.func @attend(%q: tensor<?x4x?x64xbf16> {attention.name = "q"}, %k: tensor<?x2x?x64xbf16> {attention.name = "k"},
                  %v: tensor<?x2x?x64xbf16> {attention.name = "v"}) -> (tensor<?x4x?x64xbf16> {attention.name = "o"}) {
  %o = attention.attend #attention.softmax %q, %k, %v mask(#attention.causal) : tensor<?x4x?x64xbf16>, tensor<?x2x?x64xbf16>, tensor<?x2x?x64xbf16>
  return %o : tensor<?x4x?x64xbf16>
}
