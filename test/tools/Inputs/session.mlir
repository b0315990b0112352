func.func @attend(%q: tensor<?x2x?x16xf32> {attention.name = "q", attention.tokens = 2 : i64}, %k: tensor<?x2x?x16xf32> {attention.name = "k", attention.tokens = 2 : i64},
                  %v: tensor<?x2x?x16xf32> {attention.name = "v", attention.tokens = 2 : i64}) -> (tensor<?x2x?x16xf32> {attention.name = "o", attention.tokens = 2 : i64}) {
  %o = attention.attend #attention.softmax %q, %k, %v mask(#attention.all<[#attention.causal, #attention.window<9>]>) : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>
  return %o : tensor<?x2x?x16xf32>
}

func.func @everything(%q: tensor<1x2x?x16xf32> {attention.name = "q", attention.tokens = 2 : i64}) -> (tensor<1x2x?x16xf32> {attention.name = "o", attention.tokens = 2 : i64}) {
  %o = attention.attend #attention.softmax %q, %q, %q : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}

func.func @memory(%x: tensor<1x2x?x16xf32> {attention.name = "x", attention.tokens = 2 : i64}) -> (tensor<1x2x?x16xf32> {attention.name = "o", attention.tokens = 2 : i64}) {
  %o = attention.attend #attention.linear<feature = elu1, normalizer = keys> %x, %x, %x mask(#attention.causal) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}

func.func @tokens_first(%x: tensor<?x?x8xf32> {attention.name = "x", attention.tokens = 0 : i64}) -> (tensor<?x?x8xf32> {attention.name = "o", attention.tokens = 1 : i64}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c0 : tensor<?x?x8xf32>
  %b = tensor.dim %x, %c1 : tensor<?x?x8xf32>
  %e = tensor.empty(%b, %n) : tensor<?x?x8xf32>
  %t = linalg.transpose ins(%x : tensor<?x?x8xf32>) outs(%e : tensor<?x?x8xf32>) permutation = [1, 0, 2]
  %h = attention.split_heads %t heads(2) : tensor<?x?x8xf32>
  %oh = attention.attend #attention.softmax %h, %h, %h mask(#attention.causal) : tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>
  %o = attention.merge_heads %oh : tensor<?x2x?x4xf32>
  return %o : tensor<?x?x8xf32>
}
