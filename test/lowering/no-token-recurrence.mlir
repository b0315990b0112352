// RUN: attention-opt %s -attention-chunk-tokens -canonicalize -cse | FileCheck %s

// The chunked form never goes through a sequence token by token: 1024 tokens are 64 steps of the memory, whatever the decay.
// CHECK-LABEL: func @log_exp(
// CHECK-NOT: to %c1024 step
// CHECK: scf.for %{{.*}} = %c0 to %c64 step %c1 iter_args(%{{.*}}, %{{.*}}) -> (tensor<1024x16xf32>, {{.*}}vector<16x16xf32>
// CHECK-NOT: to %c1024 step
func.func @log_exp(%q: tensor<1x2x1024x16xf32>) -> tensor<1x2x1024x16xf32> {
  %o = attention.attend #attention.log_exp %q, %q, %q mask(#attention.causal) : tensor<1x2x1024x16xf32>, tensor<1x2x1024x16xf32>, tensor<1x2x1024x16xf32>
  return %o : tensor<1x2x1024x16xf32>
}

// CHECK-LABEL: func @logarithms(
// CHECK-NOT: to %c1024 step
// CHECK: scf.for %{{.*}} = %c0 to %c64 step %c1 iter_args(%{{.*}}, %{{.*}}) -> (tensor<1024x16xf32>, {{.*}}vector<16x16xf32>
// CHECK-NOT: to %c1024 step
func.func @logarithms(%q: tensor<1x2x1024x16xf32>) -> tensor<1x2x1024x16xf32> {
  %o = attention.attend #attention.log_exp<values = log> %q, %q, %q mask(#attention.causal) : tensor<1x2x1024x16xf32>, tensor<1x2x1024x16xf32>, tensor<1x2x1024x16xf32>
  return %o : tensor<1x2x1024x16xf32>
}

// CHECK-LABEL: func @linear(
// CHECK-NOT: to %c1024 step
// CHECK: scf.for %{{.*}} = %c0 to %c64 step %c1 iter_args(%{{.*}}, %{{.*}}) -> (tensor<1024x16xf32>, {{.*}}vector<16x16xf32>
// CHECK-NOT: to %c1024 step
func.func @linear(%q: tensor<1x2x1024x16xf32>) -> tensor<1x2x1024x16xf32> {
  %o = attention.attend #attention.linear<feature = elu1, normalizer = keys> %q, %q, %q mask(#attention.causal) : tensor<1x2x1024x16xf32>, tensor<1x2x1024x16xf32>, tensor<1x2x1024x16xf32>
  return %o : tensor<1x2x1024x16xf32>
}

// CHECK-LABEL: func @gated(
// CHECK-NOT: to %c1024 step
// CHECK: scf.for %{{.*}} = %c0 to %c64 step %c1 iter_args(%{{.*}}, %{{.*}}) -> (tensor<1024x16xf32>, {{.*}}vector<16x16xf32>
// CHECK-NOT: to %c1024 step
func.func @gated(%q: tensor<1x2x1024x16xf32>, %g: tensor<1x2x1024x16xf32>) -> tensor<1x2x1024x16xf32> {
  %o = attention.attend #attention.linear %q, %q, %q mask(#attention.causal) decay(%g : tensor<1x2x1024x16xf32>) : tensor<1x2x1024x16xf32>, tensor<1x2x1024x16xf32>, tensor<1x2x1024x16xf32>
  return %o : tensor<1x2x1024x16xf32>
}

// CHECK-LABEL: func @gated_delta(
// CHECK-NOT: to %c1024 step
// CHECK: scf.for %{{.*}} = %c0 to %c64 step %c1 iter_args(%{{.*}}, %{{.*}}) -> (tensor<1024x16xf32>, {{.*}}vector<16x16xf32>
// CHECK-NOT: to %c1024 step
func.func @gated_delta(%q: tensor<1x2x1024x16xf32>, %g: tensor<1x2x1024x1xf32>, %b: tensor<1x2x1024x1xf32>) -> tensor<1x2x1024x16xf32> {
  %o = attention.attend #attention.delta %q, %q, %q mask(#attention.causal) decay(%g : tensor<1x2x1024x1xf32>) beta(%b : tensor<1x2x1024x1xf32>) : tensor<1x2x1024x16xf32>, tensor<1x2x1024x16xf32>, tensor<1x2x1024x16xf32>
  return %o : tensor<1x2x1024x16xf32>
}

// CHECK-LABEL: func @rank_one(
// CHECK-NOT: to %c1024 step
// CHECK: scf.for %{{.*}} = %c0 to %c64 step %c1 iter_args(%{{.*}}, %{{.*}}) -> (tensor<1024x16xf32>, {{.*}}vector<16x16xf32>
// CHECK-NOT: to %c1024 step
func.func @rank_one(%q: tensor<1x2x1024x16xf32>, %g: tensor<1x2x1024x16xf32>, %a: tensor<1x2x1024x16xf32>, %b: tensor<1x2x1024x16xf32>) -> tensor<1x2x1024x16xf32> {
  %o = attention.attend #attention.rank_one %q, %q, %q mask(#attention.causal) decay(%g : tensor<1x2x1024x16xf32>) remove(%a : tensor<1x2x1024x16xf32>) replace(%b : tensor<1x2x1024x16xf32>) : tensor<1x2x1024x16xf32>, tensor<1x2x1024x16xf32>, tensor<1x2x1024x16xf32>
  return %o : tensor<1x2x1024x16xf32>
}

// The recurrent form does, and makes nothing of pairs.
// CHECK-LABEL: func @tokens(
// CHECK: scf.for %{{.*}} = %c0 to %c1024 step %c1 iter_args(%{{.*}}, %{{.*}}) -> (tensor<1024x16xf32>, vector<16x16xf32>)
// CHECK-NOT: scf.for %
// CHECK: return
func.func @tokens(%q: tensor<1x2x1024x16xf32>, %g: tensor<1x2x1024x16xf32>) -> tensor<1x2x1024x16xf32> {
  %o = attention.attend #attention.linear %q, %q, %q mask(#attention.causal) decay(%g : tensor<1x2x1024x16xf32>) {attention.form = "recurrent"} : tensor<1x2x1024x16xf32>, tensor<1x2x1024x16xf32>, tensor<1x2x1024x16xf32>
  return %o : tensor<1x2x1024x16xf32>
}
