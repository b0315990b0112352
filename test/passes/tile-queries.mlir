// RUN: attention-opt %s -split-input-file -attention-tile-queries=rows=64 -canonicalize -verify-diagnostics | FileCheck %s

!p = !attention.partial<#attention.softmax, tensor<?x2x?x8xf32>>

// One task computes one tile of one head of one batch row.
// CHECK-DAG: #[[TILES:.*]] = affine_map<()[s0] -> (s0 ceildiv 64)>
// CHECK-LABEL: func @computes_each_tile_in_a_task(
// CHECK-SAME: %[[Q:.*]]: tensor<?x2x?x16xf32>, %[[K:.*]]: tensor<?x2x?x16xf32>, %[[V:.*]]: tensor<?x2x?x8xf32>
func.func @computes_each_tile_in_a_task(%q: tensor<?x2x?x16xf32>, %k: tensor<?x2x?x16xf32>, %v: tensor<?x2x?x8xf32>) -> tensor<?x2x?x8xf32> {
  // CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : index
  // CHECK-DAG: %[[BATCH:.*]] = tensor.dim %[[Q]], %c0
  // CHECK-DAG: %[[ROWS:.*]] = tensor.dim %[[Q]], %c2
  // CHECK: %[[PLACE:.*]] = tensor.empty({{.*}}) : tensor<?x2x?x8xf32>
  // CHECK: %[[COUNT:.*]] = affine.apply #[[TILES]]()
  // CHECK: %[[O:.*]] = scf.forall (%[[B:.*]], %[[H:.*]], %[[I:.*]]) in (%{{.*}}, 2, %[[COUNT]]) shared_outs(%[[OUT:.*]] = %[[PLACE]])
  // CHECK: %[[ROW:.*]] = affine.apply
  // CHECK: %[[HERE:.*]] = affine.min
  // CHECK: %[[EMPTY:.*]] = attention.empty_partial {{.*}} rows(64)
  // CHECK: %[[SEEN:.*]] = attention.visit %[[EMPTY]], %[[Q]], %[[K]], %[[V]] window[%[[B]], %[[H]], %[[ROW]], %[[ZERO]]] [64, 0]
  // CHECK: %[[SLICE:.*]] = tensor.extract_slice %[[OUT]][%[[B]], %[[H]], %[[ROW]], 0] [1, 1, %[[HERE]], 8]
  // CHECK: %[[TILE:.*]] = attention.finish %[[SEEN]] head(%[[H]]) into(%[[SLICE]] : tensor<?x8xf32>)
  // CHECK: tensor.parallel_insert_slice %[[TILE]] into %[[OUT]][%[[B]], %[[H]], %[[ROW]], 0] [1, 1, %[[HERE]], 8]
  // CHECK: return %[[O]]
  %e = attention.empty_partial #attention.softmax like %q, %k, %v : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x8xf32>
  %p = attention.visit %e, %q, %k, %v : !p, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x8xf32>
  %o = attention.finish %p : !p
  return %o : tensor<?x2x?x8xf32>
}

// -----

!p = !attention.partial<#attention.softmax, tensor<1x2x200x16xf32>>

