// Variants and their clauses through text, generic text and bytecode.
// RUN: attention-opt %s > %t.once
// RUN: FileCheck %s < %t.once
// RUN: attention-opt %t.once | diff %t.once -
// RUN: attention-opt %s -mlir-print-op-generic | attention-opt | diff %t.once -
// RUN: attention-opt %s -emit-bytecode | attention-opt | diff %t.once -

// CHECK-LABEL: func @parameters_that_are_defaults_are_not_printed(
func.func @parameters_that_are_defaults_are_not_printed(%q: tensor<1x2x?x16xf32>) {
  // CHECK: attend #attention.log_exp %
  %0 = attention.attend #attention.log_exp<values = linear> %q, %q, %q : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  // CHECK: attend #attention.log_exp<values = log> %
  %1 = attention.attend #attention.log_exp<values = log> %q, %q, %q : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  // CHECK: attend #attention.linear %
  %2 = attention.attend #attention.linear<feature = identity, normalizer = none> %q, %q, %q : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  // CHECK: attend #attention.linear<feature = relu> %
  %3 = attention.attend #attention.linear<feature = relu> %q, %q, %q : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  // CHECK: attend #attention.linear<feature = exp, normalizer = keys> %
  %4 = attention.attend #attention.linear<normalizer = keys, feature = exp> %q, %q, %q : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return
}

// CHECK-LABEL: func @decay_is_per_head_token_or_channel(
// CHECK: attend #attention.linear {{.*}} mask(#attention.causal) scale(5.000000e-01) decay(%{{.*}} : tensor<1x4x1x1xf32>) : tensor<2x4x5x16xf32>
// CHECK: attend #attention.linear {{.*}} decay(%{{.*}} : tensor<2x1x5x1xf32>) : tensor<2x4x5x16xf32>
// CHECK: attend #attention.linear {{.*}} decay(%{{.*}} : tensor<2x4x5x16xf32>) : tensor<2x4x5x16xf32>
func.func @decay_is_per_head_token_or_channel(%q: tensor<2x4x5x16xf32>, %head: tensor<1x4x1x1xf32>, %token: tensor<2x1x5x1xf32>) {
  %0 = attention.attend #attention.linear %q, %q, %q mask(#attention.causal) decay(%head : tensor<1x4x1x1xf32>) scale(0.5)
      : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  %1 = attention.attend #attention.linear %q, %q, %q decay(%token : tensor<2x1x5x1xf32>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  %2 = attention.attend #attention.linear %q, %q, %q decay(%q : tensor<2x4x5x16xf32>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// CHECK-LABEL: func @delta_has_more_heads_of_values_than_of_keys(
// CHECK: attend #attention.delta {{.*}} decay(%{{.*}} : tensor<2x4x5x1xf32>) beta(%{{.*}} : tensor<2x4x5x1xf32>) : tensor<2x2x5x16xf32>, tensor<2x2x5x16xf32>, tensor<2x4x5x8xf32>
// CHECK-NEXT: return %{{.*}} : tensor<2x4x5x8xf32>
func.func @delta_has_more_heads_of_values_than_of_keys(%q: tensor<2x2x5x16xf32>, %v: tensor<2x4x5x8xf32>, %g: tensor<2x4x5x1xf32>) -> tensor<2x4x5x8xf32> {
  %o = attention.attend #attention.delta %q, %q, %v mask(#attention.causal) beta(%g : tensor<2x4x5x1xf32>) decay(%g : tensor<2x4x5x1xf32>)
      : tensor<2x2x5x16xf32>, tensor<2x2x5x16xf32>, tensor<2x4x5x8xf32>
  return %o : tensor<2x4x5x8xf32>
}

// CHECK-LABEL: func @rank_one_removes_and_replaces(
// CHECK: attend #attention.rank_one {{.*}} keys(%{{.*}} : tensor<2x5xi1>) remove(%{{.*}} : tensor<2x4x5x16xf32>) replace(%{{.*}} : tensor<2x4x5x16xf32>) : tensor<2x4x5x16xf32>
func.func @rank_one_removes_and_replaces(%q: tensor<2x4x5x16xf32>, %exists: tensor<2x5xi1>) {
  %o = attention.attend #attention.rank_one %q, %q, %q keys(%exists : tensor<2x5xi1>) remove(%q : tensor<2x4x5x16xf32>) replace(%q : tensor<2x4x5x16xf32>)
      : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// CHECK-LABEL: func @sums_accept_every_mask(
// CHECK: attend #attention.linear {{.*}} mask(#attention.band<2, 1>)
// CHECK: attend #attention.log_exp {{.*}} mask(#attention.not<#attention.dilated<2>>)
func.func @sums_accept_every_mask(%q: tensor<2x4x5x16xf64>) {
  %0 = attention.attend #attention.linear %q, %q, %q mask(#attention.band<2, 1>) : tensor<2x4x5x16xf64>, tensor<2x4x5x16xf64>, tensor<2x4x5x16xf64>
  %1 = attention.attend #attention.log_exp %q, %q, %q mask(#attention.not<#attention.dilated<2>>) : tensor<2x4x5x16xf64>, tensor<2x4x5x16xf64>, tensor<2x4x5x16xf64>
  return
}

// The state of a custom variant may be of any scalars.
// CHECK-LABEL: attention.variant @mean state [f64, i32] identity {
// CHECK: } lift {
// CHECK: } compose {
// CHECK: } finish {
attention.variant @mean state [f64, i32] identity {
  %z = arith.constant 0.0 : f64
  %n = arith.constant 0 : i32
  attention.yield %z, %n : f64, i32
} lift {
^bb0(%s: f32):
  %w = arith.extf %s : f32 to f64
  %n = arith.constant 1 : i32
  attention.yield %w, %n, %s : f64, i32, f32
} compose {
^bb0(%w1: f64, %n1: i32, %w2: f64, %n2: i32):
  %one = arith.constant 1.0 : f32
  %w = arith.addf %w1, %w2 : f64
  %n = arith.addi %n1, %n2 : i32
  attention.yield %w, %n, %one, %one : f64, i32, f32, f32
} finish {
^bb0(%w: f64, %n: i32):
  %one = arith.constant 1.0 : f32
  %c = arith.sitofp %n : i32 to f32
  %r = arith.divf %one, %c : f32
  attention.yield %r : f32
}

// CHECK-LABEL: func @custom_accepts_what_speaks_of_scores(
// CHECK: attend #attention.custom<@mean> {{.*}} mask(#attention.window<3>) scale(2.000000e+00) bias(%{{.*}} : tensor<2x4x5x1xf32>) :
func.func @custom_accepts_what_speaks_of_scores(%q: tensor<2x4x5x16xf32>, %b: tensor<2x4x5x1xf32>) -> tensor<2x4x5x16xf32> {
  %o = attention.attend #attention.custom<@mean> %q, %q, %q mask(#attention.window<3>) bias(%b : tensor<2x4x5x1xf32>) scale(2.0)
      : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return %o : tensor<2x4x5x16xf32>
}
