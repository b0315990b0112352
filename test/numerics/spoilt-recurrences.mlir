// What no query may see changes nothing, whatever it holds: numbers that are none in tokens of the future, and in keys that do not exist.
// Gates that shut entirely leave zeros.
// RUN: %python %S/agree.py %s 2e-5

// Values of the future in log-exp attention in logarithms. A value that is seen counts even without weight: 0 times infinity is no number.
// CASE: logs q=f32:1x1x4x2 k=f32:1x1x4x2=0,1,2,3,-inf,-inf,1,0 v=f32:1x1x4x2=1,2,3,4,inf,nan,nan,5 -> o
// CASE: logs q=f32:1x1x40x2 k=f32:1x1x40x2=0,1,2,3,-inf,-inf,1*74 v=f32:1x1x40x2=1,2,3,4,inf,1,1*74 -> o
// CASE: logs q=f32:1x1x40x2 k=f32:1x1x40x2=0,1,2,3,1*76 v=f32:1x1x40x2=1*60,1,-inf,1*10,nan,1*7 -> o
func.func @logs(%q: tensor<1x1x?x2xf32> {attention.name = "q"}, %k: tensor<1x1x?x2xf32> {attention.name = "k"}, %v: tensor<1x1x?x2xf32> {attention.name = "v"}) -> (tensor<1x1x?x2xf32> {attention.name = "o"}) {
  %o = attention.attend #attention.log_exp<values = log> %q, %k, %v mask(#attention.causal) : tensor<1x1x?x2xf32>, tensor<1x1x?x2xf32>, tensor<1x1x?x2xf32>
  return %o : tensor<1x1x?x2xf32>
}

// Keys that are far larger than what they differ by: the sums cancel, the outputs do not.
// CASE: far q=f32:1x1x4x1=0,1,2,3 k=f32:1x1x4x1=40000,40001,40002,40002.5 v=f32:1x1x4x2 -> o
func.func @far(%q: tensor<1x1x?x1xf32> {attention.name = "q"}, %k: tensor<1x1x?x1xf32> {attention.name = "k"}, %v: tensor<1x1x?x2xf32> {attention.name = "v"}) -> (tensor<1x1x?x2xf32> {attention.name = "o"}) {
  %o = attention.attend #attention.log_exp<values = log> %q, %k, %v mask(#attention.causal) : tensor<1x1x?x1xf32>, tensor<1x1x?x1xf32>, tensor<1x1x?x2xf32>
  return %o : tensor<1x1x?x2xf32>
}

// Decays per token and per feature: of the future, shut, and of a key that does not exist.
// CASE: decays q=f32:1x1x4x2 k=f32:1x1x4x2 v=f32:1x1x4x3 g=f32:1x1x4x1=-1,-2,-3,nan h=f32:1x1x4x2=-1,-2,-3,-4,-5,-6,nan,-1 e=i1:1x4=1,1,1,1 -> a b c d
// CASE: decays q=f32:1x1x4x2 k=f32:1x1x4x2 v=f32:1x1x4x3 g=f32:1x1x4x1=-1,-inf,-3,-1 h=f32:1x1x4x2=-1,-2,-3,-inf,-5,-6,-inf,-inf e=i1:1x4=1,1,1,1 -> a b c d
// CASE: decays q=f32:1x1x4x2 k=f32:1x1x4x2 v=f32:1x1x4x3 g=f32:1x1x4x1=-1,nan,-3,-1 h=f32:1x1x4x2=-1,-2,inf,nan,-5,-6,-1,-2 e=i1:1x4=1,0,1,1 -> a b c d
func.func @decays(%q: tensor<1x1x?x2xf32> {attention.name = "q"}, %k: tensor<1x1x?x2xf32> {attention.name = "k"}, %v: tensor<1x1x?x3xf32> {attention.name = "v"}, %g: tensor<1x1x?x1xf32> {attention.name = "g"}, %h: tensor<1x1x?x2xf32> {attention.name = "h"}, %e: tensor<1x?xi1> {attention.name = "e"})
    -> (tensor<1x1x?x3xf32> {attention.name = "a"}, tensor<1x1x?x3xf32> {attention.name = "b"}, tensor<1x1x?x3xf32> {attention.name = "c"}, tensor<1x1x?x3xf32> {attention.name = "d"}) {
  %a = attention.attend #attention.linear<normalizer = count> %q, %k, %v mask(#attention.causal) keys(%e : tensor<1x?xi1>) decay(%g : tensor<1x1x?x1xf32>) : tensor<1x1x?x2xf32>, tensor<1x1x?x2xf32>, tensor<1x1x?x3xf32>
  %b = attention.attend #attention.linear<feature = elu1, normalizer = keys> %q, %k, %v mask(#attention.causal) keys(%e : tensor<1x?xi1>) decay(%h : tensor<1x1x?x2xf32>) : tensor<1x1x?x2xf32>, tensor<1x1x?x2xf32>, tensor<1x1x?x3xf32>
  %c = attention.attend #attention.delta %q, %k, %v mask(#attention.causal) keys(%e : tensor<1x?xi1>) decay(%g : tensor<1x1x?x1xf32>) : tensor<1x1x?x2xf32>, tensor<1x1x?x2xf32>, tensor<1x1x?x3xf32>
  %d = attention.attend #attention.rank_one %q, %k, %v mask(#attention.causal) keys(%e : tensor<1x?xi1>) decay(%h : tensor<1x1x?x2xf32>) remove(%k : tensor<1x1x?x2xf32>) replace(%q : tensor<1x1x?x2xf32>) : tensor<1x1x?x2xf32>, tensor<1x1x?x2xf32>, tensor<1x1x?x3xf32>
  return %a, %b, %c, %d : tensor<1x1x?x3xf32>, tensor<1x1x?x3xf32>, tensor<1x1x?x3xf32>, tensor<1x1x?x3xf32>
}

