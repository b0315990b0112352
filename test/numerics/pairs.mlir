// Variants with a memory as sums over pairs, where masks let queries see more or less than their past: every mask, documents, offsets, missing keys, shared
// heads, types, keys and values that are far apart, and what masked keys hold.
// RUN: %python %S/agree.py %s 2e-5

// CASE: masks q=f32:1x2x97x16 k=f32:1x2x97x16 v=f32:1x2x97x12 -> a b c d e f
// CASE: masks q=f32:2x2x30x16 k=f32:2x2x130x16 v=f32:2x2x130x12 -> a b c d e f
// CASE: masks q=f32:1x2x151x16 k=f32:1x2x33x16 v=f32:1x2x33x12 -> a b c d e f
// CASE: masks q=f32:1x2x1x16 k=f32:1x2x2053x16 v=f32:1x2x2053x12 -> a b c d e f
// CASE: masks q=f32:1x2x7x16 k=f32:1x2x0x16 v=f32:1x2x0x12 -> a b c d e f
// CASE: masks q=f32:1x2x0x16 k=f32:1x2x7x16 v=f32:1x2x7x12 -> a b c d e f
func.func @masks(%q: tensor<?x2x?x16xf32> {attention.name = "q"}, %k: tensor<?x2x?x16xf32> {attention.name = "k"}, %v: tensor<?x2x?x12xf32> {attention.name = "v"})
    -> (tensor<?x2x?x12xf32> {attention.name = "a"}, tensor<?x2x?x12xf32> {attention.name = "b"}, tensor<?x2x?x12xf32> {attention.name = "c"},
        tensor<?x2x?x12xf32> {attention.name = "d"}, tensor<?x2x?x12xf32> {attention.name = "e"}, tensor<?x2x?x12xf32> {attention.name = "f"}) {
  %a = attention.attend #attention.log_exp %q, %k, %v mask(#attention.all<[#attention.causal, #attention.window<20>]>) : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x12xf32>
  %b = attention.attend #attention.log_exp<values = log> %q, %k, %v mask(#attention.band<9, 40>) : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x12xf32>
  %c = attention.attend #attention.linear<feature = elu1, normalizer = keys> %q, %k, %v mask(#attention.any<[#attention.window<5>, #attention.prefix<2>]>) : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x12xf32>
  %d = attention.attend #attention.linear<normalizer = count> %q, %k, %v mask(#attention.dilated<3>) : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x12xf32>
  %e = attention.attend #attention.linear<feature = exp, normalizer = keys> %q, %k, %v mask(#attention.not<#attention.causal>) scale(0.25) : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x12xf32>
  %f = attention.attend #attention.linear<feature = relu> %q, %k, %v mask(#attention.prefix<40>) scale(-0.5) : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x12xf32>
  return %a, %b, %c, %d, %e, %f : tensor<?x2x?x12xf32>, tensor<?x2x?x12xf32>, tensor<?x2x?x12xf32>, tensor<?x2x?x12xf32>, tensor<?x2x?x12xf32>, tensor<?x2x?x12xf32>
}

// Columns that tiles do not have, heads that are shared, missing keys, offsets.
// CASE: clauses q=f32:2x4x41x20 k=f32:2x2x73x20 v=f32:2x1x73x7 e=i1:2x73 p=i64:2=3,43 -> a b
func.func @clauses(%q: tensor<?x4x?x20xf32> {attention.name = "q"}, %k: tensor<?x2x?x20xf32> {attention.name = "k"}, %v: tensor<?x1x?x7xf32> {attention.name = "v"}, %e: tensor<?x?xi1> {attention.name = "e"}, %p: tensor<?xi64> {attention.name = "p"})
    -> (tensor<?x?x28xf32> {attention.name = "a"}, tensor<?x4x?x7xf32> {attention.name = "b"}) {
  %h = attention.attend #attention.log_exp %q, %k, %v mask(#attention.window<30>) keys(%e : tensor<?x?xi1>) offset(%p : tensor<?xi64>) : tensor<?x4x?x20xf32>, tensor<?x2x?x20xf32>, tensor<?x1x?x7xf32>
  %a = attention.merge_heads %h : tensor<?x4x?x7xf32>
  %b = attention.attend #attention.linear<feature = exp, normalizer = count> %q, %k, %v mask(#attention.window<30>) keys(%e : tensor<?x?xi1>) offset(%p : tensor<?xi64>) : tensor<?x4x?x20xf32>, tensor<?x2x?x20xf32>, tensor<?x1x?x7xf32>
  return %a, %b : tensor<?x?x28xf32>, tensor<?x4x?x7xf32>
}

