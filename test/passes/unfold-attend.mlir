// RUN: attention-opt %s -split-input-file -attention-unfold-attend -canonicalize -verify-diagnostics | FileCheck %s

// CHECK-LABEL: func @visits_all_keys_from_nothing(
// CHECK-SAME: %[[Q:.*]]: tensor<1x2x5x16xf32>, %[[K:.*]]: tensor<1x2x7x16xf32>, %[[V:.*]]: tensor<1x2x7x8xf32>
func.func @visits_all_keys_from_nothing(%q: tensor<1x2x5x16xf32>, %k: tensor<1x2x7x16xf32>, %v: tensor<1x2x7x8xf32>) -> tensor<1x2x5x8xf32> {
  // CHECK: %[[EMPTY:.*]] = attention.empty_partial #attention.softmax like %[[Q]], %[[K]], %[[V]]
  // CHECK: %[[SEEN:.*]] = attention.visit %[[EMPTY]], %[[Q]], %[[K]], %[[V]]
  // CHECK: %[[O:.*]] = attention.finish %[[SEEN]]
  // CHECK: return %[[O]]
  %o = attention.attend #attention.softmax %q, %k, %v : tensor<1x2x5x16xf32>, tensor<1x2x7x16xf32>, tensor<1x2x7x8xf32>
  return %o : tensor<1x2x5x8xf32>
}

// -----

