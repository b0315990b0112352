// Variants with a memory, chunk by chunk, against token recurrences: lengths around those of chunks, more queries than keys and the reverse, missing keys,
// documents, offsets, heads that are shared, merged heads, types.
// RUN: %python %S/agree.py %s 2e-5

// CASE: gated q=f32:1x2x1x16 k=f32:1x2x1x16 v=f32:1x2x1x12 x=f32:1x2x1x16 -> o
// CASE: gated q=f32:1x2x15x16 k=f32:1x2x15x16 v=f32:1x2x15x12 x=f32:1x2x15x16 -> o
// CASE: gated q=f32:2x2x16x16 k=f32:2x2x16x16 v=f32:2x2x16x12 x=f32:2x2x16x16 -> o
// CASE: gated q=f32:1x2x97x16 k=f32:1x2x97x16 v=f32:1x2x97x12 x=f32:1x2x97x16 -> o
// CASE: gated q=f32:1x2x5x16 k=f32:1x2x97x16 v=f32:1x2x97x12 x=f32:1x2x97x16 -> o
// CASE: gated q=f32:1x2x97x16 k=f32:1x2x31x16 v=f32:1x2x31x12 x=f32:1x2x31x16 -> o
// CASE: gated q=f32:1x2x20x16 k=f32:1x2x0x16 v=f32:1x2x0x12 x=f32:1x2x0x16 -> o
// CASE: gated q=f32:1x2x0x16 k=f32:1x2x20x16 v=f32:1x2x20x12 x=f32:1x2x20x16 -> o
// CASE: gated q=f32:0x2x20x16 k=f32:0x2x20x16 v=f32:0x2x20x12 x=f32:0x2x20x16 -> o
func.func @gated(%q: tensor<?x2x?x16xf32> {attention.name = "q"}, %k: tensor<?x2x?x16xf32> {attention.name = "k"}, %v: tensor<?x2x?x12xf32> {attention.name = "v"}, %x: tensor<?x2x?x16xf32> {attention.name = "x"}) -> (tensor<?x2x?x12xf32> {attention.name = "o"}) {
  %square = arith.mulf %x, %x : tensor<?x2x?x16xf32>
  %g = arith.negf %square : tensor<?x2x?x16xf32>
  %o = attention.attend #attention.linear %q, %k, %v mask(#attention.causal) decay(%g : tensor<?x2x?x16xf32>) : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x12xf32>
  return %o : tensor<?x2x?x12xf32>
}

// Queries and keys of 20 columns, which tiles do not have; two heads of keys for four of queries; a decay per head; every normaliser and feature.
// CASE: features q=f32:1x4x41x20 k=f32:1x2x41x20 v=f32:1x2x41x7 x=f32:1x4x1x1 e=i1:1x41 -> a b c d
// CASE: features q=f32:3x4x18x20 k=f32:3x2x33x20 v=f32:3x2x33x7 x=f32:3x4x1x1 e=i1:3x33 -> a b c d
// CASE: features q=f32:1x4x33x20 k=f32:1x2x18x20 v=f32:1x2x18x7 x=f32:1x4x1x1 e=i1:1x18 -> a b c d
func.func @features(%q: tensor<?x4x?x20xf32> {attention.name = "q"}, %k: tensor<?x2x?x20xf32> {attention.name = "k"}, %v: tensor<?x2x?x7xf32> {attention.name = "v"}, %x: tensor<?x4x1x1xf32> {attention.name = "x"}, %e: tensor<?x?xi1> {attention.name = "e"})
    -> (tensor<?x4x?x7xf32> {attention.name = "a"}, tensor<?x4x?x7xf32> {attention.name = "b"}, tensor<?x4x?x7xf32> {attention.name = "c"}, tensor<?x?x28xf32> {attention.name = "d"}) {
  %square = arith.mulf %x, %x : tensor<?x4x1x1xf32>
  %g = arith.negf %square : tensor<?x4x1x1xf32>
  %a = attention.attend #attention.linear<feature = elu1, normalizer = keys> %q, %k, %v mask(#attention.causal) keys(%e : tensor<?x?xi1>) decay(%g : tensor<?x4x1x1xf32>) : tensor<?x4x?x20xf32>, tensor<?x2x?x20xf32>, tensor<?x2x?x7xf32>
  %b = attention.attend #attention.linear<feature = exp, normalizer = keys> %q, %k, %v scale(0.5) : tensor<?x4x?x20xf32>, tensor<?x2x?x20xf32>, tensor<?x2x?x7xf32>
  %c = attention.attend #attention.linear<feature = relu, normalizer = count> %q, %k, %v mask(#attention.causal) keys(%e : tensor<?x?xi1>) : tensor<?x4x?x20xf32>, tensor<?x2x?x20xf32>, tensor<?x2x?x7xf32>
  %h = attention.attend #attention.linear<feature = elu1> %q, %k, %v keys(%e : tensor<?x?xi1>) decay(%g : tensor<?x4x1x1xf32>) : tensor<?x4x?x20xf32>, tensor<?x2x?x20xf32>, tensor<?x2x?x7xf32>
  %d = attention.merge_heads %h : tensor<?x4x?x7xf32>
  return %a, %b, %c, %d : tensor<?x4x?x7xf32>, tensor<?x4x?x7xf32>, tensor<?x4x?x7xf32>, tensor<?x?x28xf32>
}

