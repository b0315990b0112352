// RUN: attention-opt %s -attention-linearize -canonicalize -split-input-file -verify-diagnostics | FileCheck %s
// The two texts of the contract's case become one.
// RUN: attention-opt %contract/log_exp/model.mlir -attention-linearize -canonicalize -o %t.mlir
// RUN: sed -n '/@attend/,/^  }/p' %t.mlir | sed 's/@attend/@f/' > %t.direct
// RUN: sed -n '/@quadratic/,/^  }/p' %t.mlir | sed 's/@quadratic/@f/' > %t.quadratic
// RUN: grep attention.log_exp %t.quadratic
// RUN: cmp %t.direct %t.quadratic

!t = tensor<1x2x?x16xf32>

// CHECK-LABEL: func.func @drops_constants(
// CHECK-SAME: %[[Q:.*]]: tensor<1x2x?x16xf32>, %[[K:.*]]: tensor<1x2x?x16xf32>, %[[V:.*]]: tensor<1x2x?x16xf32>, %[[E:.*]]: tensor<1x?xi1>
// CHECK-NOT: math
// CHECK: attention.attend #attention.log_exp %[[Q]], %[[K]], %[[V]] keys(%[[E]] : tensor<1x?xi1>) :
// CHECK-NOT: score
func.func @drops_constants(%q: !t, %k: !t, %v: !t, %e: tensor<1x?xi1>) -> !t {
  %two = arith.constant 2.0 : f32
  %eq = math.exp %q : !t
  %ek = math.exp %k : !t
  %o = attention.attend #attention.softmax %eq, %ek, %v keys(%e : tensor<1x?xi1>) scale(0.25) score {
  ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
    %l = math.log %s : f32
    %a = arith.addf %two, %l : f32
    %b = arith.subf %a, %two : f32
    attention.yield %b : f32
  } : !t, !t, !t
  return %o : !t
}

// -----

!t = tensor<1x2x?x16xf32>

// CHECK-LABEL: func.func @leaves_neighbours(
// CHECK: attention.attend #attention.softmax
// CHECK: math.sqrt
func.func @leaves_neighbours(%q: !t, %k: !t, %v: !t) -> !t {
  %eq = math.exp %q : !t
  %ek = math.exp %k : !t
  %o = attention.attend #attention.softmax %eq, %ek, %v scale(1.0) score {
  ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
    %l = math.sqrt %s : f32
    attention.yield %l : f32
  } : !t, !t, !t
  return %o : !t
}

// -----

!t = tensor<1x2x?x16xf32>

// CHECK-LABEL: func.func @says_what_is_in_the_way(
// CHECK-COUNT-4: attention.attend #attention.softmax
func.func @says_what_is_in_the_way(%q: !t, %k: !t, %v: !t) -> (!t, !t, !t, !t) {
  %eq = math.exp %q : !t
  %ek = math.exp %k : !t
  // expected-remark @below {{keeps its cost per token, which grows with the past: key is not known to be positive, as math.exp and elu + 1 are: where all products are 0, softmax gives 0, but a quotient of sums no number}}
  %a = attention.attend #attention.softmax %eq, %k, %v scale(1.0) score {
  ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
    %l = math.log %s : f32
    attention.yield %l : f32
  } : !t, !t, !t
  // expected-remark @below {{keeps its cost per token, which grows with the past: the mask is neither causal nor absent}}
  %b = attention.attend #attention.softmax %eq, %ek, %v mask(#attention.window<4>) scale(1.0) score {
  ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
    %l = math.log %s : f32
    attention.yield %l : f32
  } : !t, !t, !t
  // expected-remark @below {{keeps its cost per token, which grows with the past: the score region is more than the logarithm of the score plus constants}}
  %c = attention.attend #attention.softmax %eq, %ek, %v scale(1.0) score {
  ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
    %l = math.log %s : f32
    %m = arith.mulf %l, %s : f32
    attention.yield %m : f32
  } : !t, !t, !t
  // expected-remark @below {{keeps its cost per token, which grows with the past: scale is not positive and finite}}
  %d = attention.attend #attention.softmax %eq, %ek, %v scale(-1.0) score {
  ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
    %l = math.log %s : f32
    attention.yield %l : f32
  } : !t, !t, !t
  return %a, %b, %c, %d : !t, !t, !t, !t
}
