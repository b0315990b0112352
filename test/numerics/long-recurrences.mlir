// 8192 tokens in chunks, one after another and in spans at the same time, against token recurrences in float64: decays about log-uniform from -1e-6 to -60, keys of log-exp that rise and fall by 300 a token.
// RUN: %python %S/agree.py %s 2e-4 rows --form=chunked --or --form=scan

// CASE: linear q=f32:1x1x8192x16 k=f32:1x1x8192x16 v=f32:1x1x8192x16 -> o
func.func @linear(%q: tensor<1x1x?x16xf32> {attention.name = "q"}, %k: tensor<1x1x?x16xf32> {attention.name = "k"}, %v: tensor<1x1x?x16xf32> {attention.name = "v"}) -> (tensor<1x1x?x16xf32> {attention.name = "o"}) {
  %o = attention.attend #attention.linear<feature = elu1, normalizer = keys> %q, %k, %v mask(#attention.causal) : tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>
  return %o : tensor<1x1x?x16xf32>
}
// CASE: gated q=f32:1x1x8192x16 k=f32:1x1x8192x16 v=f32:1x1x8192x16 x=f32:1x1x8192x16 -> o
func.func @gated(%q: tensor<1x1x?x16xf32> {attention.name = "q"}, %k: tensor<1x1x?x16xf32> {attention.name = "k"}, %v: tensor<1x1x?x16xf32> {attention.name = "v"}, %x: tensor<1x1x?x16xf32> {attention.name = "x"}) -> (tensor<1x1x?x16xf32> {attention.name = "o"}) {
  %g = func.call @loguniform16(%x) : (tensor<1x1x?x16xf32>) -> tensor<1x1x?x16xf32>
  %o = attention.attend #attention.linear %q, %k, %v mask(#attention.causal) decay(%g : tensor<1x1x?x16xf32>) : tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>
  return %o : tensor<1x1x?x16xf32>
}
// CASE: rank_one q=f32:1x1x8192x16 k=f32:1x1x8192x16 v=f32:1x1x8192x16 x=f32:1x1x8192x16 b=f32:1x1x8192x16 -> o
func.func @rank_one(%q: tensor<1x1x?x16xf32> {attention.name = "q"}, %k: tensor<1x1x?x16xf32> {attention.name = "k"}, %v: tensor<1x1x?x16xf32> {attention.name = "v"}, %x: tensor<1x1x?x16xf32> {attention.name = "x"}, %b: tensor<1x1x?x16xf32> {attention.name = "b"}) -> (tensor<1x1x?x16xf32> {attention.name = "o"}) {
  %g = func.call @loguniform16(%x) : (tensor<1x1x?x16xf32>) -> tensor<1x1x?x16xf32>
  %unit = arith.constant dense<0.25> : tensor<16xf32>
  %bn = attention.rms_norm %b, %unit epsilon(1.0e-6) : tensor<1x1x?x16xf32>, tensor<16xf32>
  %a = arith.negf %bn : tensor<1x1x?x16xf32>
  %o = attention.attend #attention.rank_one %q, %k, %v mask(#attention.causal) decay(%g : tensor<1x1x?x16xf32>) remove(%bn : tensor<1x1x?x16xf32>) replace(%a : tensor<1x1x?x16xf32>) : tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>
  return %o : tensor<1x1x?x16xf32>
}
// CASE: delta q=f32:1x1x8192x16 k=f32:1x1x8192x16 v=f32:1x1x8192x16 x=f32:1x1x8192x1 b=f32:1x1x8192x1 -> o
func.func @delta(%q: tensor<1x1x?x16xf32> {attention.name = "q"}, %k: tensor<1x1x?x16xf32> {attention.name = "k"}, %v: tensor<1x1x?x16xf32> {attention.name = "v"}, %x: tensor<1x1x?x1xf32> {attention.name = "x"}, %b: tensor<1x1x?x1xf32> {attention.name = "b"}) -> (tensor<1x1x?x16xf32> {attention.name = "o"}) {
  %g = func.call @loguniform1(%x) : (tensor<1x1x?x1xf32>) -> tensor<1x1x?x1xf32>
  %unit = arith.constant dense<0.25> : tensor<16xf32>
  %kn = attention.rms_norm %k, %unit epsilon(1.0e-6) : tensor<1x1x?x16xf32>, tensor<16xf32>
  %nb = arith.negf %b : tensor<1x1x?x1xf32>
  %eb = math.exp %nb : tensor<1x1x?x1xf32>
  %one = arith.constant 1.0 : f32
  %c2 = arith.constant 2 : index
  %n = tensor.dim %x, %c2 : tensor<1x1x?x1xf32>
  %ones = tensor.splat %one[%n] : tensor<1x1x?x1xf32>
  %den = arith.addf %eb, %ones : tensor<1x1x?x1xf32>
  %beta = arith.divf %ones, %den : tensor<1x1x?x1xf32>
  %o = attention.attend #attention.delta %q, %kn, %v mask(#attention.causal) decay(%g : tensor<1x1x?x1xf32>) beta(%beta : tensor<1x1x?x1xf32>) : tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>
  return %o : tensor<1x1x?x16xf32>
}
// CASE: log_exp q=f32:1x1x8192x16 k=f32:1x1x8192x16 v=f32:1x1x8192x16 -> o
func.func @log_exp(%q: tensor<1x1x?x16xf32> {attention.name = "q"}, %k: tensor<1x1x?x16xf32> {attention.name = "k"}, %v: tensor<1x1x?x16xf32> {attention.name = "v"}) -> (tensor<1x1x?x16xf32> {attention.name = "o"}) {
  %c = arith.constant 300.0 : f32
  %c2 = arith.constant 2 : index
  %n = tensor.dim %k, %c2 : tensor<1x1x?x16xf32>
  %s = tensor.splat %c[%n] : tensor<1x1x?x16xf32>
  %kk = arith.mulf %k, %s : tensor<1x1x?x16xf32>
  %o = attention.attend #attention.log_exp %q, %kk, %v mask(#attention.causal) : tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>
  return %o : tensor<1x1x?x16xf32>
}
func.func private @loguniform16(%x: tensor<1x1x?x16xf32>) -> tensor<1x1x?x16xf32> {
  %c2 = arith.constant 2 : index
  %n = tensor.dim %x, %c2 : tensor<1x1x?x16xf32>
  %one = arith.constant 1.0 : f32
  %m = arith.constant -1.7 : f32
  %w = arith.constant 17.91 : f32
  %lo = arith.constant -13.8155 : f32
  %ones = tensor.splat %one[%n] : tensor<1x1x?x16xf32>
  %ms = tensor.splat %m[%n] : tensor<1x1x?x16xf32>
  %ws = tensor.splat %w[%n] : tensor<1x1x?x16xf32>
  %los = tensor.splat %lo[%n] : tensor<1x1x?x16xf32>
  %a = arith.mulf %x, %ms : tensor<1x1x?x16xf32>
  %e = math.exp %a : tensor<1x1x?x16xf32>
  %d = arith.addf %e, %ones : tensor<1x1x?x16xf32>
  %u = arith.divf %ws, %d : tensor<1x1x?x16xf32>
  %l = arith.addf %u, %los : tensor<1x1x?x16xf32>
  %y = math.exp %l : tensor<1x1x?x16xf32>
  %g = arith.negf %y : tensor<1x1x?x16xf32>
  return %g : tensor<1x1x?x16xf32>
}
func.func private @loguniform1(%x: tensor<1x1x?x1xf32>) -> tensor<1x1x?x1xf32> {
  %c2 = arith.constant 2 : index
  %n = tensor.dim %x, %c2 : tensor<1x1x?x1xf32>
  %one = arith.constant 1.0 : f32
  %m = arith.constant -1.7 : f32
  %w = arith.constant 17.91 : f32
  %lo = arith.constant -13.8155 : f32
  %ones = tensor.splat %one[%n] : tensor<1x1x?x1xf32>
  %ms = tensor.splat %m[%n] : tensor<1x1x?x1xf32>
  %ws = tensor.splat %w[%n] : tensor<1x1x?x1xf32>
  %los = tensor.splat %lo[%n] : tensor<1x1x?x1xf32>
  %a = arith.mulf %x, %ms : tensor<1x1x?x1xf32>
  %e = math.exp %a : tensor<1x1x?x1xf32>
  %d = arith.addf %e, %ones : tensor<1x1x?x1xf32>
  %u = arith.divf %ws, %d : tensor<1x1x?x1xf32>
  %l = arith.addf %u, %los : tensor<1x1x?x1xf32>
  %y = math.exp %l : tensor<1x1x?x1xf32>
  %g = arith.negf %y : tensor<1x1x?x1xf32>
  return %g : tensor<1x1x?x1xf32>
}
