// A decay for each feature.
func.func @gated(%q: tensor<?x4x?x5xf32> {attention.name = "q", attention.tokens = 2 : i64}, %k: tensor<?x4x?x5xf32> {attention.name = "k", attention.tokens = 2 : i64},
    %v: tensor<?x4x?x3xf32> {attention.name = "v", attention.tokens = 2 : i64}) -> (tensor<?x4x?x3xf32> {attention.name = "o", attention.tokens = 2 : i64}) {
  %square = arith.mulf %k, %k : tensor<?x4x?x5xf32>
  %g = arith.negf %square : tensor<?x4x?x5xf32>
  %o = attention.attend #attention.linear %q, %k, %v mask(#attention.causal) decay(%g : tensor<?x4x?x5xf32>) : tensor<?x4x?x5xf32>, tensor<?x4x?x5xf32>, tensor<?x4x?x3xf32>
  return %o : tensor<?x4x?x3xf32>
}

// Heads of one column, a decay for each token.
func.func @positions(%q: tensor<?x9x?x1xf32> {attention.name = "q", attention.tokens = 2 : i64}, %k: tensor<?x9x?x1xf32> {attention.name = "k", attention.tokens = 2 : i64},
    %v: tensor<?x9x?x1xf32> {attention.name = "v", attention.tokens = 2 : i64}) -> (tensor<?x9x?x1xf32> {attention.name = "o", attention.tokens = 2 : i64}) {
  %square = arith.mulf %k, %k : tensor<?x9x?x1xf32>
  %g = arith.negf %square : tensor<?x9x?x1xf32>
  %o = attention.attend #attention.linear %q, %k, %v mask(#attention.causal) decay(%g : tensor<?x9x?x1xf32>) : tensor<?x9x?x1xf32>, tensor<?x9x?x1xf32>, tensor<?x9x?x1xf32>
  return %o : tensor<?x9x?x1xf32>
}

// Values that are logarithms.
func.func @logs(%q: tensor<?x2x?x18xf32> {attention.name = "q", attention.tokens = 2 : i64}, %k: tensor<?x2x?x18xf32> {attention.name = "k", attention.tokens = 2 : i64},
    %v: tensor<?x2x?x20xf32> {attention.name = "v", attention.tokens = 2 : i64}) -> (tensor<?x2x?x20xf32> {attention.name = "o", attention.tokens = 2 : i64}) {
  %o = attention.attend #attention.log_exp<values = log> %q, %k, %v mask(#attention.causal) : tensor<?x2x?x18xf32>, tensor<?x2x?x18xf32>, tensor<?x2x?x20xf32>
  return %o : tensor<?x2x?x20xf32>
}

// A normaliser.
func.func @sums(%q: tensor<?x2x?x18xf32> {attention.name = "q", attention.tokens = 2 : i64}, %k: tensor<?x2x?x18xf32> {attention.name = "k", attention.tokens = 2 : i64},
    %v: tensor<?x2x?x20xf32> {attention.name = "v", attention.tokens = 2 : i64}) -> (tensor<?x2x?x20xf32> {attention.name = "o", attention.tokens = 2 : i64}) {
  %o = attention.attend #attention.linear<feature = elu1, normalizer = keys> %q, %k, %v mask(#attention.causal) scale(0.5) : tensor<?x2x?x18xf32>, tensor<?x2x?x18xf32>, tensor<?x2x?x20xf32>
  return %o : tensor<?x2x?x20xf32>
}

// More value than key heads, a decay and a beta for each token.
func.func @delta(%q: tensor<?x2x?x8xf32> {attention.name = "q", attention.tokens = 2 : i64}, %k: tensor<?x2x?x8xf32> {attention.name = "k", attention.tokens = 2 : i64},
    %v: tensor<?x4x?x16xf32> {attention.name = "v", attention.tokens = 2 : i64}) -> (tensor<?x4x?x16xf32> {attention.name = "o", attention.tokens = 2 : i64}) {
  %unit = arith.constant dense<0.35> : tensor<8xf32>
  %kh = attention.rms_norm %k, %unit epsilon(1.0e-6) : tensor<?x2x?x8xf32>, tensor<8xf32>
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %batch = tensor.dim %v, %c0 : tensor<?x4x?x16xf32>
  %tokens = tensor.dim %v, %c2 : tensor<?x4x?x16xf32>
  %first = tensor.extract_slice %v[0, 0, 0, 0] [%batch, 4, %tokens, 1] [1, 1, 1, 1] : tensor<?x4x?x16xf32> to tensor<?x4x?x1xf32>
  %square = arith.mulf %first, %first : tensor<?x4x?x1xf32>
  %g = arith.negf %square : tensor<?x4x?x1xf32>
  %beta = math.exp %g : tensor<?x4x?x1xf32>
  %o = attention.attend #attention.delta %q, %kh, %v mask(#attention.causal) decay(%g : tensor<?x4x?x1xf32>) beta(%beta : tensor<?x4x?x1xf32>) : tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x4x?x16xf32>
  return %o : tensor<?x4x?x16xf32>
}

// What a token takes out and puts back.
func.func @rank_one(%q: tensor<?x2x?x9xf32> {attention.name = "q", attention.tokens = 2 : i64}, %k: tensor<?x2x?x9xf32> {attention.name = "k", attention.tokens = 2 : i64},
    %v: tensor<?x2x?x7xf32> {attention.name = "v", attention.tokens = 2 : i64}) -> (tensor<?x2x?x7xf32> {attention.name = "o", attention.tokens = 2 : i64}) {
  %square = arith.mulf %k, %k : tensor<?x2x?x9xf32>
  %g = arith.negf %square : tensor<?x2x?x9xf32>
  %kappa = math.tanh %q : tensor<?x2x?x9xf32>
  %tenth = arith.constant 0.1 : f32
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %batch = tensor.dim %q, %c0 : tensor<?x2x?x9xf32>
  %tokens = tensor.dim %q, %c2 : tensor<?x2x?x9xf32>
  %small = tensor.splat %tenth[%batch, %tokens] : tensor<?x2x?x9xf32>
  %remove = arith.mulf %kappa, %small : tensor<?x2x?x9xf32>
  %o = attention.attend #attention.rank_one %q, %k, %v mask(#attention.causal) decay(%g : tensor<?x2x?x9xf32>) remove(%remove : tensor<?x2x?x9xf32>) replace(%k : tensor<?x2x?x9xf32>) : tensor<?x2x?x9xf32>, tensor<?x2x?x9xf32>, tensor<?x2x?x7xf32>
  return %o : tensor<?x2x?x7xf32>
}
