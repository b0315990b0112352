// Causal attention of x to itself, which a weight projects first: two kernels, a workspace and sizes that must agree.
func.func @attend(%x: tensor<1x?x32xf32> {attention.name = "x", attention.tokens = 1 : i64}, %bias: tensor<1x?x32xf32> {attention.name = "bias", attention.tokens = 1 : i64},
                  %w: tensor<32x32xf32> {attention.name = "w", attention.weight = "layer.weight"}) -> (tensor<1x?x32xf32> {attention.name = "y", attention.tokens = 1 : i64}) {
  %p = attention.project %x, %w : tensor<1x?x32xf32>, tensor<32x32xf32>
  %h = attention.split_heads %p heads(2) : tensor<1x?x32xf32>
  %o = attention.attend #attention.softmax %h, %h, %h mask(#attention.causal) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  %m = attention.merge_heads %o : tensor<1x2x?x16xf32>
  %y = arith.addf %m, %bias : tensor<1x?x32xf32>
  return %y : tensor<1x?x32xf32>
}
