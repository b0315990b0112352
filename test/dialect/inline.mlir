// Functions that use the dialect are inlined where they are called: with them the states that they take and yield.
// RUN: attention-opt %s -inline -symbol-dce | FileCheck %s

!q = tensor<1x2x?x16xf32>
!p = !attention.partial<#attention.softmax, tensor<1x2x?x16xf32>>

// CHECK-NOT: func private
func.func private @visited(%p: !p, %q: !q) -> !p {
  %r = attention.visit %p, %q, %q, %q visible {
  ^bb0(%batch: index, %head: index, %query: index, %key: index):
    %seen = arith.cmpi ne, %query, %key : index
    attention.yield %seen : i1
  } : !p, !q, !q, !q
  return %r : !p
}

// CHECK-LABEL: func @attended(
// CHECK-NOT: call
// CHECK: attention.visit
// CHECK: attention.finish
func.func @attended(%q: !q) -> !q {
  %e = attention.empty_partial #attention.softmax like %q, %q, %q : !q, !q, !q
  %p = call @visited(%e, %q) : (!p, !q) -> !p
  %o = attention.finish %p : !p
  return %o : !q
}