// CHECK-LABEL: func @puts_the_last_query_at_the_last_key(
// CHECK-SAME: %[[Q:.*]]: tensor<1x2x?x16xf32>, %[[K:.*]]: tensor<1x2x?x16xf32>
func.func @puts_the_last_query_at_the_last_key(%q: tensor<1x2x?x16xf32>, %k: tensor<1x2x?x16xf32>) -> tensor<1x2x?x16xf32> {
  // CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : index
  // CHECK-DAG: %[[QUERIES:.*]] = tensor.dim %[[Q]], %c2
  // CHECK-DAG: %[[KEYS:.*]] = tensor.dim %[[K]], %c2
  // CHECK: %[[FIRST:.*]] = arith.subi %[[KEYS]], %[[QUERIES]]
  // CHECK: attention.visit {{.*}} from(%[[FIRST]], %[[ZERO]]) mask(#attention.causal)
  %o = attention.attend #attention.softmax %q, %k, %k mask(#attention.causal) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}

// -----

// CHECK-LABEL: func @counts_from_the_offset(
func.func @counts_from_the_offset(%q: tensor<2x2x?x16xf32>, %p: tensor<2xi64>) -> tensor<2x2x?x16xf32> {
  // CHECK: %[[ZERO:.*]] = arith.constant 0 : index
  // CHECK: attention.visit {{.*}} from(%[[ZERO]], %[[ZERO]]) offset(%{{.*}} : tensor<2xi64>)
  %o = attention.attend #attention.softmax %q, %q, %q offset(%p : tensor<2xi64>) : tensor<2x2x?x16xf32>, tensor<2x2x?x16xf32>, tensor<2x2x?x16xf32>
  return %o : tensor<2x2x?x16xf32>
}

// -----

// CHECK-LABEL: func @finds_the_spans_of_documents(
// CHECK-SAME: %[[Q:.*]]: tensor<1x2x?x16xf32>, %[[STARTS:.*]]: tensor<?xi64>
func.func @finds_the_spans_of_documents(%q: tensor<1x2x?x16xf32>, %starts: tensor<?xi64>) -> tensor<1x2x?x16xf32> {
  // CHECK: %[[TOKENS:.*]] = tensor.dim %[[Q]], %c2
  // CHECK: %[[BEGIN:.*]], %[[END:.*]] = attention.document_spans %[[STARTS]], %[[TOKENS]]
  // CHECK: attention.visit {{.*}} spans(%[[BEGIN]], %[[END]] : tensor<?xi64>, tensor<?xi64>)
  %o = attention.attend #attention.softmax %q, %q, %q documents(%starts : tensor<?xi64>) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}

// -----

// CHECK-LABEL: func @scales_by_the_head_size(
// CHECK: attention.visit {{.*}} scale(2.500000e-01)
func.func @scales_by_the_head_size(%q: tensor<1x2x5x16xf32>) -> tensor<1x2x5x16xf32> {
  %o = attention.attend #attention.sigmoid %q, %q, %q : tensor<1x2x5x16xf32>, tensor<1x2x5x16xf32>, tensor<1x2x5x16xf32>
  return %o : tensor<1x2x5x16xf32>
}

// -----

// CHECK-LABEL: func @keeps_every_clause(
// CHECK: attention.visit {{.*}} mask(#attention.causal) keys(%{{.*}} : tensor<1x5xi1>) scale(2.000000e+00) bias(%{{.*}} : tensor<1x1x5x5xf32>) visible {
// CHECK: arith.cmpi ne
// CHECK: } score {
// CHECK: math.tanh
// CHECK: attention.finish %{{.*}} sink(%{{.*}} : tensor<2xf32>) log_sum_exp
func.func @keeps_every_clause(%q: tensor<1x2x5x16xf32>, %m: tensor<1x5xi1>, %b: tensor<1x1x5x5xf32>, %s: tensor<2xf32>)
    -> (tensor<1x2x5x16xf32>, tensor<1x2x5xf32>) {
  %o, %lse = attention.attend #attention.softmax %q, %q, %q mask(#attention.causal) keys(%m : tensor<1x5xi1>) scale(2.0) bias(%b : tensor<1x1x5x5xf32>)
      sink(%s : tensor<2xf32>) log_sum_exp visible {
  ^bb0(%batch: index, %head: index, %query: index, %key: index):
    %r = arith.cmpi ne, %query, %key : index
    attention.yield %r : i1
  } score {
  ^bb0(%x: f32, %batch: index, %head: index, %query: index, %key: index):
    %t = math.tanh %x : f32
    attention.yield %t : f32
  } : tensor<1x2x5x16xf32>, tensor<1x2x5x16xf32>, tensor<1x2x5x16xf32>
  return %o, %lse : tensor<1x2x5x16xf32>, tensor<1x2x5xf32>
}

// -----

func.func @refuses_heads_that_are_not_known(%q: tensor<1x?x5x16xf32>) -> tensor<1x?x5x16xf32> {
  // expected-error @below {{expects static heads and columns in compiled code, but query is 'tensor<1x?x5x16xf32>'}}
  %o = attention.attend #attention.softmax %q, %q, %q : tensor<1x?x5x16xf32>, tensor<1x?x5x16xf32>, tensor<1x?x5x16xf32>
  return %o : tensor<1x?x5x16xf32>
}

// -----

func.func @refuses_values_without_columns(%q: tensor<1x2x5x16xf32>, %v: tensor<1x2x5x0xf32>) -> tensor<1x2x5x0xf32> {
  // expected-error @below {{expects value to have columns in compiled code, but got 0}}
  %o = attention.attend #attention.softmax %q, %q, %v : tensor<1x2x5x16xf32>, tensor<1x2x5x16xf32>, tensor<1x2x5x0xf32>
  return %o : tensor<1x2x5x0xf32>
}

// -----

// expected-error @below {{expects no states at the border of compiled code, but argument 0 is '!attention.partial<#attention.softmax, tensor<1x2x5x16xf32>>'}}
func.func @refuses_a_partial_from_outside(%p: !attention.partial<#attention.softmax, tensor<1x2x5x16xf32>>) -> tensor<1x2x5x16xf32> {
  %o = attention.finish %p : !attention.partial<#attention.softmax, tensor<1x2x5x16xf32>>
  return %o : tensor<1x2x5x16xf32>
}

// -----

// expected-error @below {{expects no states at the border of compiled code, but result 0 is '!attention.carry<#attention.softmax, tensor<1x2x16x16xf32>>'}}
func.func @refuses_a_carry_to_outside(%k: tensor<1x2x5x16xf32>) -> !attention.carry<#attention.softmax, tensor<1x2x16x16xf32>> {
  %c = attention.empty_carry #attention.softmax like %k, %k, %k : tensor<1x2x5x16xf32>, tensor<1x2x5x16xf32>, tensor<1x2x5x16xf32>
  return %c : !attention.carry<#attention.softmax, tensor<1x2x16x16xf32>>
}

// -----

func.func @refuses_what_has_no_tiles(%q: tensor<1x2x5x16xf32>) -> tensor<1x2x5x16xf32> {
  // expected-error @below {{expects a variant that has compiled code, but got #attention.delta (the interpreter runs it)}}
  %o = attention.attend #attention.delta %q, %q, %q mask(#attention.causal) : tensor<1x2x5x16xf32>, tensor<1x2x5x16xf32>, tensor<1x2x5x16xf32>
  return %o : tensor<1x2x5x16xf32>
}

// -----

attention.variant @first state [i1] identity {
  %no = arith.constant false
  attention.yield %no : i1
} lift {
^bb0(%s: f32):
  %yes = arith.constant true
  attention.yield %yes, %s : i1, f32
} compose {
^bb0(%a: i1, %b: i1):
  %one = arith.constant 1.0 : f32
  %zero = arith.constant 0.0 : f32
  %any = arith.ori %a, %b : i1
  %f = arith.select %a, %zero, %one : f32
  attention.yield %any, %one, %f : i1, f32, f32
} finish {
^bb0(%a: i1):
  %one = arith.constant 1.0 : f32
  attention.yield %one : f32
}
func.func @refuses_a_state_that_has_no_tiles(%q: tensor<1x2x5x16xf32>) -> tensor<1x2x5x16xf32> {
  // expected-error @below {{expects @first to have a state of f16, bf16, f32, f64, i8, i32, i64 or index where it is compiled, but got 'i1' (the interpreter runs it)}}
  %o = attention.attend #attention.custom<@first> %q, %q, %q : tensor<1x2x5x16xf32>, tensor<1x2x5x16xf32>, tensor<1x2x5x16xf32>
  return %o : tensor<1x2x5x16xf32>
}

// -----

attention.variant @branches state [f32] identity {
  %z = arith.constant 0.0 : f32
  attention.yield %z : f32
} lift {
^bb0(%s: f32):
  %zero = arith.constant 0.0 : f32
  %yes = arith.cmpf ogt, %s, %zero : f32
  %w = scf.if %yes -> f32 {
    scf.yield %s : f32
  } else {
    scf.yield %zero : f32
  }
  attention.yield %w, %w : f32, f32
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
func.func @refuses_code_that_has_no_tiles(%q: tensor<1x2x5x16xf32>) -> tensor<1x2x5x16xf32> {
  // expected-error @below {{expects @branches to be of elementwise arith and math operations where it is compiled, but got scf.if (the interpreter runs it)}}
  %o = attention.attend #attention.custom<@branches> %q, %q, %q : tensor<1x2x5x16xf32>, tensor<1x2x5x16xf32>, tensor<1x2x5x16xf32>
  return %o : tensor<1x2x5x16xf32>
}
