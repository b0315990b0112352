// Targets without tiles of one row go through chunks where others would through tokens.
// RUN: attention-opt %s -split-input-file -attention-choose-form='lone-tokens=false' -verify-diagnostics | FileCheck %s

!one = tensor<1x2x1x64xf32>

// CHECK-LABEL: func @one_token(
// CHECK:         attend {{.*}} {attention.form = "chunked"}
func.func @one_token(%q: !one, %g: tensor<1x2x1x1xf32>) -> !one {
  // expected-remark @below {{is compiled in the chunked form: 0.43 million operations a head}}
  %o = attention.attend #attention.linear %q, %q, %q mask(#attention.causal) decay(%g : tensor<1x2x1x1xf32>) : !one, !one, !one
  return %o : !one
}

// -----

func.func @refuses_recurrent(%q: tensor<1x2x?x16xf32>) -> tensor<1x2x?x16xf32> {
  // expected-error @below {{expects a form that #attention.log_exp has, but got recurrent: this target has no tiles of a lone token; ask for chunked}}
  %o = attention.attend #attention.log_exp %q, %q, %q mask(#attention.causal) {attention.form = "recurrent"} : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}
