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
