func.func @gated(%q: tensor<?x2x?x4xf32> {attention.name = "q", attention.tokens = 2 : i64}, %k: tensor<?x2x?x4xf32> {attention.name = "k", attention.tokens = 2 : i64}, %v: tensor<?x2x?x4xf32> {attention.name = "v", attention.tokens = 2 : i64},
                 %g: tensor<?x2x?x4xf32> {attention.name = "g", attention.tokens = 2 : i64}, %b: tensor<?x?x?x1xf32> {attention.name = "b", attention.tokens = 2 : i64}) -> (tensor<?x2x?x4xf32> {attention.name = "o", attention.tokens = 2 : i64}) {
  %o = attention.attend #attention.delta %q, %k, %v mask(#attention.causal) decay(%g : tensor<?x2x?x4xf32>) beta(%b : tensor<?x?x?x1xf32>)
      : tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>
  return %o : tensor<?x2x?x4xf32>
}
