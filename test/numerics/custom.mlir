// Variants in the user's own words, compiled and interpreted: one that is reduced a tile of keys at once, and one that is composed key after key.
// RUN: %python %S/agree.py %s 2e-5

// Softmax, with the state of no key at -inf.
attention.variant @softmax state [f32, f32] identity {
  %m = arith.constant 0xFF800000 : f32
  %z = arith.constant 0.0 : f32
  attention.yield %m, %z : f32, f32
} lift {
^bb0(%s: f32):
  %one = arith.constant 1.0 : f32
  attention.yield %s, %one, %one : f32, f32, f32
} compose {
^bb0(%m1: f32, %z1: f32, %m2: f32, %z2: f32):
  %m = arith.maximumf %m1, %m2 : f32
  %d1 = arith.subf %m1, %m : f32
  %d2 = arith.subf %m2, %m : f32
  %f1 = math.exp %d1 : f32
  %f2 = math.exp %d2 : f32
  %a = arith.mulf %z1, %f1 : f32
  %b = arith.mulf %z2, %f2 : f32
  %z = arith.addf %a, %b : f32
  attention.yield %m, %z, %f1, %f2 : f32, f32, f32, f32
} finish {
^bb0(%m: f32, %z: f32):
  %one = arith.constant 1.0 : f32
  %r = arith.divf %one, %z : f32
  attention.yield %r : f32
}

// A mean of values in which each key forgets half of what came before it, over how many keys there are: the order of keys matters.
attention.variant @fading state [f32, i32] identity {
  %one = arith.constant 1.0 : f32
  %none = arith.constant 0 : i32
  attention.yield %one, %none : f32, i32
} lift {
^bb0(%s: f32):
  %half = arith.constant 0.5 : f32
  %one = arith.constant 1 : i32
  %w = math.tanh %s : f32
  attention.yield %half, %one, %w : f32, i32, f32
} compose {
^bb0(%a: f32, %n: i32, %b: f32, %m: i32):
  %one = arith.constant 1.0 : f32
  %c = arith.mulf %a, %b : f32
  %sum = arith.addi %n, %m : i32
  attention.yield %c, %sum, %b, %one : f32, i32, f32, f32
} finish {
^bb0(%a: f32, %n: i32):
  %one = arith.constant 1.0 : f32
  %count = arith.sitofp %n : i32 to f32
  %less = arith.subf %count, %a : f32
  %r = arith.divf %one, %less : f32
  attention.yield %r : f32
}

// CASE: attend q=f32:1x4x1x16 k=f32:1x2x1x16 v=f32:1x2x1x12 -> a b
// CASE: attend q=f32:2x4x17x16 k=f32:2x2x17x16 v=f32:2x2x17x12 -> a b
// CASE: attend q=f32:1x4x130x16 k=f32:1x2x130x16 v=f32:1x2x130x12 -> a b
// CASE: attend q=f32:1x4x17x16 k=f32:1x2x130x16 v=f32:1x2x130x12 -> a b
// CASE: attend q=f32:1x4x130x16 k=f32:1x2x17x16 v=f32:1x2x17x12 -> a b
// CASE: attend q=f32:1x4x17x16 k=f32:1x2x0x16 v=f32:1x2x0x12 -> a b
// CASE: attend q=f32:1x4x0x16 k=f32:1x2x17x16 v=f32:1x2x17x12 -> a b
// CASE: attend q=f32:0x4x17x16 k=f32:0x2x17x16 v=f32:0x2x17x12 -> a b
func.func @attend(%q: tensor<?x4x?x16xf32> {attention.name = "q"}, %k: tensor<?x2x?x16xf32> {attention.name = "k"}, %v: tensor<?x2x?x12xf32> {attention.name = "v"}) -> (tensor<?x4x?x12xf32> {attention.name = "a"}, tensor<?x4x?x12xf32> {attention.name = "b"}) {
  %a = attention.attend #attention.custom<@softmax> %q, %k, %v mask(#attention.causal) : tensor<?x4x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x12xf32>
  %b = attention.attend #attention.custom<@fading> %q, %k, %v mask(#attention.causal) : tensor<?x4x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x12xf32>
  return %a, %b : tensor<?x4x?x12xf32>, tensor<?x4x?x12xf32>
}