// More value than key heads, with and without decay and beta; keys that are not there; offsets.
// CASE: delta q=f32:1x2x50x8 k=f32:1x2x50x8 v=f32:1x4x50x16 g=f32:1x4x50x1 b=f32:1x4x50x1 e=i1:1x50 p=i64:1=0 -> a b
// CASE: delta q=f32:2x2x7x8 k=f32:2x2x50x8 v=f32:2x4x50x16 g=f32:2x4x50x1 b=f32:2x4x50x1 e=i1:2x50 p=i64:2=3,43 -> a b
// CASE: delta q=f32:2x2x50x8 k=f32:2x2x33x8 v=f32:2x4x33x16 g=f32:2x4x33x1 b=f32:2x4x33x1 e=i1:2x33 p=i64:2=-4,60 -> a b
func.func @delta(%q: tensor<?x2x?x8xf32> {attention.name = "q"}, %k: tensor<?x2x?x8xf32> {attention.name = "k"}, %v: tensor<?x4x?x16xf32> {attention.name = "v"}, %g: tensor<?x4x?x1xf32> {attention.name = "g"}, %b: tensor<?x4x?x1xf32> {attention.name = "b"}, %e: tensor<?x?xi1> {attention.name = "e"}, %p: tensor<?xi64> {attention.name = "p"})
    -> (tensor<?x4x?x16xf32> {attention.name = "a"}, tensor<?x4x?x16xf32> {attention.name = "b"}) {
  %unit = arith.constant dense<0.35> : tensor<8xf32>
  %square = arith.mulf %g, %g : tensor<?x4x?x1xf32>
  %decay = arith.negf %square : tensor<?x4x?x1xf32>
  %eb = math.absf %b : tensor<?x4x?x1xf32>
  %nb = arith.negf %eb : tensor<?x4x?x1xf32>
  %beta = math.exp %nb : tensor<?x4x?x1xf32>
  %kh = attention.rms_norm %k, %unit epsilon(1.0e-6) : tensor<?x2x?x8xf32>, tensor<8xf32>
  %a = attention.attend #attention.delta %q, %kh, %v mask(#attention.causal) keys(%e : tensor<?x?xi1>) offset(%p : tensor<?xi64>) decay(%decay : tensor<?x4x?x1xf32>) beta(%beta : tensor<?x4x?x1xf32>) : tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x4x?x16xf32>
  %c = attention.attend #attention.delta %q, %kh, %v scale(0.3) beta(%beta : tensor<?x4x?x1xf32>) : tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x4x?x16xf32>
  return %a, %c : tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>
}

// Documents start anew; some are empty.
// CASE: documents q=f32:1x2x70x16 k=f32:1x2x70x16 v=f32:1x2x70x16 s=i64:6=0,1,1,40,57,70 -> a b c
// CASE: documents q=f32:1x2x0x16 k=f32:1x2x0x16 v=f32:1x2x0x16 s=i64:1=0 -> a b c
func.func @documents(%q: tensor<1x2x?x16xf32> {attention.name = "q"}, %k: tensor<1x2x?x16xf32> {attention.name = "k"}, %v: tensor<1x2x?x16xf32> {attention.name = "v"}, %s: tensor<?xi64> {attention.name = "s"})
    -> (tensor<1x2x?x16xf32> {attention.name = "a"}, tensor<1x2x?x16xf32> {attention.name = "b"}, tensor<1x2x?x16xf32> {attention.name = "c"}) {
  %a = attention.attend #attention.log_exp %q, %k, %v mask(#attention.causal) documents(%s : tensor<?xi64>) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  %b = attention.attend #attention.log_exp<values = log> %q, %k, %v documents(%s : tensor<?xi64>) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  %c = attention.attend #attention.linear<normalizer = count> %q, %k, %v mask(#attention.causal) documents(%s : tensor<?xi64>) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %a, %b, %c : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
}

