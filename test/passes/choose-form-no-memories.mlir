// Targets without code for memories.
// RUN: attention-opt %s -attention-choose-form='tokens=0' -verify-diagnostics

func.func @refuses_chunked(%q: tensor<1x2x?x16xf32>) -> tensor<1x2x?x16xf32> {
  // expected-error @below {{expects a form that #attention.log_exp has, but got chunked: this target has no code for states of constant size; ask for parallel}}
  %o = attention.attend #attention.log_exp %q, %q, %q mask(#attention.causal) {attention.form = "chunked"} : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}