// Under a causal mask they have the most to do.
// CHECK-DAG: #[[LAST:.*]] = affine_map<(d0) -> (d0 * -64 + 192)>
// CHECK-LABEL: func @starts_with_the_last_tile(
// CHECK: scf.forall (%{{.*}}, %[[I:.*]]) in (2, 4)
// CHECK: affine.apply #[[LAST]](%[[I]])
func.func @starts_with_the_last_tile(%q: tensor<1x2x200x16xf32>) -> tensor<1x2x200x16xf32> {
  %e = attention.empty_partial #attention.softmax like %q, %q, %q : tensor<1x2x200x16xf32>, tensor<1x2x200x16xf32>, tensor<1x2x200x16xf32>
  %p = attention.visit %e, %q, %q, %q mask(#attention.causal) : !p, tensor<1x2x200x16xf32>, tensor<1x2x200x16xf32>, tensor<1x2x200x16xf32>
  %o = attention.finish %p : !p
  return %o : tensor<1x2x200x16xf32>
}

// -----

!p = !attention.partial<#attention.softmax, tensor<1x2x200x16xf32>>

// In a window all have as much to do, and each tile shares keys with the one before.
// CHECK-DAG: #[[NEXT:.*]] = affine_map<(d0) -> (d0 * 64)>
// CHECK-LABEL: func @goes_on_where_keys_are_left_behind(
// CHECK: scf.forall (%{{.*}}, %[[I:.*]]) in (2, 4)
// CHECK: affine.apply #[[NEXT]](%[[I]])
func.func @goes_on_where_keys_are_left_behind(%q: tensor<1x2x200x16xf32>) -> tensor<1x2x200x16xf32> {
  %e = attention.empty_partial #attention.softmax like %q, %q, %q : tensor<1x2x200x16xf32>, tensor<1x2x200x16xf32>, tensor<1x2x200x16xf32>
  %p = attention.visit %e, %q, %q, %q mask(#attention.all<[#attention.causal, #attention.window<100>]>) : !p, tensor<1x2x200x16xf32>, tensor<1x2x200x16xf32>, tensor<1x2x200x16xf32>
  %o = attention.finish %p : !p
  return %o : tensor<1x2x200x16xf32>
}

// -----

!p = !attention.partial<#attention.softmax, tensor<1x2x200x16xf32>>

// CHECK-LABEL: func @writes_where_merged_heads_are(
func.func @writes_where_merged_heads_are(%q: tensor<1x2x200x16xf32>) -> tensor<1x200x32xf32> {
  // CHECK: scf.forall (%[[H:.*]], %{{.*}}) in (2, 4) shared_outs(%[[OUT:.*]] = %{{.*}}) -> (tensor<1x200x32xf32>)
  // CHECK: %[[ROW:.*]] = affine.apply
  // CHECK: %[[COLUMN:.*]] = affine.apply #{{.*}}(%[[H]])
  // CHECK: tensor.parallel_insert_slice %{{.*}} into %[[OUT]][0, %[[ROW]], %[[COLUMN]]] [1, %{{.*}}, 16]
  // CHECK-NOT: attention.merge_heads
  %e = attention.empty_partial #attention.softmax like %q, %q, %q : tensor<1x2x200x16xf32>, tensor<1x2x200x16xf32>, tensor<1x2x200x16xf32>
  %p = attention.visit %e, %q, %q, %q : !p, tensor<1x2x200x16xf32>, tensor<1x2x200x16xf32>, tensor<1x2x200x16xf32>
  %o = attention.finish %p : !p
  %m = attention.merge_heads %o : tensor<1x2x200x16xf32>
  return %m : tensor<1x200x32xf32>
}

// -----

!p = !attention.partial<#attention.softmax, tensor<1x2x64x16xf32>>

// CHECK-LABEL: func @writes_sums_too(
// CHECK: scf.forall {{.*}} -> (tensor<1x2x64x16xf16>, tensor<1x2x64xf32>)
// CHECK: attention.finish %{{.*}} log_sum_exp head(%{{.*}}) into(%{{.*}}, %{{.*}} : tensor<{{.*}}x16xf16>, tensor<{{.*}}xf32>)
func.func @writes_sums_too(%q: tensor<1x2x64x16xf16>) -> (tensor<1x2x64x16xf16>, tensor<1x2x64xf32>) {
  %e = attention.empty_partial #attention.softmax like %q, %q, %q : tensor<1x2x64x16xf16>, tensor<1x2x64x16xf16>, tensor<1x2x64x16xf16>
  %o, %lse = attention.finish %e log_sum_exp : !attention.partial<#attention.softmax, tensor<1x2x64x16xf16>>
  return %o, %lse : tensor<1x2x64x16xf16>, tensor<1x2x64xf32>
}

// -----

!p = !attention.partial<#attention.softmax, tensor<1x2x200x16xf32>>
!q = tensor<1x2x200x16xf32>

// What leads to the partial is done again in each task, for its tile: loops and joins as well.
// CHECK-LABEL: func @repeats_loops_and_joins_for_each_tile(
func.func @repeats_loops_and_joins_for_each_tile(%q: !q, %n: index) -> !q {
  // CHECK-NOT: attention.
  // CHECK: scf.forall
  // CHECK: %[[EMPTY:.*]] = attention.empty_partial {{.*}} rows(64)
  // CHECK: %[[FIRST:.*]] = attention.visit %[[EMPTY]]{{.*}} mask(#attention.causal) window[{{.*}}] [64, 0]
  // CHECK: %[[LOOP:.*]] = scf.for {{.*}} iter_args(%[[SO_FAR:.*]] = %[[EMPTY]]) -> (!attention.partial<#attention.softmax, tensor<64x16xf32>>)
  // CHECK: attention.visit %[[SO_FAR]]{{.*}} window[{{.*}}] [64, 0]
  // CHECK: %[[BOTH:.*]] = attention.join %[[FIRST]], %[[LOOP]] : <#attention.softmax, tensor<64x16xf32>>
  // CHECK: attention.finish %[[BOTH]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %e = attention.empty_partial #attention.softmax like %q, %q, %q : !q, !q, !q
  %a = attention.visit %e, %q, %q, %q mask(#attention.causal) : !p, !q, !q, !q
  %b = scf.for %i = %c0 to %n step %c1 iter_args(%p = %e) -> (!p) {
    %next = attention.visit %p, %q, %q, %q from(%i, %c0) : !p, !q, !q, !q
    scf.yield %next : !p
  }
  %j = attention.join %a, %b : !p
  %o = attention.finish %j : !p
  return %o : !q
}

// -----

func.func @refuses_a_partial_from_outside(%p: !attention.partial<#attention.softmax, tensor<1x2x5x16xf32>>) -> tensor<1x2x5x16xf32> {
  // expected-error @below {{expects a partial that is made in the same function: none can cross the border of compiled code}}
  %o = attention.finish %p : !attention.partial<#attention.softmax, tensor<1x2x5x16xf32>>
  return %o : tensor<1x2x5x16xf32>
}
