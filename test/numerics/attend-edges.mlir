// What tiles and stretches of keys must not count twice, or leave out.
// RUN: %python %S/agree.py %s 2e-6

// A window over the border of two stretches of keys.
// CASE: window q=f32:1x1x1x16 k=f32:1x1x2048x16 v=f32:1x1x2048x16 -> o
// CASE: window q=f32:1x1x1x16 k=f32:1x1x2049x16 v=f32:1x1x2049x16 -> o
// CASE: window q=f32:2x1x1x16 k=f32:2x1x2053x16 v=f32:2x1x2053x16 -> o
// CASE: window q=f32:2x1x3x16 k=f32:2x1x3073x16 v=f32:2x1x3073x16 -> o
func.func @window(%q: tensor<?x1x?x16xf32> {attention.name = "q"}, %k: tensor<?x1x?x16xf32> {attention.name = "k"}, %v: tensor<?x1x?x16xf32> {attention.name = "v"}) -> (tensor<?x1x?x16xf32> {attention.name = "o"}) {
  %o = attention.attend #attention.softmax %q, %k, %v mask(#attention.window<7>) : tensor<?x1x?x16xf32>, tensor<?x1x?x16xf32>, tensor<?x1x?x16xf32>
  return %o : tensor<?x1x?x16xf32>
}

// One query each, of many batches: its row of the log-sum-exps has one element at a stride.
// CASE: one_query q=f16:0x3x1x96 k=f16:0x3x1x96 v=f16:0x3x1x15 -> lse
// CASE: one_query q=f16:2x3x1x96 k=f16:2x3x5x96 v=f16:2x3x5x15 -> lse
func.func @one_query(%q: tensor<?x3x1x96xf16> {attention.name = "q"}, %k: tensor<?x3x?x96xf16> {attention.name = "k"}, %v: tensor<?x3x?x15xf16> {attention.name = "v"}) -> (tensor<?x3x1x15xf16> {attention.name = "o"}, tensor<?x3x1xf32> {attention.name = "lse"}) {
  %o, %lse = attention.attend #attention.softmax %q, %k, %v log_sum_exp : tensor<?x3x1x96xf16>, tensor<?x3x?x96xf16>, tensor<?x3x?x15xf16>
  return %o, %lse : tensor<?x3x1x15xf16>, tensor<?x3x1xf32>
}

// A lone query: the heads that share keys are rows of one tile, at one position. With more queries the same text goes by tiles of them.
// CASE: lone q=f32:2x1x96 k=f32:2x2x5x16 v=f32:2x2x5x16 e=i1:2x5 -> o
// CASE: lone q=f32:1x1x96 k=f32:1x2x0x16 v=f32:1x2x0x16 e=i1:1x0 -> o
// CASE: lone q=f32:2x1x96 k=f32:2x2x2049x16 v=f32:2x2x2049x16 e=i1:2x2049 -> o
// CASE: lone q=f32:2x3x96 k=f32:2x2x2049x16 v=f32:2x2x2049x16 e=i1:2x2049 -> o
// CASE: lone q=f32:2x17x96 k=f32:2x2x65x16 v=f32:2x2x65x16 e=i1:2x65 -> o
func.func @lone(%q: tensor<?x?x96xf32> {attention.name = "q"}, %k: tensor<?x2x?x16xf32> {attention.name = "k"}, %v: tensor<?x2x?x16xf32> {attention.name = "v"}, %e: tensor<?x?xi1> {attention.name = "e"}) -> (tensor<?x?x96xf32> {attention.name = "o"}) {
  %h = attention.split_heads %q heads(6) : tensor<?x?x96xf32>
  %o = attention.attend #attention.softmax %h, %k, %v mask(#attention.all<[#attention.causal, #attention.window<1500>]>) keys(%e : tensor<?x?xi1>) : tensor<?x6x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>
  %m = attention.merge_heads %o : tensor<?x6x?x16xf32>
  return %m : tensor<?x?x96xf32>
}

// Columns that are no whole registers, a group of five heads, sigmoid.
// CASE: lone_odd q=f32:1x5x1x20 k=f32:1x1x70x20 v=f32:1x1x70x12 -> o
func.func @lone_odd(%q: tensor<1x5x1x20xf32> {attention.name = "q"}, %k: tensor<1x1x?x20xf32> {attention.name = "k"}, %v: tensor<1x1x?x12xf32> {attention.name = "v"}) -> (tensor<1x5x1x12xf32> {attention.name = "o"}) {
  %o = attention.attend #attention.sigmoid %q, %k, %v : tensor<1x5x1x20xf32>, tensor<1x1x?x20xf32>, tensor<1x1x?x12xf32>
  return %o : tensor<1x5x1x12xf32>
}

// The least number there is, added to scores in place of -inf: a row of nothing else weighs all keys alike, as it says.
// CASE: least q=f32:1x1x3x8 k=f32:1x1x3x8 v=f32:1x1x3x4 b=f32:1x1x3x3=-3.4028234663852886e38,-3.4028234663852886e38,-3.4028234663852886e38,0,-3.4028234663852886e38,-inf,-inf,-3.4028234663852886e38,-inf -> o l
// CASE: least q=f32:1x1x1x8 k=f32:1x1x2x8 v=f32:1x1x2x4 b=f32:1x1x1x2=-3.4028234663852886e38,nan -> o l
func.func @least(%q: tensor<1x1x?x8xf32> {attention.name = "q"}, %k: tensor<1x1x?x8xf32> {attention.name = "k"}, %v: tensor<1x1x?x4xf32> {attention.name = "v"}, %b: tensor<1x1x?x?xf32> {attention.name = "b"}) -> (tensor<1x1x?x4xf32> {attention.name = "o"}, tensor<1x1x?xf32> {attention.name = "l"}) {
  %o, %l = attention.attend #attention.softmax %q, %k, %v bias(%b : tensor<1x1x?x?xf32>) log_sum_exp : tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x4xf32>
  return %o, %l : tensor<1x1x?x4xf32>, tensor<1x1x?xf32>
}

// An infinite weight of an infinite value is infinite, not 0 times infinity.
// CASE: infinite_weight q=f32:1x1x1x8=inf,1*7 k=f32:1x1x2x8=-0.125*8,0.125*8 v=f32:1x1x2x4=1,2,3,4,inf,-inf,nan,2 -> o
// CASE: infinite_weight q=f32:1x1x2x8=inf,1*15 k=f32:1x1x2x8=-0.125*8,0.125*8 v=f32:1x1x2x4=1,2,3,4,inf,-inf,nan,2 -> o
func.func @infinite_weight(%q: tensor<1x1x?x8xf32> {attention.name = "q"}, %k: tensor<1x1x?x8xf32> {attention.name = "k"}, %v: tensor<1x1x?x4xf32> {attention.name = "v"}) -> (tensor<1x1x?x4xf32> {attention.name = "o"}) {
  %o = attention.attend #attention.relu<power = 1> %q, %k, %v : tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x4xf32>
  return %o : tensor<1x1x?x4xf32>
}
