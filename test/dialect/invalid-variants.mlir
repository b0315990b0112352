// What variants refuse, by name.
// RUN: attention-opt %s -split-input-file -verify-diagnostics

//===- clauses ------------------------------------------------------------===//

func.func @attend_c6_decay(%q: tensor<2x4x5x16xf32>, %g: tensor<2x4x5x1xf32>) {
  // expected-error @below {{#attention.softmax does not accept the clause decay}}
  %o = attention.attend #attention.softmax %q, %q, %q decay(%g : tensor<2x4x5x1xf32>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c6_decay_of_log_exp(%q: tensor<2x4x5x16xf32>, %g: tensor<2x4x5x1xf32>) {
  // expected-error @below {{#attention.log_exp does not accept the clause decay}}
  %o = attention.attend #attention.log_exp %q, %q, %q decay(%g : tensor<2x4x5x1xf32>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c6_scale_of_log_exp(%q: tensor<2x4x5x16xf32>) {
  // expected-error @below {{#attention.log_exp does not accept the clause scale}}
  %o = attention.attend #attention.log_exp %q, %q, %q scale(0.5) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c6_beta(%q: tensor<2x4x5x16xf32>, %g: tensor<2x4x5x1xf32>) {
  // expected-error @below {{#attention.linear does not accept the clause beta}}
  %o = attention.attend #attention.linear %q, %q, %q beta(%g : tensor<2x4x5x1xf32>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c6_bias(%q: tensor<2x4x5x16xf32>, %g: tensor<2x4x5x1xf32>) {
  // expected-error @below {{#attention.delta does not accept the clause bias}}
  %o = attention.attend #attention.delta %q, %q, %q bias(%g : tensor<2x4x5x1xf32>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c6_remove(%q: tensor<2x4x5x16xf32>, %r: tensor<2x4x5x16xf32>) {
  // expected-error @below {{#attention.delta does not accept the clause remove}}
  %o = attention.attend #attention.delta %q, %q, %q remove(%r : tensor<2x4x5x16xf32>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c6_beta_of_rank_one(%q: tensor<2x4x5x16xf32>, %g: tensor<2x4x5x1xf32>) {
  // expected-error @below {{#attention.rank_one does not accept the clause beta}}
  %o = attention.attend #attention.rank_one %q, %q, %q beta(%g : tensor<2x4x5x1xf32>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c6_log_sum_exp_of_log_exp(%q: tensor<2x4x5x16xf32>) {
  // expected-error @below {{#attention.log_exp does not accept the clause log_sum_exp}}
  %o, %l = attention.attend #attention.log_exp %q, %q, %q log_sum_exp : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c6_no_remove(%q: tensor<2x4x5x16xf32>) {
  // expected-error @below {{#attention.rank_one needs the clause remove}}
  %o = attention.attend #attention.rank_one %q, %q, %q : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c6_no_replace(%q: tensor<2x4x5x16xf32>, %r: tensor<2x4x5x16xf32>) {
  // expected-error @below {{#attention.rank_one needs the clause replace}}
  %o = attention.attend #attention.rank_one %q, %q, %q remove(%r : tensor<2x4x5x16xf32>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c6_visible_of_linear(%q: tensor<2x4x5x16xf32>) {
  // expected-error @below {{#attention.linear<feature = elu1> does not accept the clause visible}}
  %o = attention.attend #attention.linear<feature = elu1> %q, %q, %q visible {
  ^bb0(%b: index, %h: index, %i: index, %j: index):
    %s = arith.cmpi ne, %i, %j : index
    attention.yield %s : i1
  } : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c14(%q: tensor<2x4x5x16xf32>, %g: tensor<2x4x5x8xf32>) {
  // expected-error @below {{expects decay to be 2x4x5x16, but got 2x4x5x8 (any size may be 1 instead)}}
  %o = attention.attend #attention.linear %q, %q, %q decay(%g : tensor<2x4x5x8xf32>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c14_heads(%q: tensor<2x4x5x16xf32>, %g: tensor<1x2x5x16xf32>) {
  // expected-error @below {{expects decay to be 2x4x5x16, but got 1x2x5x16 (any size may be 1 instead)}}
  %o = attention.attend #attention.delta %q, %q, %q decay(%g : tensor<1x2x5x16xf32>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c15(%q: tensor<2x4x5x16xf32>, %b: tensor<2x4x5x16xf32>) {
  // expected-error @below {{expects beta to be 2x4x5x1, but got 2x4x5x16 (any size may be 1 instead)}}
  %o = attention.attend #attention.delta %q, %q, %q beta(%b : tensor<2x4x5x16xf32>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c16(%q: tensor<2x4x5x16xf32>, %a: tensor<2x1x5x16xf32>, %b: tensor<2x4x5x16xf32>) {
  // expected-error @below {{expects remove to be 2x4x5x16, but got 2x1x5x16}}
  %o = attention.attend #attention.rank_one %q, %q, %q remove(%a : tensor<2x1x5x16xf32>) replace(%b : tensor<2x4x5x16xf32>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c16_replace(%q: tensor<2x4x5x16xf32>, %a: tensor<2x4x5x16xf32>, %b: tensor<2x4x6x16xf32>) {
  // expected-error @below {{expects replace to be 2x4x5x16, but got 2x4x6x16}}
  %o = attention.attend #attention.rank_one %q, %q, %q remove(%a : tensor<2x4x5x16xf32>) replace(%b : tensor<2x4x6x16xf32>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

//===- masks --------------------------------------------------------------===//

func.func @attend_c17(%q: tensor<2x4x5x16xf32>) {
  // expected-error @below {{expects #attention.delta to have the mask #attention.causal or none, but got #attention.window<4>}}
  %o = attention.attend #attention.delta %q, %q, %q mask(#attention.window<4>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c17_linear(%q: tensor<2x4x5x16xf32>, %g: tensor<2x4x5x1xf32>) {
  // expected-error @below {{expects #attention.linear<normalizer = count> with decay to have the mask #attention.causal or none, but got #attention.prefix<3>}}
  %o = attention.attend #attention.linear<normalizer = count> %q, %q, %q mask(#attention.prefix<3>) decay(%g : tensor<2x4x5x1xf32>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c17_rank_one(%q: tensor<2x4x5x16xf32>, %a: tensor<2x4x5x16xf32>) {
  // expected-error @below {{expects #attention.rank_one to have the mask #attention.causal or none, but got #attention.not<#attention.causal>}}
  %o = attention.attend #attention.rank_one %q, %q, %q mask(#attention.not<#attention.causal>) remove(%a : tensor<2x4x5x16xf32>) replace(%a : tensor<2x4x5x16xf32>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

//===- custom -------------------------------------------------------------===//

func.func @attend_c18(%q: tensor<2x4x5x16xf32>) {
  // expected-error @below {{expects @absent to be an attention.variant}}
  %o = attention.attend #attention.custom<@absent> %q, %q, %q : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func private @other()
func.func @attend_c18_of_another_kind(%q: tensor<2x4x5x16xf32>) {
  // expected-error @below {{expects @other to be an attention.variant}}
  %o = attention.attend #attention.custom<@other> %q, %q, %q : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

attention.variant @v state [f32] identity {
  %z = arith.constant 0.0 : f32
  attention.yield %z : f32
} lift {
^bb0(%s: f32):
  attention.yield %s, %s : f32, f32
} compose {
^bb0(%a: f32, %b: f32):
  attention.yield %a, %a, %b : f32, f32, f32
} finish {
^bb0(%a: f32):
  attention.yield %a : f32
}
func.func @attend_c18_type(%q: tensor<2x4x5x16xf64>) {
  // expected-error @below {{expects @v to lift a score of 'f64', but it lifts one of 'f32'}}
  %o = attention.attend #attention.custom<@v> %q, %q, %q : tensor<2x4x5x16xf64>, tensor<2x4x5x16xf64>, tensor<2x4x5x16xf64>
  return
}

// -----

// expected-error @below {{expects a state of one type or more, but got none}}
attention.variant @variant_c1 state [] identity {
  attention.yield
} lift {
^bb0(%s: f32):
  attention.yield %s : f32
} compose {
  %z = arith.constant 0.0 : f32
  attention.yield %z, %z : f32, f32
} finish {
  %z = arith.constant 0.0 : f32
  attention.yield %z : f32
}

// -----

// expected-error @below {{expects a state of floats and integers, but got 'tensor<f32>'}}
attention.variant @variant_c1_type state [tensor<f32>] identity {
  %z = arith.constant dense<0.0> : tensor<f32>
  attention.yield %z : tensor<f32>
} lift {
^bb0(%s: f32):
  attention.yield %s, %s : f32, f32
} compose {
^bb0(%a: f32, %b: f32):
  attention.yield %a, %a, %b : f32, f32, f32
} finish {
^bb0(%a: f32):
  attention.yield %a : f32
}

// -----

// expected-error @below {{expects the region identity to yield ('f32'), but got ()}}
attention.variant @variant_c2 state [f32] identity {
  attention.yield
} lift {
^bb0(%s: f32):
  attention.yield %s, %s : f32, f32
} compose {
^bb0(%a: f32, %b: f32):
  attention.yield %a, %a, %b : f32, f32, f32
} finish {
^bb0(%a: f32):
  attention.yield %a : f32
}

// -----

// expected-error @below {{expects the region lift to take a score, f32 or f64, but got ('bf16')}}
attention.variant @variant_c3 state [f32] identity {
  %z = arith.constant 0.0 : f32
  attention.yield %z : f32
} lift {
^bb0(%s: bf16):
  attention.yield %s, %s : bf16, bf16
} compose {
^bb0(%a: f32, %b: f32):
  attention.yield %a, %a, %b : f32, f32, f32
} finish {
^bb0(%a: f32):
  attention.yield %a : f32
}

// -----

// expected-error @below {{expects the region lift to yield ('f32', 'f32'), but got ('f32')}}
attention.variant @variant_c3_yield state [f32] identity {
  %z = arith.constant 0.0 : f32
  attention.yield %z : f32
} lift {
^bb0(%s: f32):
  attention.yield %s : f32
} compose {
^bb0(%a: f32, %b: f32):
  attention.yield %a, %a, %b : f32, f32, f32
} finish {
^bb0(%a: f32):
  attention.yield %a : f32
}

// -----

// expected-error @below {{expects the region compose to take ('f32', 'f32'), but got ('f32')}}
attention.variant @variant_c4 state [f32] identity {
  %z = arith.constant 0.0 : f32
  attention.yield %z : f32
} lift {
^bb0(%s: f32):
  attention.yield %s, %s : f32, f32
} compose {
^bb0(%a: f32):
  attention.yield %a, %a, %a : f32, f32, f32
} finish {
^bb0(%a: f32):
  attention.yield %a : f32
}

// -----

// expected-error @below {{expects the region compose to yield ('f32', 'f32', 'f32'), but got ('f32')}}
attention.variant @variant_c4_yield state [f32] identity {
  %z = arith.constant 0.0 : f32
  attention.yield %z : f32
} lift {
^bb0(%s: f32):
  attention.yield %s, %s : f32, f32
} compose {
^bb0(%a: f32, %b: f32):
  attention.yield %a : f32
} finish {
^bb0(%a: f32):
  attention.yield %a : f32
}

// -----

// expected-error @below {{expects the region finish to yield ('f32'), but got ('f32', 'f32')}}
attention.variant @variant_c5 state [f32] identity {
  %z = arith.constant 0.0 : f32
  attention.yield %z : f32
} lift {
^bb0(%s: f32):
  attention.yield %s, %s : f32, f32
} compose {
^bb0(%a: f32, %b: f32):
  attention.yield %a, %a, %b : f32, f32, f32
} finish {
^bb0(%a: f32):
  attention.yield %a, %a : f32, f32
}

// -----

// expected-error @below {{expects ops without side effects, but got attention.fail_if}}
attention.variant @variant_c6 state [f32] identity {
  %z = arith.constant 0.0 : f32
  attention.yield %z : f32
} lift {
^bb0(%s: f32):
  attention.yield %s, %s : f32, f32
} compose {
^bb0(%a: f32, %b: f32):
  attention.yield %a, %a, %b : f32, f32, f32
} finish {
^bb0(%a: f32):
  %bad = arith.constant true
  %i = arith.constant 0 : index
  attention.fail_if %bad order(%i) "no"()
  attention.yield %a : f32
}

// -----

//===- parameters ---------------------------------------------------------===//

// expected-error @below {{expected one of [identity, elu1, exp, relu] for map of queries and keys, got: softplus}}
// expected-error @below {{failed to parse Attention_Linear parameter 'feature'}}
func.func private @feature() attributes {test.attribute = #attention.linear<feature = softplus>}

// -----

func.func @partial_without_tiles(%q: tensor<2x4x5x16xf32>) {
  // expected-error @below {{invalid kind of attribute specified}}
  %p = attention.empty_partial #attention.delta like %q, %q, %q : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}
