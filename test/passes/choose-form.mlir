// RUN: attention-opt %s -split-input-file -attention-choose-form -verify-diagnostics | FileCheck %s

!long = tensor<1x2x4096x64xf32>
!short = tensor<1x2x64x256xf32>
!one = tensor<1x2x1x64xf32>

// What costs least, by shapes alone.
// CHECK-LABEL: func @by_length(
func.func @by_length(%long: !long, %short: !short, %one: !one) -> (!long, !short, !one) {
  // CHECK: attend {{.*}} {attention.form = "scan"}
  // expected-remark @below {{is compiled in the scan form: 109.05 million operations a head, against 2214.59 million operations parallel and 136.31 million operations recurrent; a scan of 8 spans a head takes 0.68 of the time where 4 tasks run at a time}}
  %a = attention.attend #attention.log_exp %long, %long, %long mask(#attention.causal) : !long, !long, !long
  // CHECK: attend {{.*}} {attention.form = "parallel"}
  // expected-remark @below {{is compiled in the parallel form: 8.39 million operations a head, against 23.17 million operations chunked and 33.69 million operations recurrent}}
  %b = attention.attend #attention.log_exp %short, %short, %short mask(#attention.causal) : !short, !short, !short
  // CHECK: attend {{.*}} {attention.form = "recurrent"}
  // expected-remark @below {{is compiled in the recurrent form: 0.03 million operations a head, against 0.43 million operations chunked}}
  %c = attention.attend #attention.delta %one, %one, %one mask(#attention.causal) : !one, !one, !one
  return %a, %b, %c : !long, !short, !one
}

// -----

