// Softmax over logarithms of products of positive features, in the ways that people write them.
// RUN: attention-opt %s -attention-linearize -canonicalize -split-input-file -verify-diagnostics | FileCheck %s

!x = tensor<1x9x32xf32>
!t = tensor<1x2x9x16xf32>

// elu + 1: as a sum, as a choice of two, and by maxima and minima; before heads are split and after.
// CHECK-LABEL: func.func @elu1(
// CHECK-SAME: %[[Q:.*]]: tensor<1x9x32xf32>, %[[K:.*]]: tensor<1x2x9x16xf32>, %[[V:.*]]: tensor<1x2x9x16xf32>
// CHECK-DAG: %[[QH:.*]] = attention.split_heads %[[Q]] heads(2)
// CHECK: attention.attend #attention.linear<feature = elu1, normalizer = keys> %[[QH]], %[[K]], %[[V]] mask(#attention.causal) :
// CHECK: attention.attend #attention.linear<feature = elu1, normalizer = keys> %[[K]], %[[K]], %[[V]] :
func.func @elu1(%x: !x, %k: !t, %v: !t) -> (!t, !t) {
  %zero = arith.constant dense<0.0> : !x
  %one = arith.constant dense<1.0> : !x
  %positive = arith.cmpf ogt, %x, %zero : !x
  %exp = math.exp %x : !x
  %lowered = arith.subf %exp, %one : !x
  %elu = arith.select %positive, %x, %lowered : tensor<1x9x32xi1>, !x
  %raised = arith.addf %elu, %one : !x
  %fq = attention.split_heads %raised heads(2) : !x
  %none = arith.constant dense<0.0> : !t
  %unit = arith.constant dense<1.0> : !t
  %negative = arith.cmpf ole, %k, %none : !t
  %expk = math.exp %k : !t
  %more = arith.addf %unit, %k : !t
  %fk = arith.select %negative, %expk, %more : tensor<1x2x9x16xi1>, !t
  %a = attention.attend #attention.softmax %fq, %fk, %v mask(#attention.causal) score {
  ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
    %l = math.log %s : f32
    attention.yield %l : f32
  } : !t, !t, !t
  %least = arith.minimumf %k, %none : !t
  %small = math.exp %least : !t
  %most = arith.maximumf %k, %none : !t
  %other = arith.addf %most, %small : !t
  %c = arith.constant 3.0 : f32
  %b = attention.attend #attention.softmax %other, %fk, %v score {
  ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
    %l = math.log %s : f32
    %m = arith.addf %l, %c : f32
    attention.yield %m : f32
  } : !t, !t, !t
  return %a, %b : !t, !t
}

// -----

!t = tensor<1x2x?x16xf32>

// Features that are positive, but no map that `linear` has; two maps that differ.
// CHECK-LABEL: func.func @positive(
// CHECK-DAG: %[[SIGMOID:.*]] = arith.divf
// CHECK-DAG: %[[RELU:.*]] = arith.addf %{{.*}}, %{{.*}} : tensor<1x2x?x16xf32>
// CHECK: attention.attend #attention.linear<normalizer = keys> %{{.*}}, %{{.*}}, %{{.*}} mask(#attention.causal) :
// CHECK: attention.attend #attention.linear<normalizer = keys> %{{.*}}, %{{.*}}, %{{.*}} :
func.func @positive(%q: !t, %k: !t, %v: !t) -> (!t, !t) {
  %c2 = arith.constant 2 : index
  %n = tensor.dim %q, %c2 : !t
  %f0 = arith.constant 0.0 : f32
  %f1 = arith.constant 1.0 : f32
  %f2 = arith.constant 1.0e-3 : f32
  %zero = tensor.splat %f0[%n] : !t
  %one = tensor.splat %f1[%n] : !t
  %little = tensor.splat %f2[%n] : !t
  %minus = arith.negf %q : !t
  %exp = math.exp %minus : !t
  %sum = arith.addf %one, %exp : !t
  %sigmoid = arith.divf %one, %sum : !t
  %relu = arith.maximumf %k, %zero : !t
  %above = arith.addf %relu, %little : !t
  %a = attention.attend #attention.softmax %sigmoid, %above, %v mask(#attention.causal) score {
  ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
    %l = math.log %s : f32
    attention.yield %l : f32
  } : !t, !t, !t
  %square = arith.mulf %k, %k : !t
  %bowl = arith.addf %square, %one : !t
  %b = attention.attend #attention.softmax %exp, %bowl, %v score {
  ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
    %l = math.log %s : f32
    attention.yield %l : f32
  } : !t, !t, !t
  return %a, %b : !t, !t
}

// -----

!t = tensor<1x2x9x16xf32>

// CHECK-LABEL: func.func @may_be_zero(
// CHECK-COUNT-2: attention.attend #attention.softmax
func.func @may_be_zero(%q: !t, %k: !t, %v: !t) -> (!t, !t) {
  %zero = arith.constant dense<0.0> : !t
  %rq = arith.maximumf %q, %zero : !t
  %ek = math.exp %k : !t
  // expected-remark @below {{keeps its cost per token, which grows with the past: query is not known to be positive, as math.exp and elu + 1 are: where all products are 0, softmax gives 0, but a quotient of sums no number}}
  %a = attention.attend #attention.softmax %rq, %ek, %v score {
  ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
    %l = math.log %s : f32
    attention.yield %l : f32
  } : !t, !t, !t
  // A leaky unit is not elu.
  %one = arith.constant dense<1.0> : !t
  %positive = arith.cmpf ogt, %k, %zero : !t
  %small = math.tanh %k : !t
  %leaky = arith.select %positive, %k, %small : tensor<1x2x9x16xi1>, !t
  %raised = arith.addf %leaky, %one : !t
  // expected-remark @below {{keeps its cost per token, which grows with the past: key is not known to be positive}}
  %b = attention.attend #attention.softmax %ek, %raised, %v score {
  ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
    %l = math.log %s : f32
    attention.yield %l : f32
  } : !t, !t, !t
  return %a, %b : !t, !t
}
