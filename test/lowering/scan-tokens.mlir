// RUN: attention-opt %s -attention-scan-tokens -canonicalize -cse -split-input-file -verify-diagnostics | FileCheck %s

// Three loops: what the keys of each span but the last do to a memory, the memories between spans head by head, and queries. No two tasks write the same rows.
// CHECK-LABEL: func @causal(
// CHECK: %[[SUMMARIES:.*]]:2 = scf.forall (%[[B:.*]], %[[H:.*]], %[[S:.*]]) in (2, 2, 3) {{.*}} -> (tensor<2x2x3x16x32xf32>, tensor<2x2x3x16xf32>)
// CHECK-COUNT-2: scf.for {{.*}} step %c16 {{.*}} -> (vector<16x32xf32>, vector<16xf32>)
// CHECK: tensor.parallel_insert_slice %{{.*}} into %{{.*}}[%[[B]], %[[H]], %[[S]], 0, 0] [1, 1, 1, 16, 32]
// CHECK: %[[MEMORIES:.*]] = scf.forall (%[[B:.*]], %[[H:.*]]) in (2, 2) {{.*}} -> (tensor<2x2x3x16x32xf32>)
// CHECK: scf.for %[[S:.*]] = %c0 to %c3 step %c1
// CHECK: vector.transfer_read %[[SUMMARIES]]#0[%[[B]], %[[H]], %[[S]], %c0, %c0]
// CHECK: arith.mulf
// CHECK: arith.addf
// CHECK: tensor.parallel_insert_slice %{{.*}} into %{{.*}}[%[[B]], %[[H]], 0, 0, 0] [1, 1, 3, 16, 32]
// CHECK: scf.forall (%[[B:.*]], %[[H:.*]], %[[S:.*]]) in (2, 2, 4) {{.*}} -> (tensor<2x2x2048x32xf32>)
// CHECK: %[[FIRST:.*]] = arith.muli %[[S]], %c512
// CHECK: %[[ISFIRST:.*]] = arith.cmpi eq, %[[S]], %c0
// CHECK: %[[START:.*]] = scf.if %[[ISFIRST]] -> (vector<16x32xf32>)
// CHECK: vector.transfer_read %[[MEMORIES]]
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}, %{{.*}} = %[[START]])
// CHECK: tensor.parallel_insert_slice %{{.*}} into %{{.*}}[%[[B]], %[[H]], %{{.*}}, 0] [1, 1, %{{.*}}, 32]
// CHECK-NOT: scf.forall
func.func @causal(%q: tensor<2x2x2048x16xf32>, %v: tensor<2x2x2048x32xf32>, %g: tensor<2x2x2048x16xf32>) -> tensor<2x2x2048x32xf32> {
  %o = attention.attend #attention.linear %q, %q, %v mask(#attention.causal) decay(%g : tensor<2x2x2048x16xf32>) {attention.form = "scan"} : tensor<2x2x2048x16xf32>, tensor<2x2x2048x16xf32>, tensor<2x2x2048x32xf32>
  return %o : tensor<2x2x2048x32xf32>
}

// -----

// Without a mask every span of keys counts, and each span of queries reads what all of them left.
// CHECK-LABEL: func @everything(
// CHECK: scf.forall {{.*}} in (2, 2, 4) {{.*}} -> (tensor<2x2x4x16xf32>, tensor<2x2x4x16x16xf32>, tensor<2x2x4x16xf32>)
// CHECK: %[[MEMORIES:.*]]:3 = scf.forall {{.*}} in (2, 2)
// CHECK: scf.forall (%[[B:.*]], %[[H:.*]], %{{.*}}) in (2, 2, 4)
// CHECK: vector.transfer_read %[[MEMORIES]]#1[%[[B]], %[[H]], %c3, %c0, %c0]
func.func @everything(%q: tensor<2x2x2048x16xf32>) -> tensor<2x2x2048x16xf32> {
  %o = attention.attend #attention.log_exp %q, %q, %q {attention.form = "scan"} : tensor<2x2x2048x16xf32>, tensor<2x2x2048x16xf32>, tensor<2x2x2048x16xf32>
  return %o : tensor<2x2x2048x16xf32>
}

// -----

