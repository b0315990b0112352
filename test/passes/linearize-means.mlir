// Linear attention whose queries and keys are one number everywhere is a mean of the values; what stands beside it stays.
// RUN: attention-opt %s -attention-linearize -canonicalize -split-input-file -verify-diagnostics | FileCheck %s

!x = tensor<1x?x6xf32>
!c = tensor<1x2x?x1xf32>
!v = tensor<1x2x?x3xf32>

// CHECK-LABEL: func.func @channels(
// CHECK-SAME: %[[X:.*]]: tensor<1x?x6xf32>
// CHECK: %[[N:.*]] = attention.rms_norm %[[X]]
// CHECK: %[[MEAN:.*]] = attention.mean_rows %[[N]] : tensor<1x?x6xf32>
// CHECK: %[[ROWS:.*]] = attention.broadcast_rows %[[MEAN]] like
// CHECK-NOT: attention.attend
// CHECK: return %[[ROWS]]
func.func @channels(%x: !x, %g: tensor<6xf32>) -> !x {
  %c1 = arith.constant 1 : index
  %f1 = arith.constant 1.0 : f32
  %n = tensor.dim %x, %c1 : !x
  %ones = tensor.splat %f1[%n] : !c
  %normed = attention.rms_norm %x, %g epsilon(1.0e-6) : !x, tensor<6xf32>
  %v = attention.split_heads %normed heads(2) : !x
  %o = attention.attend #attention.linear<normalizer = count> %ones, %ones, %v : !c, !c, !v
  %y = attention.merge_heads %o : !v
  return %y : !x
}

// -----

!t = tensor<1x2x9x1xf32>
!v = tensor<1x2x9x3xf32>

// Weights that are left: 0.5 * 2 * 3 of each key; the count as well where nothing is divided by it.
// CHECK-LABEL: func.func @weights(
// CHECK-DAG: %[[THREE:.*]] = arith.constant dense<3.000000e+00> : tensor<1x1x6xf32>
// CHECK-DAG: %[[ALL:.*]] = arith.constant dense<2.700000e+01> : tensor<1x1x6xf32>
// CHECK: %[[A:.*]] = attention.mean_rows
// CHECK: arith.mulf %[[A]], %[[THREE]]
// CHECK: %[[B:.*]] = attention.mean_rows
// CHECK: arith.mulf %[[B]], %[[ALL]]
// CHECK: attention.mean_rows
// CHECK-NOT: arith.mulf
// CHECK: return
func.func @weights(%v: !v) -> (!v, !v, !v) {
  %q = arith.constant dense<2.0> : !t
  %k = arith.constant dense<3.0> : !t
  %a = attention.attend #attention.linear<normalizer = count> %q, %k, %v scale(0.5) : !t, !t, !v
  %b = attention.attend #attention.linear %q, %k, %v scale(0.5) : !t, !t, !v
  %c = attention.attend #attention.linear<feature = exp, normalizer = keys> %q, %k, %v scale(0.5) : !t, !t, !v
  return %a, %b, %c : !v, !v, !v
}

// -----

!t = tensor<1x2x9x1xf32>
!v = tensor<1x2x9x3xf32>
!w = tensor<1x1x9x3xf32>

// CHECK-LABEL: func.func @says_what_is_in_the_way(
// CHECK-COUNT-6: attention.attend #attention.linear
func.func @says_what_is_in_the_way(%q: !t, %v: !v, %w: !w, %e: tensor<1x9xi1>, %g: tensor<1x2x9x1xf32>) -> (!v, !v, !v, !v, !v, !v) {
  %one = arith.constant dense<1.0> : !t
  %zero = arith.constant dense<0.0> : !t
  // Queries that differ are none of this pass's business.
  %a = attention.attend #attention.linear<normalizer = count> %q, %one, %v : !t, !t, !v
  // expected-remark @below {{weighs all keys alike, but is no mean of all values: each query sees keys of its own}}
  %b = attention.attend #attention.linear<normalizer = count> %one, %one, %v mask(#attention.causal) : !t, !t, !v
  // expected-remark @below {{weighs all keys alike, but is no mean of all values: which keys exist, or are of its document, is known at run time only}}
  %c = attention.attend #attention.linear<normalizer = count> %one, %one, %v keys(%e : tensor<1x9xi1>) : !t, !t, !v
  // expected-remark @below {{weighs all keys alike, but is no mean of all values: decay weighs keys by their distance from the last}}
  %d = attention.attend #attention.linear<normalizer = count> %one, %one, %v decay(%g : tensor<1x2x9x1xf32>) : !t, !t, !v
  // expected-remark @below {{weighs all keys alike, but is no mean of all values: the weight of a key is 0 or not finite}}
  %f = attention.attend #attention.linear<normalizer = keys> %one, %zero, %v : !t, !t, !v
  // expected-remark @below {{weighs all keys alike, but is no mean of all values: values have fewer heads than the output}}
  %h = attention.attend #attention.linear<normalizer = count> %one, %one, %w : !t, !t, !w
  return %a, %b, %c, %d, %f, %h : !v, !v, !v, !v, !v, !v
}