// Strengths, keys and what is removed and replaced.
// CASE: strengths q=f32:1x1x4x2 k=f32:1x1x4x2=1,0,0.6,0.8,0.8,0.6,nan,1 v=f32:1x1x4x3 b=f32:1x1x4x1=0.5,0.25,1,nan x=f32:1x1x4x2=0.1,0.2,0.3,0.4,0.1,0.2,nan,1 e=i1:1x4=1,1,1,1 -> a b c
// CASE: strengths q=f32:1x1x4x2 k=f32:1x1x4x2=1,0,0.6,nan,0.8,0.6,0,1 v=f32:1x1x4x3 b=f32:1x1x4x1=0.5,nan,1,0.25 x=f32:1x1x4x2=0.1,0.2,nan,inf,0.1,0.2,0,1 e=i1:1x4=1,0,1,1 -> a b c
func.func @strengths(%q: tensor<1x1x?x2xf32> {attention.name = "q"}, %k: tensor<1x1x?x2xf32> {attention.name = "k"}, %v: tensor<1x1x?x3xf32> {attention.name = "v"}, %b: tensor<1x1x?x1xf32> {attention.name = "b"}, %x: tensor<1x1x?x2xf32> {attention.name = "x"}, %e: tensor<1x?xi1> {attention.name = "e"})
    -> (tensor<1x1x?x3xf32> {attention.name = "a"}, tensor<1x1x?x3xf32> {attention.name = "b"}, tensor<1x1x?x3xf32> {attention.name = "c"}) {
  %a = attention.attend #attention.delta %q, %k, %v mask(#attention.causal) keys(%e : tensor<1x?xi1>) beta(%b : tensor<1x1x?x1xf32>) : tensor<1x1x?x2xf32>, tensor<1x1x?x2xf32>, tensor<1x1x?x3xf32>
  %b2 = attention.attend #attention.rank_one %q, %k, %v mask(#attention.causal) keys(%e : tensor<1x?xi1>) remove(%x : tensor<1x1x?x2xf32>) replace(%k : tensor<1x1x?x2xf32>) : tensor<1x1x?x2xf32>, tensor<1x1x?x2xf32>, tensor<1x1x?x3xf32>
  %c = attention.attend #attention.linear<feature = exp, normalizer = keys> %q, %k, %v mask(#attention.causal) keys(%e : tensor<1x?xi1>) : tensor<1x1x?x2xf32>, tensor<1x1x?x2xf32>, tensor<1x1x?x3xf32>
  return %a, %b2, %c : tensor<1x1x?x3xf32>, tensor<1x1x?x3xf32>, tensor<1x1x?x3xf32>
}

// A value that is infinite, and seen: what lies beside 20 features in registers of 16 has no part in it.
// CASE: seen q=f32:1x1x40x20 k=f32:1x1x40x20 v=f32:1x1x40x2=1,inf,1*78 -> o
func.func @seen(%q: tensor<1x1x?x20xf32> {attention.name = "q"}, %k: tensor<1x1x?x20xf32> {attention.name = "k"}, %v: tensor<1x1x?x2xf32> {attention.name = "v"}) -> (tensor<1x1x?x2xf32> {attention.name = "o"}) {
  %o = attention.attend #attention.log_exp %q, %k, %v : tensor<1x1x?x20xf32>, tensor<1x1x?x20xf32>, tensor<1x1x?x2xf32>
  return %o : tensor<1x1x?x2xf32>
}