// A memory that is multiplied by matrices takes one along for each span.
// CHECK-LABEL: func @transition(
// CHECK: %[[SUMMARIES:.*]]:2 = scf.forall {{.*}} in (2, 2, 3) {{.*}} -> (tensor<2x2x3x16x32xf32>, tensor<2x2x3x16x16xf32>)
// CHECK: scf.forall {{.*}} in (2, 2)
// CHECK: %[[OWN:.*]] = vector.transfer_read %[[SUMMARIES]]#0
// CHECK: %[[BY:.*]] = vector.transfer_read %[[SUMMARIES]]#1
// CHECK: vector.contract {{.*}} %[[BY]], %{{.*}}, %[[OWN]] : vector<16x16xf32>, vector<16x32xf32> into vector<16x32xf32>
func.func @transition(%q: tensor<2x2x2048x16xf32>, %v: tensor<2x2x2048x32xf32>) -> tensor<2x2x2048x32xf32> {
  %o = attention.attend #attention.delta %q, %q, %v mask(#attention.causal) {attention.form = "scan"} : tensor<2x2x2048x16xf32>, tensor<2x2x2048x16xf32>, tensor<2x2x2048x32xf32>
  return %o : tensor<2x2x2048x32xf32>
}

// -----

// Sizes that are not known: the number of spans follows from them at run time. Merged heads are written where they go.
// CHECK-LABEL: func @of_any_size(
// CHECK: %[[SEQUENCES:.*]] = arith.muli %{{.*}}, %c2
// CHECK: %[[SOME:.*]] = arith.maxsi %[[SEQUENCES]], %c1
// CHECK: %[[WANTED:.*]] = arith.divsi %c16, %[[SOME]]
// CHECK: %[[POSSIBLE:.*]] = arith.divsi %{{.*}}, %c512
// CHECK: %[[LESS:.*]] = arith.minsi %[[WANTED]], %[[POSSIBLE]]
// CHECK: %[[SPANS:.*]] = arith.maxsi %[[LESS]], %c1
// CHECK: %[[BUTLAST:.*]] = arith.subi %[[SPANS]], %c1
// CHECK: scf.forall {{.*}} in (%{{.*}}, 2, %[[BUTLAST]])
// CHECK: scf.forall {{.*}} in (%{{.*}}, 2)
// CHECK: scf.forall {{.*}} in (%{{.*}}, 2, %[[SPANS]])
// CHECK: tensor.parallel_insert_slice %{{.*}} into %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] [1, %{{.*}}, 16] [1, 1, 1] : tensor<?x16xf32> into tensor<?x?x32xf32>
// CHECK-NOT: attention.merge_heads
func.func @of_any_size(%q: tensor<?x2x?x16xf32>) -> tensor<?x?x32xf32> {
  %o = attention.attend #attention.linear %q, %q, %q mask(#attention.causal) {attention.form = "scan"} : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>
  %m = attention.merge_heads %o : tensor<?x2x?x16xf32>
  return %m : tensor<?x?x32xf32>
}

// -----

// Other forms are for other passes; so is what has nothing to cut.
// CHECK-LABEL: func @left_alone(
// CHECK: attention.attend {{.*}} {attention.form = "chunked"}
// CHECK: attention.attend {{.*}} {attention.form = "chunked"}
func.func @left_alone(%q: tensor<1x1x2048x16xf32>, %n: tensor<1x1x0x16xf32>) -> (tensor<1x1x2048x16xf32>, tensor<1x1x0x16xf32>) {
  %a = attention.attend #attention.linear %q, %q, %q {attention.form = "chunked"} : tensor<1x1x2048x16xf32>, tensor<1x1x2048x16xf32>, tensor<1x1x2048x16xf32>
  %b = attention.attend #attention.linear %n, %q, %q {attention.form = "scan"} : tensor<1x1x0x16xf32>, tensor<1x1x2048x16xf32>, tensor<1x1x2048x16xf32>
  return %a, %b : tensor<1x1x2048x16xf32>, tensor<1x1x0x16xf32>
}

// -----

func.func @refuses_documents(%q: tensor<1x1x?x16xf32>, %d: tensor<?xi64>) -> tensor<1x1x?x16xf32> {
  // expected-error @below {{expects what a scan can cut into spans: a variant with summaries, causal or without a mask, and no documents}}
  %o = attention.attend #attention.linear %q, %q, %q mask(#attention.causal) documents(%d : tensor<?xi64>) {attention.form = "scan"} : tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>
  return %o : tensor<1x1x?x16xf32>
}

// -----

func.func @refuses_heads_of_any_number(%q: tensor<1x?x?x16xf32>) -> tensor<1x?x?x16xf32> {
  // expected-error @below {{expects static heads and columns in compiled code, but query is 'tensor<1x?x?x16xf32>'}}
  %o = attention.attend #attention.linear %q, %q, %q {attention.form = "scan"} : tensor<1x?x?x16xf32>, tensor<1x?x?x16xf32>, tensor<1x?x?x16xf32>
  return %o : tensor<1x?x?x16xf32>
}