// CASE: documents q=f32:1x2x70x16 k=f32:1x2x70x16 v=f32:1x2x70x16 s=i64:6=0,1,1,40,57,70 -> a b c
func.func @documents(%q: tensor<1x2x?x16xf32> {attention.name = "q"}, %k: tensor<1x2x?x16xf32> {attention.name = "k"}, %v: tensor<1x2x?x16xf32> {attention.name = "v"}, %s: tensor<?xi64> {attention.name = "s"})
    -> (tensor<1x2x?x16xf32> {attention.name = "a"}, tensor<1x2x?x16xf32> {attention.name = "b"}, tensor<1x2x?x16xf32> {attention.name = "c"}) {
  %a = attention.attend #attention.log_exp %q, %k, %v mask(#attention.band<9, 3>) documents(%s : tensor<?xi64>) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  %b = attention.attend #attention.log_exp<values = log> %q, %k, %v mask(#attention.dilated<2>) documents(%s : tensor<?xi64>) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  %c = attention.attend #attention.linear<normalizer = count> %q, %k, %v mask(#attention.window<7>) documents(%s : tensor<?xi64>) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %a, %b, %c : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
}

// Keys hundreds apart, rising and falling, values that are logarithms hundreds apart.
// CASE: far q=f32:1x2x140x16 k=f32:1x2x140x16 v=f32:1x2x140x16 -> a b c
func.func @far(%q: tensor<1x2x?x16xf32> {attention.name = "q"}, %k: tensor<1x2x?x16xf32> {attention.name = "k"}, %v: tensor<1x2x?x16xf32> {attention.name = "v"})
    -> (tensor<1x2x?x16xf32> {attention.name = "a"}, tensor<1x2x?x16xf32> {attention.name = "b"}, tensor<1x2x?x16xf32> {attention.name = "c"}) {
  %hundred = arith.constant 100.0 : f32
  %c2 = arith.constant 2 : index
  %n = tensor.dim %k, %c2 : tensor<1x2x?x16xf32>
  %s = tensor.splat %hundred[%n] : tensor<1x2x?x16xf32>
  %ks = arith.mulf %k, %s : tensor<1x2x?x16xf32>
  %vs = arith.mulf %v, %s : tensor<1x2x?x16xf32>
  %a = attention.attend #attention.log_exp %q, %ks, %v mask(#attention.window<20>) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  %b = attention.attend #attention.log_exp<values = log> %q, %k, %vs mask(#attention.any<[#attention.causal, #attention.prefix<80>]>) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  %c = attention.attend #attention.log_exp<values = log> %q, %ks, %vs mask(#attention.not<#attention.window<50>>) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %a, %b, %c : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
}

// CASE: double q=f64:1x1x37x9 k=f64:1x1x37x9 v=f64:1x1x37x5 -> a b
func.func @double(%q: tensor<1x1x37x9xf64> {attention.name = "q"}, %k: tensor<1x1x37x9xf64> {attention.name = "k"}, %v: tensor<1x1x37x5xf64> {attention.name = "v"}) -> (tensor<1x1x37x5xf64> {attention.name = "a"}, tensor<1x1x37x5xf64> {attention.name = "b"}) {
  %a = attention.attend #attention.log_exp %q, %k, %v mask(#attention.window<9>) : tensor<1x1x37x9xf64>, tensor<1x1x37x9xf64>, tensor<1x1x37x5xf64>
  %b = attention.attend #attention.linear<feature = elu1> %q, %k, %v mask(#attention.window<9>) : tensor<1x1x37x9xf64>, tensor<1x1x37x9xf64>, tensor<1x1x37x5xf64>
  return %a, %b : tensor<1x1x37x5xf64>, tensor<1x1x37x5xf64>
}
