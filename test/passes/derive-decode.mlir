// RUN: attention-opt %s -attention-derive-decode -split-input-file | FileCheck %s

// Keys and values of all tokens so far are the state, which new ones are written behind.
// CHECK-LABEL: func.func @cached(
// CHECK-SAME: attributes {attention.step = @cached.step}
// CHECK: func.func private @cached.step(%[[Q:[a-z0-9]+]]: tensor<?x4x?x16xf32> {{.*}}, %[[K:[a-z0-9]+]]: tensor<?x2x?x16xf32> {{.*}}, %[[PAST:[a-z0-9]+]]: tensor<?xi1> {attention.past},
// CHECK-SAME: %[[KEYS:[a-z0-9]+]]: tensor<?x2x?x16xf32> {attention.state = 0 : i64, attention.tokens = 2 : i64}, %[[VALUES:[a-z0-9]+]]: tensor<?x2x?x16xf32> {attention.state = 1 : i64, attention.tokens = 2 : i64})
// CHECK-SAME: (tensor<?x4x?x16xf32> {{.*}}, tensor<?x2x?x16xf32> {attention.state = 0 : i64}, tensor<?x2x?x16xf32> {attention.state = 1 : i64})
// CHECK: %[[COUNT:.*]] = tensor.dim %[[PAST]]
// CHECK: %[[ALL:.*]] = tensor.insert_slice %[[K]] into %[[KEYS]][0, 0, %[[COUNT]], 0]
// CHECK: %[[SEEN:.*]] = tensor.extract_slice %[[ALL]][0, 0, 0, 0]
// CHECK: attention.attend #attention.softmax %[[Q]], %[[SEEN]], {{.*}} mask(#attention.causal)
func.func @cached(%q: tensor<?x4x?x16xf32> {attention.tokens = 2 : i64}, %k: tensor<?x2x?x16xf32> {attention.tokens = 2 : i64}) -> (tensor<?x4x?x16xf32> {attention.tokens = 2 : i64}) {
  %o = attention.attend #attention.softmax %q, %k, %k mask(#attention.causal) : tensor<?x4x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>
  return %o : tensor<?x4x?x16xf32>
}

// -----

// A memory of constant size; rotary positions go on from the tokens so far.
// CHECK-LABEL: func.func private @memory.step(
// CHECK-SAME: %[[PAST:[a-z0-9]+]]: tensor<?xi1> {attention.past}, %[[MEMORY:[a-z0-9]+]]: tensor<1x2x16x16xf32> {attention.state = 0 : i64})
// CHECK: %[[COUNT:.*]] = tensor.dim %[[PAST]]
// CHECK: attention.rotary %{{.*}} base(1.000000e+04) offset(%{{.*}} : tensor<1xi64>)
// CHECK: %{{.*}}, %[[NEXT:.*]] = attention.continue #attention.linear %{{.*}} past(%[[COUNT]]) memory(%[[MEMORY]] : tensor<1x2x16x16xf32>)
// CHECK: return %{{.*}}, %[[NEXT]]
func.func @memory(%x: tensor<1x?x32xf32> {attention.tokens = 1 : i64}, %w: tensor<32x32xf32> {attention.weight = "w"}) -> (tensor<1x?x32xf32> {attention.tokens = 1 : i64}) {
  %p = attention.project %x, %w : tensor<1x?x32xf32>, tensor<32x32xf32>
  %h = attention.split_heads %p heads(2) : tensor<1x?x32xf32>
  %r = attention.rotary %h base(10000.0) : tensor<1x2x?x16xf32>
  %o = attention.attend #attention.linear %r, %r, %h mask(#attention.causal) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  %m = attention.merge_heads %o : tensor<1x2x?x16xf32>
  return %m : tensor<1x?x32xf32>
}

// -----

// CHECK-LABEL: func.func @sees_the_future(
// CHECK-SAME: attention.no_step = "{{.*}}derive-decode.mlir:{{[0-9]+}}: 'attention.attend' lets queries see later keys"
// CHECK-NOT: step(
func.func @sees_the_future(%q: tensor<1x2x?x16xf32> {attention.tokens = 2 : i64}) -> (tensor<1x2x?x16xf32> {attention.tokens = 2 : i64}) {
  %o = attention.attend #attention.softmax %q, %q, %q : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}

// -----

// CHECK-LABEL: func.func @means(
// CHECK-SAME: 'attention.mean_rows' mixes tokens"
func.func @means(%x: tensor<1x?x16xf32> {attention.tokens = 1 : i64}) -> (tensor<1x?x16xf32> {attention.tokens = 1 : i64}) {
  %m = attention.mean_rows %x : tensor<1x?x16xf32>
  %b = attention.broadcast_rows %m like %x : tensor<1x1x16xf32>, tensor<1x?x16xf32>
  return %b : tensor<1x?x16xf32>
}

// -----

// CHECK-LABEL: func.func @fixed(
// CHECK-SAME: has a fixed number of tokens"
func.func @fixed(%x: tensor<1x8x16xf32> {attention.tokens = 1 : i64}) -> (tensor<1x8x16xf32> {attention.tokens = 1 : i64}) {
  %m = attention.silu %x : tensor<1x8x16xf32>
  return %m : tensor<1x8x16xf32>
}

// -----

// CHECK-LABEL: func.func @no_tokens(
// CHECK-SAME: has no argument with tokens"
func.func @no_tokens(%x: tensor<1x?x16xf32>) -> tensor<1x?x16xf32> {
  %m = attention.silu %x : tensor<1x?x16xf32>
  return %m : tensor<1x?x16xf32>
}