// CHECK-LABEL: func @of_unknown_length(
func.func @of_unknown_length(%q: tensor<1x2x?x16xf32>) -> tensor<1x2x?x16xf32> {
  // CHECK: {attention.form = "scan"}
  // expected-remark @below {{is compiled in the scan form: its cost per token stays the same however many tokens there are, which is not known; a scan of 8 spans a head takes 0.50 of the time where 4 tasks run at a time}}
  %o = attention.attend #attention.linear %q, %q, %q : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}

// -----

!head = tensor<1x1x?x64xf32>
!gate = tensor<1x1x?x1xf32>
!heads = tensor<1x2x?x64xf32>
!many = tensor<1x8x?x64xf32>
!batch = tensor<8x1x?x64xf32>
!short = tensor<1x1x1023x64xf32>

// Few heads keep few threads busy: spans of them do, if what they add to the work does not take it back.
// CHECK-LABEL: func @by_heads(
func.func @by_heads(%head: !head, %g: !gate, %heads: !heads, %many: !many, %batch: !batch, %short: !short) -> (!head, !head, !heads, !many, !batch, !short) {
  // CHECK: attend {{.*}} {attention.form = "scan"}
  // expected-remark @below {{a scan of 16 spans of one head takes 0.34 of the time where 4 tasks run at a time}}
  %a = attention.attend #attention.linear %head, %head, %head mask(#attention.causal) decay(%g : !gate) : !head, !head, !head
  // CHECK: attend {{.*}} {attention.form = "scan"}
  // expected-remark @below {{a scan of 16 spans of one head takes 0.53 of the time where 4 tasks run at a time}}
  %b = attention.attend #attention.delta %head, %head, %head mask(#attention.causal) : !head, !head, !head
  // A matrix for each span is too much for two heads.
  // CHECK: attend {{.*}} {attention.form = "chunked"}
  // expected-remark @below {{a scan of 8 spans a head takes 1.02 of the time where 4 tasks run at a time}}
  %c = attention.attend #attention.delta %heads, %heads, %heads mask(#attention.causal) : !heads, !heads, !heads
  // CHECK: attend {{.*}} {attention.form = "chunked"}
  // expected-remark @below {{is compiled in the chunked form: its cost per token stays the same however many tokens there are, which is not known; a scan of 2 spans a head takes 1.20 of the time}}
  %d = attention.attend #attention.linear %many, %many, %many mask(#attention.causal) : !many, !many, !many
  // CHECK: attend {{.*}} {attention.form = "chunked"}
  // expected-remark @below {{a scan of 2 spans a head takes 1.20 of the time}}
  %e = attention.attend #attention.log_exp %batch, %batch, %batch mask(#attention.causal) : !batch, !batch, !batch
  // Less than two spans.
  // CHECK: attend {{.*}} {attention.form = "chunked"}
  // expected-remark @below {{is compiled in the chunked form}}
  %f = attention.attend #attention.log_exp %short, %short, %short mask(#attention.causal) : !short, !short, !short
  return %a, %b, %c, %d, %e, %f : !head, !head, !heads, !many, !batch, !short
}

// -----

func.func @refuses_to_scan_documents(%q: tensor<1x1x?x16xf32>, %d: tensor<?xi64>) -> tensor<1x1x?x16xf32> {
  // expected-error @below {{expects a form that #attention.linear has, but got scan: documents are gone through one after another; ask for chunked}}
  %o = attention.attend #attention.linear %q, %q, %q mask(#attention.causal) documents(%d : tensor<?xi64>) {attention.form = "scan"} : tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>
  return %o : tensor<1x1x?x16xf32>
}

// -----

func.func @refuses_to_scan_a_softmax(%q: tensor<1x1x?x16xf32>) -> tensor<1x1x?x16xf32> {
  // expected-error @below {{expects a form that #attention.softmax has, but got scan: it needs keys and values themselves, there is no state of constant size; ask for parallel}}
  %o = attention.attend #attention.softmax %q, %q, %q mask(#attention.causal) {attention.form = "scan"} : tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>
  return %o : tensor<1x1x?x16xf32>
}

// -----

// CHECK-LABEL: func @by_mask(
func.func @by_mask(%q: tensor<1x2x?x16xf32>) -> tensor<1x2x?x16xf32> {
  // CHECK: {attention.form = "parallel"}
  // expected-remark @below {{is compiled in the parallel form: a state of constant size holds all of the past, not what #attention.window<4> lets a query see}}
  %o = attention.attend #attention.linear %q, %q, %q mask(#attention.window<4>) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}

// -----

// What has one form needs no word.
// CHECK-LABEL: func @without_a_choice(
// CHECK-NOT: attention.form
func.func @without_a_choice(%q: tensor<1x2x?x16xf32>) -> tensor<1x2x?x16xf32> {
  %o = attention.attend #attention.softmax %q, %q, %q : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}

// -----

// CHECK-LABEL: func @as_the_op_says(
func.func @as_the_op_says(%q: tensor<1x2x?x16xf32>) -> tensor<1x2x?x16xf32> {
  // CHECK: {attention.form = "recurrent"}
  // expected-remark @below {{is compiled in the recurrent form: it was asked for}}
  %o = attention.attend #attention.linear %q, %q, %q {attention.form = "recurrent"} : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}

// -----

func.func @refuses_a_parallel_recurrence(%q: tensor<1x2x?x16xf32>) -> tensor<1x2x?x16xf32> {
  // expected-error @below {{expects a form that #attention.delta has, but got parallel: what it yields depends on the order of keys; ask for chunked or recurrent}}
  %o = attention.attend #attention.delta %q, %q, %q {attention.form = "parallel"} : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}

// -----

func.func @refuses_parallel_decay(%q: tensor<1x2x?x16xf32>, %g: tensor<1x2x1x1xf32>) -> tensor<1x2x?x16xf32> {
  // expected-error @below {{expects a form that #attention.linear with decay has, but got parallel: what it yields depends on the order of keys; ask for chunked or recurrent}}
  %o = attention.attend #attention.linear %q, %q, %q decay(%g : tensor<1x2x1x1xf32>) {attention.form = "parallel"} : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}

// -----

func.func @refuses_a_state_of_softmax(%q: tensor<1x2x?x16xf32>) -> tensor<1x2x?x16xf32> {
  // expected-error @below {{expects a form that #attention.softmax has, but got chunked: it needs keys and values themselves, there is no state of constant size; ask for parallel}}
  %o = attention.attend #attention.softmax %q, %q, %q mask(#attention.causal) {attention.form = "chunked"} : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}

// -----

func.func @refuses_a_state_of_a_window(%q: tensor<1x2x?x16xf32>) -> tensor<1x2x?x16xf32> {
  // expected-error @below {{expects a form that #attention.log_exp has, but got recurrent: a state of constant size holds all of the past, not what #attention.window<4> lets a query see of it; ask for parallel}}
  %o = attention.attend #attention.log_exp %q, %q, %q mask(#attention.window<4>) {attention.form = "recurrent"} : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}

// -----

func.func @refuses_a_form_that_is_none(%q: tensor<1x2x?x16xf32>) -> tensor<1x2x?x16xf32> {
  // expected-error @below {{expects attention.form to be one of parallel, chunked, recurrent, scan, but got "quick"}}
  %o = attention.attend #attention.log_exp %q, %q, %q {attention.form = "quick"} : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}
