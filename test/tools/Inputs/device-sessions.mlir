func.func @attend(%q: tensor<?x4x?x16xf32> {attention.name = "q", attention.tokens = 2 : i64}, %k: tensor<?x2x?x16xf32> {attention.name = "k", attention.tokens = 2 : i64},
                  %v: tensor<?x2x?x16xf32> {attention.name = "v", attention.tokens = 2 : i64}) -> (tensor<?x4x?x16xf32> {attention.name = "o", attention.tokens = 2 : i64}) {
  %o = attention.attend #attention.softmax %q, %k, %v mask(#attention.all<[#attention.causal, #attention.window<9>]>) : tensor<?x4x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>
  return %o : tensor<?x4x?x16xf32>
}
func.func @memory(%q: tensor<?x2x?x16xf32> {attention.name = "q", attention.tokens = 2 : i64}, %k: tensor<?x2x?x16xf32> {attention.name = "k", attention.tokens = 2 : i64},
                  %v: tensor<?x2x?x16xf32> {attention.name = "v", attention.tokens = 2 : i64}) -> (tensor<?x2x?x16xf32> {attention.name = "o", attention.tokens = 2 : i64}) {
  %o = attention.attend #attention.log_exp %q, %k, %v mask(#attention.causal) : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>
  return %o : tensor<?x2x?x16xf32>
}
func.func @flow(%x: tensor<?x2x?x16xf32> {attention.name = "x", attention.tokens = 2 : i64}) -> (tensor<?x2x?x16xf32> {attention.name = "o", attention.tokens = 2 : i64}) {
  %o = attention.evolve %x steps(3) step(0.1) method(heun) on(#attention.sphere) velocity {
  ^bb0(%p: tensor<?x2x?x16xf32>, %layer: index, %time: f32):
    %a = attention.attend #attention.softmax %p, %p, %p mask(#attention.causal) : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>
    %b = attention.attend #attention.log_exp %p, %p, %p mask(#attention.causal) : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>
    %f = arith.addf %a, %b : tensor<?x2x?x16xf32>
    attention.yield %f : tensor<?x2x?x16xf32>
  } : (tensor<?x2x?x16xf32>) -> tensor<?x2x?x16xf32>
  return %o : tensor<?x2x?x16xf32>
}
