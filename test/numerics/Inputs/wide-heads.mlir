// Heads of 128: what a block holds of them is divided among warps by rows and by columns.
func.func @heads(%q: tensor<1x1x?x128xf32> {attention.name = "q"}, %k: tensor<1x1x?x128xf32> {attention.name = "k"}, %v: tensor<1x1x?x128xf32> {attention.name = "v"}, %x: tensor<1x1x?x128xf32> {attention.name = "x"})
    -> (tensor<1x1x?x128xf32> {attention.name = "rank_one"}, tensor<1x1x?x128xf16> {attention.name = "normalised"}, tensor<1x1x?x128xbf16> {attention.name = "log_exp"}, tensor<1x1x?x128xf64> {attention.name = "softmax"}) {
  %c2 = arith.constant 2 : index
  %n = tensor.dim %q, %c2 : tensor<1x1x?x128xf32>
  %none = tensor.empty(%n) : tensor<1x1x?x128xf32>
  %row = arith.constant dense<0.1> : tensor<128xf32>
  %tenth = linalg.broadcast ins(%row : tensor<128xf32>) outs(%none : tensor<1x1x?x128xf32>) dimensions = [0, 1, 2]
  %size = math.absf %x : tensor<1x1x?x128xf32>
  %decay = arith.negf %size : tensor<1x1x?x128xf32>
  %remove = arith.mulf %x, %tenth : tensor<1x1x?x128xf32>
  %key = arith.mulf %k, %tenth : tensor<1x1x?x128xf32>
  %rank_one = attention.attend #attention.rank_one %q, %key, %v mask(#attention.causal) decay(%decay : tensor<1x1x?x128xf32>) remove(%remove : tensor<1x1x?x128xf32>) replace(%key : tensor<1x1x?x128xf32>) : tensor<1x1x?x128xf32>, tensor<1x1x?x128xf32>, tensor<1x1x?x128xf32>
  %q_f16 = arith.truncf %q : tensor<1x1x?x128xf32> to tensor<1x1x?x128xf16>
  %k_f16 = arith.truncf %k : tensor<1x1x?x128xf32> to tensor<1x1x?x128xf16>
  %v_f16 = arith.truncf %v : tensor<1x1x?x128xf32> to tensor<1x1x?x128xf16>
  %normalised = attention.attend #attention.linear<feature = elu1, normalizer = keys> %q_f16, %k_f16, %v_f16 mask(#attention.causal) : tensor<1x1x?x128xf16>, tensor<1x1x?x128xf16>, tensor<1x1x?x128xf16>
  %q_bf16 = arith.truncf %q : tensor<1x1x?x128xf32> to tensor<1x1x?x128xbf16>
  %k_bf16 = arith.truncf %k : tensor<1x1x?x128xf32> to tensor<1x1x?x128xbf16>
  %v_bf16 = arith.truncf %v : tensor<1x1x?x128xf32> to tensor<1x1x?x128xbf16>
  %log_exp = attention.attend #attention.log_exp %q_bf16, %k_bf16, %v_bf16 mask(#attention.causal) : tensor<1x1x?x128xbf16>, tensor<1x1x?x128xbf16>, tensor<1x1x?x128xbf16>
  %q_f64 = arith.extf %q : tensor<1x1x?x128xf32> to tensor<1x1x?x128xf64>
  %k_f64 = arith.extf %k : tensor<1x1x?x128xf32> to tensor<1x1x?x128xf64>
  %v_f64 = arith.extf %v : tensor<1x1x?x128xf32> to tensor<1x1x?x128xf64>
  %softmax = attention.attend #attention.softmax %q_f64, %k_f64, %v_f64 mask(#attention.causal) : tensor<1x1x?x128xf64>, tensor<1x1x?x128xf64>, tensor<1x1x?x128xf64>
  return %rank_one, %normalised, %log_exp, %softmax : tensor<1x1x?x128xf32>, tensor<1x1x?x128xf16>, tensor<1x1x?x128xbf16>, tensor<1x1x?x128xf64>
}
