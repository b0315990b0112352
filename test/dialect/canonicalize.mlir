// RUN: attention-opt %s -canonicalize -resolve-ranked-shaped-type-result-dims -canonicalize | FileCheck %s

// CHECK-LABEL: func @merge_undoes_split(
// CHECK-SAME: %[[X:.*]]: tensor<?x?x32xf32>
// CHECK-NEXT: return %[[X]]
func.func @merge_undoes_split(%x: tensor<?x?x32xf32>) -> tensor<?x?x32xf32> {
  %h = attention.split_heads %x heads(4) : tensor<?x?x32xf32>
  %y = attention.merge_heads %h : tensor<?x4x?x8xf32>
  return %y : tensor<?x?x32xf32>
}

// CHECK-LABEL: func @split_undoes_merge(
// CHECK-SAME: %[[X:.*]]: tensor<?x4x?x8xf32>
// CHECK-NEXT: return %[[X]]
func.func @split_undoes_merge(%x: tensor<?x4x?x8xf32>) -> tensor<?x4x?x8xf32> {
  %m = attention.merge_heads %x : tensor<?x4x?x8xf32>
  %y = attention.split_heads %m heads(4) : tensor<?x?x32xf32>
  return %y : tensor<?x4x?x8xf32>
}

// CHECK-LABEL: func @split_keeps_a_merge_of_other_heads(
// CHECK: attention.merge_heads
// CHECK: attention.split_heads
func.func @split_keeps_a_merge_of_other_heads(%x: tensor<?x4x?x8xf32>) -> tensor<?x2x?x16xf32> {
  %m = attention.merge_heads %x : tensor<?x4x?x8xf32>
  %y = attention.split_heads %m heads(2) : tensor<?x?x32xf32>
  return %y : tensor<?x2x?x16xf32>
}

// CHECK-LABEL: func @drops_what_nobody_reads(
// CHECK-NEXT: return
func.func @drops_what_nobody_reads(%q: tensor<1x2x?x16xf32>) {
  %o = attention.attend #attention.softmax %q, %q, %q : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return
}

// CHECK-LABEL: func @drops_a_failure_that_cannot_be(
// CHECK-NEXT: return
func.func @drops_a_failure_that_cannot_be(%i: index) {
  %no = arith.constant false
  attention.fail_if %no order(%i) "never"()
  return
}

// CHECK-LABEL: func @keeps_a_failure(
// CHECK: attention.fail_if
func.func @keeps_a_failure(%bad: i1, %i: index) {
  attention.fail_if %bad order(%i) "perhaps"()
  return
}

// CHECK-LABEL: func @sizes_follow_from_operands(
// CHECK-SAME: %[[Q:.*]]: tensor<?x2x?x16xf32>, %[[K:.*]]: tensor<?x6x?x16xf32>
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[TWO:.*]] = arith.constant 2 : index
// CHECK-DAG: %[[HEADS:.*]] = arith.constant 6 : index
// CHECK-DAG: %[[BATCH:.*]] = tensor.dim %[[Q]], %[[ZERO]]
// CHECK-DAG: %[[ROWS:.*]] = tensor.dim %[[Q]], %[[TWO]]
// CHECK: return %[[BATCH]], %[[HEADS]], %[[ROWS]]
func.func @sizes_follow_from_operands(%q: tensor<?x2x?x16xf32>, %k: tensor<?x6x?x16xf32>) -> (index, index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %o = attention.attend #attention.softmax %q, %k, %k : tensor<?x2x?x16xf32>, tensor<?x6x?x16xf32>, tensor<?x6x?x16xf32>
  %b = tensor.dim %o, %c0 : tensor<?x6x?x16xf32>
  %h = tensor.dim %o, %c1 : tensor<?x6x?x16xf32>
  %n = tensor.dim %o, %c2 : tensor<?x6x?x16xf32>
  return %b, %h, %n : index, index, index
}

// CHECK-LABEL: func @sizes_of_a_finish_follow_from_its_fold(
// CHECK-SAME: %[[Q:.*]]: tensor<?x2x?x16xf32>
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[TWO:.*]] = arith.constant 2 : index
// CHECK-DAG: %[[BATCH:.*]] = tensor.dim %[[Q]], %[[ZERO]]
// CHECK-DAG: %[[ROWS:.*]] = tensor.dim %[[Q]], %[[TWO]]
// CHECK: return %[[BATCH]], %[[ROWS]]
func.func @sizes_of_a_finish_follow_from_its_fold(%q: tensor<?x2x?x16xf32>, %i: index) -> (index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %e = attention.empty_partial #attention.softmax like %q, %q, %q : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>
  %p = scf.for %j = %c0 to %i step %c1 iter_args(%s = %e) -> (!attention.partial<#attention.softmax, tensor<?x2x?x16xf32>>) {
    %t = attention.visit %s, %q, %q, %q from(%j, %j) : !attention.partial<#attention.softmax, tensor<?x2x?x16xf32>>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>
    scf.yield %t : !attention.partial<#attention.softmax, tensor<?x2x?x16xf32>>
  }
  %o = attention.finish %p : !attention.partial<#attention.softmax, tensor<?x2x?x16xf32>>
  %b = tensor.dim %o, %c0 : tensor<?x2x?x16xf32>
  %n = tensor.dim %o, %c2 : tensor<?x2x?x16xf32>
  return %b, %n : index, index
}