// Lengths that are known to be zero.
// CASE: nothing q=f32:1x2x0x3 k=f32:1x2x5x3 v=f32:1x2x5x3 n=f32:1x2x0x3 g=f32:0x2x5x1 m=f32:0x2x5x3 -> a b c d
func.func @nothing(%q: tensor<1x2x0x3xf32> {attention.name = "q"}, %k: tensor<1x2x5x3xf32> {attention.name = "k"}, %v: tensor<1x2x5x3xf32> {attention.name = "v"}, %n: tensor<1x2x0x3xf32> {attention.name = "n"}, %g: tensor<0x2x5x1xf32> {attention.name = "g"}, %m: tensor<0x2x5x3xf32> {attention.name = "m"})
    -> (tensor<1x2x0x3xf32> {attention.name = "a"}, tensor<1x2x5x3xf32> {attention.name = "b"}, tensor<1x2x0x3xf32> {attention.name = "c"}, tensor<0x2x5x3xf32> {attention.name = "d"}) {
  %a = attention.attend #attention.log_exp %q, %k, %v mask(#attention.causal) : tensor<1x2x0x3xf32>, tensor<1x2x5x3xf32>, tensor<1x2x5x3xf32>
  %b = attention.attend #attention.linear<normalizer = keys> %v, %n, %n mask(#attention.causal) : tensor<1x2x5x3xf32>, tensor<1x2x0x3xf32>, tensor<1x2x0x3xf32>
  %c = attention.attend #attention.delta %n, %n, %n : tensor<1x2x0x3xf32>, tensor<1x2x0x3xf32>, tensor<1x2x0x3xf32>
  %d = attention.attend #attention.linear %m, %m, %m mask(#attention.causal) decay(%g : tensor<0x2x5x1xf32>) : tensor<0x2x5x3xf32>, tensor<0x2x5x3xf32>, tensor<0x2x5x3xf32>
  return %a, %b, %c, %d : tensor<1x2x0x3xf32>, tensor<1x2x5x3xf32>, tensor<1x2x0x3xf32>, tensor<0x2x5x3xf32>
}

// Infinities that weights below 0 turn around: as pairs, in chunks, of a variant in the user's words.
// CASE: turned q=f32:1x1x4x1=1,1,1,1 k=f32:1x1x4x1=-1,2,3,-4 v=f32:1x1x4x2=inf,1,2,inf,1,1,1,-inf -> a b c
// CASE: turned q=f32:1x1x4x1=1,-1,0,-2 k=f32:1x1x4x1=-1,2,3,-4 v=f32:1x1x4x2=1,1,2,inf,1,1,1,-inf -> a b c
attention.variant @odd state [f32] identity {
  %z = arith.constant 0.0 : f32
  attention.yield %z : f32
} lift {
^bb0(%s: f32):
  %w = math.tanh %s : f32
  attention.yield %s, %w : f32, f32
} compose {
^bb0(%a: f32, %b: f32):
  %one = arith.constant 1.0 : f32
  %c = arith.addf %a, %b : f32
  attention.yield %c, %one, %one : f32, f32, f32
} finish {
^bb0(%a: f32):
  %one = arith.constant 1.0 : f32
  attention.yield %one : f32
}
func.func @turned(%q: tensor<1x1x?x1xf32> {attention.name = "q"}, %k: tensor<1x1x?x1xf32> {attention.name = "k"}, %v: tensor<1x1x?x2xf32> {attention.name = "v"})
    -> (tensor<1x1x?x2xf32> {attention.name = "a"}, tensor<1x1x?x2xf32> {attention.name = "b"}, tensor<1x1x?x2xf32> {attention.name = "c"}) {
  %a = attention.attend #attention.linear %q, %k, %v mask(#attention.window<30>) : tensor<1x1x?x1xf32>, tensor<1x1x?x1xf32>, tensor<1x1x?x2xf32>
  %b = attention.attend #attention.linear %q, %k, %v mask(#attention.causal) : tensor<1x1x?x1xf32>, tensor<1x1x?x1xf32>, tensor<1x1x?x2xf32>
  %c = attention.attend #attention.custom<@odd> %q, %k, %v mask(#attention.causal) : tensor<1x1x?x1xf32>, tensor<1x1x?x1xf32>, tensor<1x1x?x2xf32>
  return %a, %b, %c : tensor<1x1x?x2xf32>, tensor<1x1x?x2xf32>, tensor<1x1x?x2xf32>
}