// Every clause; one query against many keys, whose range is split; keys that are not there; scores of -inf.
// CASE: clauses q=f32:2x2x1x24 k=f32:2x2x700x24 v=f32:2x2x700x16 bias=f32:1x2x1x700 e=i1:2x700 p=i64:2=500,800 -> a b
// CASE: clauses q=f32:2x2x17x24 k=f32:2x2x130x24 v=f32:2x2x130x16 bias=f32:1x2x17x130 e=i1:2x130 p=i64:2=0,113 -> a b
// CASE: clauses q=f32:1x2x130x24 k=f32:1x2x130x24 v=f32:1x2x130x16 bias=f32:1x2x130x130 e=i1:1x130 p=i64:1=-3 -> a b
func.func @clauses(%q: tensor<?x2x?x24xf32> {attention.name = "q"}, %k: tensor<?x2x?x24xf32> {attention.name = "k"}, %v: tensor<?x2x?x16xf32> {attention.name = "v"}, %bias: tensor<1x2x?x?xf32> {attention.name = "bias"}, %e: tensor<?x?xi1> {attention.name = "e"}, %p: tensor<?xi64> {attention.name = "p"})
    -> (tensor<?x2x?x16xf32> {attention.name = "a"}, tensor<?x2x?x16xf32> {attention.name = "b"}) {
  %three = arith.constant 3 : index
  %zero = arith.constant 0 : index
  %none = arith.constant 0xFF800000 : f32
  %a = attention.attend #attention.custom<@softmax> %q, %k, %v mask(#attention.window<200>) keys(%e : tensor<?x?xi1>) offset(%p : tensor<?xi64>) scale(0.4) bias(%bias : tensor<1x2x?x?xf32>) score {
  ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
    %third = arith.remui %key, %three : index
    %out = arith.cmpi eq, %third, %zero : index
    %t = arith.select %out, %none, %s : f32
    attention.yield %t : f32
  } : tensor<?x2x?x24xf32>, tensor<?x2x?x24xf32>, tensor<?x2x?x16xf32>
  %b = attention.attend #attention.custom<@fading> %q, %k, %v mask(#attention.causal) keys(%e : tensor<?x?xi1>) offset(%p : tensor<?xi64>) bias(%bias : tensor<1x2x?x?xf32>) visible {
  ^bb0(%batch: index, %head: index, %query: index, %key: index):
    %third = arith.remui %key, %three : index
    %seen = arith.cmpi ne, %third, %zero : index
    attention.yield %seen : i1
  } : tensor<?x2x?x24xf32>, tensor<?x2x?x24xf32>, tensor<?x2x?x16xf32>
  return %a, %b : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>
}

// Documents start anew; some are empty.
// CASE: documents q=f32:1x2x70x16 k=f32:1x2x70x16 v=f32:1x2x70x16 s=i64:6=0,1,1,40,57,70 -> a b
// CASE: documents q=f32:1x2x0x16 k=f32:1x2x0x16 v=f32:1x2x0x16 s=i64:1=0 -> a b
func.func @documents(%q: tensor<1x2x?x16xf32> {attention.name = "q"}, %k: tensor<1x2x?x16xf32> {attention.name = "k"}, %v: tensor<1x2x?x16xf32> {attention.name = "v"}, %s: tensor<?xi64> {attention.name = "s"})
    -> (tensor<1x2x?x16xf32> {attention.name = "a"}, tensor<1x2x?x16xf32> {attention.name = "b"}) {
  %a = attention.attend #attention.custom<@softmax> %q, %k, %v documents(%s : tensor<?xi64>) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  %b = attention.attend #attention.custom<@fading> %q, %k, %v documents(%s : tensor<?xi64>) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %a, %b : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
}