// In double precision.
// CASE: rank_one q=f64:1x1x37x9 k=f64:1x1x37x9 v=f64:1x1x37x5 g=f64:1x1x37x9 a=f64:1x1x37x9 b=f64:1x1x37x9 -> o
func.func @rank_one(%q: tensor<1x1x37x9xf64> {attention.name = "q"}, %k: tensor<1x1x37x9xf64> {attention.name = "k"}, %v: tensor<1x1x37x5xf64> {attention.name = "v"}, %g: tensor<1x1x37x9xf64> {attention.name = "g"}, %a: tensor<1x1x37x9xf64> {attention.name = "a"}, %b: tensor<1x1x37x9xf64> {attention.name = "b"}) -> (tensor<1x1x37x5xf64> {attention.name = "o"}) {
  %square = arith.mulf %g, %g : tensor<1x1x37x9xf64>
  %decay = arith.negf %square : tensor<1x1x37x9xf64>
  %kappa = math.tanh %a : tensor<1x1x37x9xf64>
  %small = arith.constant dense<0.1> : tensor<1x1x37x9xf64>
  %remove = arith.mulf %kappa, %small : tensor<1x1x37x9xf64>
  %o = attention.attend #attention.rank_one %q, %k, %v mask(#attention.causal) decay(%decay : tensor<1x1x37x9xf64>) remove(%remove : tensor<1x1x37x9xf64>) replace(%b : tensor<1x1x37x9xf64>) : tensor<1x1x37x9xf64>, tensor<1x1x37x9xf64>, tensor<1x1x37x5xf64>
  return %o : tensor<1x1x37x5xf64>
}

// One operand alone says how large the batch is.
// CASE: batches q=f32:2x2x19x4 k=f32:2x2x19x4 v=f32:2x2x19x4 -> a b
func.func @batches(%q: tensor<?x2x?x4xf32> {attention.name = "q"}, %k: tensor<2x2x?x4xf32> {attention.name = "k"}, %v: tensor<?x2x?x4xf32> {attention.name = "v"}) -> (tensor<2x2x?x4xf32> {attention.name = "a"}, tensor<2x?x8xf32> {attention.name = "b"}) {
  %a = attention.attend #attention.log_exp %q, %k, %v mask(#attention.causal) : tensor<?x2x?x4xf32>, tensor<2x2x?x4xf32>, tensor<?x2x?x4xf32>
  %l = attention.attend #attention.linear %q, %k, %v : tensor<?x2x?x4xf32>, tensor<2x2x?x4xf32>, tensor<?x2x?x4xf32>
  %b = attention.merge_heads %l : tensor<2x2x?x4xf32>
  return %a, %b : tensor<2x2x?x4xf32>, tensor<2x?x8xf32>
}

// Gates whose heads and columns the types leave open are as many as they must be.
// CASE: open_gates q=f32:1x2x5x4 k=f32:1x2x5x4 v=f32:1x2x5x4 g=f32:1x2x5x4=-1,-2,-0.5,-1,-1,-1,-1,-1,-0.25,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1 b=f32:1x2x5x1 -> o
func.func @open_gates(%q: tensor<?x2x?x4xf32> {attention.name = "q"}, %k: tensor<?x2x?x4xf32> {attention.name = "k"}, %v: tensor<?x2x?x4xf32> {attention.name = "v"},
                      %g: tensor<?x?x?x?xf32> {attention.name = "g"}, %b: tensor<?x?x?x?xf32> {attention.name = "b"}) -> (tensor<?x2x?x4xf32> {attention.name = "o"}) {
  %o = attention.attend #attention.delta %q, %k, %v mask(#attention.causal) decay(%g : tensor<?x?x?x?xf32>) beta(%b : tensor<?x?x?x?xf32>)
      : tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>
  return %o : tensor<?x2x?x4xf32>
}
