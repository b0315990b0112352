// Tasks that differ in what they have to do: documents of any lengths (float32), a causal mask (bfloat16, whole tiles by producers).
!q = tensor<1x3x?x32xf32>
!h = tensor<1x2x?x64xbf16>

func.func @ragged(%q: !q {attention.name = "q"}, %h: !h {attention.name = "h"}, %d: tensor<?xi64> {attention.name = "d"})
    -> (!q {attention.name = "documents"}, !h {attention.name = "causal"}) {
  %0 = attention.attend #attention.softmax %q, %q, %q mask(#attention.causal) documents(%d : tensor<?xi64>) : !q, !q, !q
  %1 = attention.attend #attention.softmax %h, %h, %h mask(#attention.causal) : !h, !h, !h
  return %0, %1 : !q, !h
}
