// The texts of the contract cases with a memory, at other lengths, in every form that they have, against the float64 meaning.
// In spans of no more than the 512 tokens that they have at least, and of few tokens each.
// RUN: %python %S/agree.py %s 2e-5 rows --form=chunked --or --form=recurrent --or --form=scan --or --attention-check-sizes --attention-choose-form=form=scan "--attention-scan-tokens=span=16 tasks=6"
// RUN: sed '/^\/\/ ORDERED/,$d' %s > %t.mlir
// RUN: %python %S/agree.py %t.mlir 2e-5 rows --form=parallel

// CASE: log_exp q=f32:1x2x0x16 k=f32:1x2x0x16 v=f32:1x2x0x16 -> o
// CASE: log_exp q=f32:1x2x1x16 k=f32:1x2x1x16 v=f32:1x2x1x16 -> o
// CASE: log_exp q=f32:1x2x2x16 k=f32:1x2x2x16 v=f32:1x2x2x16 -> o
// CASE: log_exp q=f32:1x2x13x16 k=f32:1x2x13x16 v=f32:1x2x13x16 -> o
// CASE: log_exp q=f32:1x2x127x16 k=f32:1x2x127x16 v=f32:1x2x127x16 -> o
// CASE: log_exp q=f32:1x2x5x16 k=f32:1x2x61x16 v=f32:1x2x61x16 -> o
// CASE: log_exp q=f32:1x2x61x16 k=f32:1x2x5x16 v=f32:1x2x5x16 -> o
func.func @log_exp(%q: tensor<1x2x?x16xf32> {attention.name = "q"}, %k: tensor<1x2x?x16xf32> {attention.name = "k"}, %v: tensor<1x2x?x16xf32> {attention.name = "v"}) -> (tensor<1x2x?x16xf32> {attention.name = "o"}) {
  %o = attention.attend #attention.log_exp %q, %k, %v mask(#attention.causal) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}
// CASE: log_exp_logs q=f32:1x2x1x16 k=f32:1x2x1x16 v=f32:1x2x1x16 -> o
// CASE: log_exp_logs q=f32:1x2x127x16 k=f32:1x2x127x16 v=f32:1x2x127x16 -> o
// CASE: log_exp_logs q=f32:1x2x5x16 k=f32:1x2x61x16 v=f32:1x2x61x16 -> o
func.func @log_exp_logs(%q: tensor<1x2x?x16xf32> {attention.name = "q"}, %k: tensor<1x2x?x16xf32> {attention.name = "k"}, %v: tensor<1x2x?x16xf32> {attention.name = "v"}) -> (tensor<1x2x?x16xf32> {attention.name = "o"}) {
  %o = attention.attend #attention.log_exp<values = log> %q, %k, %v mask(#attention.causal) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}
// CASE: linear q=f32:1x2x0x16 k=f32:1x2x0x16 v=f32:1x2x0x12 -> o
// CASE: linear q=f32:1x2x1x16 k=f32:1x2x1x16 v=f32:1x2x1x12 -> o
// CASE: linear q=f32:1x2x2x16 k=f32:1x2x2x16 v=f32:1x2x2x12 -> o
// CASE: linear q=f32:1x2x13x16 k=f32:1x2x13x16 v=f32:1x2x13x12 -> o
// CASE: linear q=f32:1x2x127x16 k=f32:1x2x127x16 v=f32:1x2x127x12 -> o
// CASE: linear q=f32:1x2x5x16 k=f32:1x2x61x16 v=f32:1x2x61x12 -> o
// CASE: linear q=f32:1x2x61x16 k=f32:1x2x5x16 v=f32:1x2x5x12 -> o
func.func @linear(%q: tensor<1x2x?x16xf32> {attention.name = "q"}, %k: tensor<1x2x?x16xf32> {attention.name = "k"}, %v: tensor<1x2x?x12xf32> {attention.name = "v"}) -> (tensor<1x2x?x12xf32> {attention.name = "o"}) {
  %o = attention.attend #attention.linear<feature = elu1, normalizer = keys> %q, %k, %v mask(#attention.causal) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x12xf32>
  return %o : tensor<1x2x?x12xf32>
}
// CASE: prefix_mean q=f32:1x2x1x16 k=f32:1x2x1x16 v=f32:1x2x1x12 -> o
// CASE: prefix_mean q=f32:1x2x127x16 k=f32:1x2x127x16 v=f32:1x2x127x12 -> o
// CASE: prefix_mean q=f32:1x2x5x16 k=f32:1x2x61x16 v=f32:1x2x61x12 -> o
func.func @prefix_mean(%q: tensor<1x2x?x16xf32> {attention.name = "q"}, %k: tensor<1x2x?x16xf32> {attention.name = "k"}, %v: tensor<1x2x?x12xf32> {attention.name = "v"}) -> (tensor<1x2x?x12xf32> {attention.name = "o"}) {
  %o = attention.attend #attention.linear<normalizer = count> %q, %k, %v mask(#attention.causal) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x12xf32>
  return %o : tensor<1x2x?x12xf32>
}
// CASE: all q=f32:1x2x1x16 k=f32:1x2x1x16 v=f32:1x2x1x12 -> o
// CASE: all q=f32:1x2x127x16 k=f32:1x2x127x16 v=f32:1x2x127x12 -> o
// CASE: all q=f32:1x2x5x16 k=f32:1x2x61x16 v=f32:1x2x61x12 -> o
func.func @all(%q: tensor<1x2x?x16xf32> {attention.name = "q"}, %k: tensor<1x2x?x16xf32> {attention.name = "k"}, %v: tensor<1x2x?x12xf32> {attention.name = "v"}) -> (tensor<1x2x?x12xf32> {attention.name = "o"}) {
  %o = attention.attend #attention.linear<feature = exp, normalizer = keys> %q, %k, %v : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x12xf32>
  return %o : tensor<1x2x?x12xf32>
}

// Keys that rise and fall by 300 a token.
// CASE: far q=f32:1x2x127x16 k=f32:1x2x127x16 v=f32:1x2x127x16 -> o
func.func @far(%q: tensor<1x2x?x16xf32> {attention.name = "q"}, %k: tensor<1x2x?x16xf32> {attention.name = "k"}, %v: tensor<1x2x?x16xf32> {attention.name = "v"}) -> (tensor<1x2x?x16xf32> {attention.name = "o"}) {
  %c300 = arith.constant 300.0 : f32
  %c2 = arith.constant 2 : index
  %n = tensor.dim %k, %c2 : tensor<1x2x?x16xf32>
  %factor = tensor.splat %c300[%n] : tensor<1x2x?x16xf32>
  %far = arith.mulf %k, %factor : tensor<1x2x?x16xf32>
  %o = attention.attend #attention.log_exp %q, %far, %v mask(#attention.causal) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}

// ORDERED: what depends on the order of keys has no parallel form.
// CASE: retention q=f32:1x2x1x16 k=f32:1x2x1x16 v=f32:1x2x1x12 x=f32:1x2x1x1 -> o
// CASE: retention q=f32:1x2x127x16 k=f32:1x2x127x16 v=f32:1x2x127x12 x=f32:1x2x1x1 -> o
// CASE: retention q=f32:1x2x5x16 k=f32:1x2x61x16 v=f32:1x2x61x12 x=f32:1x2x1x1 -> o
func.func @retention(%q: tensor<1x2x?x16xf32> {attention.name = "q"}, %k: tensor<1x2x?x16xf32> {attention.name = "k"}, %v: tensor<1x2x?x12xf32> {attention.name = "v"}, %x: tensor<1x2x1x1xf32> {attention.name = "x"}) -> (tensor<1x2x?x12xf32> {attention.name = "o"}) {
  %square = arith.mulf %x, %x : tensor<1x2x1x1xf32>
  %g = arith.negf %square : tensor<1x2x1x1xf32>
  %o = attention.attend #attention.linear %q, %k, %v mask(#attention.causal) decay(%g : tensor<1x2x1x1xf32>) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x12xf32>
  return %o : tensor<1x2x?x12xf32>
}
// CASE: gated q=f32:1x2x0x16 k=f32:1x2x0x16 v=f32:1x2x0x12 x=f32:1x2x0x16 -> o
// CASE: gated q=f32:1x2x1x16 k=f32:1x2x1x16 v=f32:1x2x1x12 x=f32:1x2x1x16 -> o
// CASE: gated q=f32:1x2x2x16 k=f32:1x2x2x16 v=f32:1x2x2x12 x=f32:1x2x2x16 -> o
// CASE: gated q=f32:1x2x13x16 k=f32:1x2x13x16 v=f32:1x2x13x12 x=f32:1x2x13x16 -> o
// CASE: gated q=f32:1x2x127x16 k=f32:1x2x127x16 v=f32:1x2x127x12 x=f32:1x2x127x16 -> o
// CASE: gated q=f32:1x2x5x16 k=f32:1x2x61x16 v=f32:1x2x61x12 x=f32:1x2x61x16 -> o
// CASE: gated q=f32:1x2x61x16 k=f32:1x2x5x16 v=f32:1x2x5x12 x=f32:1x2x5x16 -> o
func.func @gated(%q: tensor<1x2x?x16xf32> {attention.name = "q"}, %k: tensor<1x2x?x16xf32> {attention.name = "k"}, %v: tensor<1x2x?x12xf32> {attention.name = "v"}, %x: tensor<1x2x?x16xf32> {attention.name = "x"}) -> (tensor<1x2x?x12xf32> {attention.name = "o"}) {
  %square = arith.mulf %x, %x : tensor<1x2x?x16xf32>
  %g = arith.negf %square : tensor<1x2x?x16xf32>
  %o = attention.attend #attention.linear %q, %k, %v mask(#attention.causal) decay(%g : tensor<1x2x?x16xf32>) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x12xf32>
  return %o : tensor<1x2x?x12xf32>
}
// CASE: gated_delta q=f32:1x2x0x16 k=f32:1x2x0x16 v=f32:1x2x0x12 x=f32:1x2x0x1 b=f32:1x2x0x1 -> o
// CASE: gated_delta q=f32:1x2x1x16 k=f32:1x2x1x16 v=f32:1x2x1x12 x=f32:1x2x1x1 b=f32:1x2x1x1 -> o
// CASE: gated_delta q=f32:1x2x2x16 k=f32:1x2x2x16 v=f32:1x2x2x12 x=f32:1x2x2x1 b=f32:1x2x2x1 -> o
// CASE: gated_delta q=f32:1x2x13x16 k=f32:1x2x13x16 v=f32:1x2x13x12 x=f32:1x2x13x1 b=f32:1x2x13x1 -> o
// CASE: gated_delta q=f32:1x2x127x16 k=f32:1x2x127x16 v=f32:1x2x127x12 x=f32:1x2x127x1 b=f32:1x2x127x1 -> o
// CASE: gated_delta q=f32:1x2x5x16 k=f32:1x2x61x16 v=f32:1x2x61x12 x=f32:1x2x61x1 b=f32:1x2x61x1 -> o
// CASE: gated_delta q=f32:1x2x61x16 k=f32:1x2x5x16 v=f32:1x2x5x12 x=f32:1x2x5x1 b=f32:1x2x5x1 -> o
func.func @gated_delta(%q: tensor<1x2x?x16xf32> {attention.name = "q"}, %k: tensor<1x2x?x16xf32> {attention.name = "k"}, %v: tensor<1x2x?x12xf32> {attention.name = "v"}, %x: tensor<1x2x?x1xf32> {attention.name = "x"}, %b: tensor<1x2x?x1xf32> {attention.name = "b"}) -> (tensor<1x2x?x12xf32> {attention.name = "o"}) {
  %square = arith.mulf %x, %x : tensor<1x2x?x1xf32>
  %g = arith.negf %square : tensor<1x2x?x1xf32>
  %size = math.absf %b : tensor<1x2x?x1xf32>
  %minus = arith.negf %size : tensor<1x2x?x1xf32>
  %beta = math.exp %minus : tensor<1x2x?x1xf32>
  %unit = arith.constant dense<0.25> : tensor<16xf32>
  %kh = attention.rms_norm %k, %unit epsilon(1.0e-6) : tensor<1x2x?x16xf32>, tensor<16xf32>
  %o = attention.attend #attention.delta %q, %kh, %v mask(#attention.causal) scale(0.3) decay(%g : tensor<1x2x?x1xf32>) beta(%beta : tensor<1x2x?x1xf32>) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x12xf32>
  return %o : tensor<1x2x?x12xf32>
}
// CASE: rank_one q=f32:1x2x0x16 k=f32:1x2x0x16 v=f32:1x2x0x16 x=f32:1x2x0x16 a=f32:1x2x0x16 b=f32:1x2x0x16 -> o
// CASE: rank_one q=f32:1x2x1x16 k=f32:1x2x1x16 v=f32:1x2x1x16 x=f32:1x2x1x16 a=f32:1x2x1x16 b=f32:1x2x1x16 -> o
// CASE: rank_one q=f32:1x2x2x16 k=f32:1x2x2x16 v=f32:1x2x2x16 x=f32:1x2x2x16 a=f32:1x2x2x16 b=f32:1x2x2x16 -> o
// CASE: rank_one q=f32:1x2x13x16 k=f32:1x2x13x16 v=f32:1x2x13x16 x=f32:1x2x13x16 a=f32:1x2x13x16 b=f32:1x2x13x16 -> o
// CASE: rank_one q=f32:1x2x127x16 k=f32:1x2x127x16 v=f32:1x2x127x16 x=f32:1x2x127x16 a=f32:1x2x127x16 b=f32:1x2x127x16 -> o
// CASE: rank_one q=f32:1x2x5x16 k=f32:1x2x61x16 v=f32:1x2x61x16 x=f32:1x2x61x16 a=f32:1x2x61x16 b=f32:1x2x61x16 -> o
// CASE: rank_one q=f32:1x2x61x16 k=f32:1x2x5x16 v=f32:1x2x5x16 x=f32:1x2x5x16 a=f32:1x2x5x16 b=f32:1x2x5x16 -> o
func.func @rank_one(%q: tensor<1x2x?x16xf32> {attention.name = "q"}, %k: tensor<1x2x?x16xf32> {attention.name = "k"}, %v: tensor<1x2x?x16xf32> {attention.name = "v"}, %x: tensor<1x2x?x16xf32> {attention.name = "x"}, %a: tensor<1x2x?x16xf32> {attention.name = "a"}, %b: tensor<1x2x?x16xf32> {attention.name = "b"}) -> (tensor<1x2x?x16xf32> {attention.name = "o"}) {
  %square = arith.mulf %x, %x : tensor<1x2x?x16xf32>
  %g = arith.negf %square : tensor<1x2x?x16xf32>
  %sine = math.sin %b : tensor<1x2x?x16xf32>
  %tenth = arith.constant 0.05 : f32
  %c2 = arith.constant 2 : index
  %n = tensor.dim %b, %c2 : tensor<1x2x?x16xf32>
  %factor = tensor.splat %tenth[%n] : tensor<1x2x?x16xf32>
  %small = arith.mulf %sine, %factor : tensor<1x2x?x16xf32>
  %o = attention.attend #attention.rank_one %q, %k, %v mask(#attention.causal) decay(%g : tensor<1x2x?x16xf32>) remove(%a : tensor<1x2x?x16xf32>) replace(%small : tensor<1x2x?x16xf32>) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}

// No queries, known when compiled.
// CASE: none q=f32:2x1x0x8 k=f32:2x1x96x8 v=f32:2x1x96x7 -> o
func.func @none(%q: tensor<?x1x0x8xf32> {attention.name = "q"}, %k: tensor<2x1x?x8xf32> {attention.name = "k"}, %v: tensor<2x1x?x7xf32> {attention.name = "v"}) -> (tensor<2x1x0x7xf32> {attention.name = "o"}) {
  %o = attention.attend #attention.delta %q, %k, %v : tensor<?x1x0x8xf32>, tensor<2x1x?x8xf32>, tensor<2x1x?x7xf32>
  return %o : tensor<2x1x0x7xf32>
}
