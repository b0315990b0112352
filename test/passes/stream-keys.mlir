// RUN: attention-opt %s -split-input-file -attention-stream-keys=keys=128 -canonicalize -cse -verify-diagnostics | FileCheck %s
// RUN: attention-opt %s -split-input-file "-attention-stream-keys=keys=128 row-bytes=1280" -verify-diagnostics | FileCheck %s --check-prefix=WIDE
// RUN: attention-opt %s -split-input-file "-attention-stream-keys=keys=128 few-rows=8 few-rows-bytes=4096" -verify-diagnostics | FileCheck %s --check-prefixes=FEW,LEAST8
// RUN: attention-opt %s -split-input-file "-attention-stream-keys=keys=128 few-rows=8 few-rows-bytes=4096 few-rows-keys=16" -verify-diagnostics | FileCheck %s --check-prefixes=FEW,LEAST16

!q = tensor<1x2x1024x16xf32>
!p = !attention.partial<#attention.softmax, tensor<64x16xf32>>

// Without a mask every key is visited; only the last tile may be one that is not seen whole.
// CHECK-LABEL: func @visits_all_keys(
// CHECK-SAME: %[[P:.*]]: !attention.partial<{{.*}}>, %[[Q:.*]]: tensor<1x2x1024x16xf32>, %[[K:.*]]: tensor<1x2x?x16xf32>
func.func @visits_all_keys(%p: !p, %q: !q, %k: tensor<1x2x?x16xf32>, %h: index, %row: index) -> !p {
  // CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : index
  // CHECK-DAG: %[[TILE:.*]] = arith.constant 128 : index
  // CHECK-DAG: %[[KEYS:.*]] = tensor.dim %[[K]], %c2
  // CHECK: scf.for %[[KEY:.*]] = %[[ZERO]] to %[[KEYS]] step %[[TILE]] iter_args(%[[SO_FAR:.*]] = %[[P]])
  // CHECK: %[[END:.*]] = arith.addi %[[KEY]], %[[TILE]]
  // CHECK: %[[ALL:.*]] = arith.cmpi sle, %[[END]], %[[KEYS]]
  // CHECK: scf.if %[[ALL]]
  // CHECK-NEXT: attention.visit %[[SO_FAR]], {{.*}} window[{{.*}}, %[[KEY]]] [64, 128] whole :
  // CHECK: } else {
  // CHECK-NEXT: attention.visit %[[SO_FAR]], {{.*}} window[{{.*}}, %[[KEY]]] [64, 128] :
  // CHECK-NOT: scf.if
  // CHECK: return
  %c0 = arith.constant 0 : index
  %r = attention.visit %p, %q, %k, %k from(%c0, %c0) window[%c0, %h, %row, %c0] [64, 0] : !p, !q, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %r : !p
}

// -----

!q = tensor<1x2x1024x16xf32>
!p = !attention.partial<#attention.softmax, tensor<64x16xf32>>

// The loop ends after the last query; a tile is seen whole that ends before the first.
// CHECK-LABEL: func @causal_ends_at_the_last_query(
// CHECK-SAME: %[[ROW:[a-z0-9]*]]: index) ->
func.func @causal_ends_at_the_last_query(%p: !p, %q: !q, %h: index, %row: index) -> !p {
  // CHECK-DAG: %[[AFTER:.*]] = arith.addi %[[ROW]], %c64
  // CHECK-DAG: %[[ROWS:.*]] = arith.minsi %[[AFTER]], %c1024
  // CHECK-DAG: %[[LAST:.*]] = arith.subi %[[ROWS]], %c1
  // CHECK-DAG: %[[POSITIVE:.*]] = arith.maxsi %[[ROWS]], %c0
  // CHECK-DAG: %[[END:.*]] = arith.minsi %[[POSITIVE]], %c1024
  // CHECK: scf.for %[[KEY:.*]] = %c0 to %[[END]] step %c128
  // CHECK: %[[LAST_KEY:.*]] = arith.subi
  // CHECK: arith.cmpi sle, %[[LAST_KEY]], %[[ROW]]
  // CHECK: attention.visit {{.*}} [64, 128] whole :
  // CHECK: } else {
  // CHECK: arith.cmpi sle, %[[KEY]], %[[LAST]]
  // CHECK: scf.if
  // CHECK: attention.visit {{.*}} mask(#attention.causal) window{{.*}} [64, 128] :
  %c0 = arith.constant 0 : index
  %r = attention.visit %p, %q, %q, %q from(%c0, %c0) mask(#attention.causal) window[%c0, %h, %row, %c0] [64, 0] : !p, !q, !q, !q
  return %r : !p
}

// -----

!q = tensor<1x2x1024x16xf32>
!p = !attention.partial<#attention.softmax, tensor<64x16xf32>>

// CHECK-LABEL: func @window_starts_near_the_first_query(
// CHECK-SAME: %[[ROW:[a-z0-9]*]]: index) ->
func.func @window_starts_near_the_first_query(%p: !p, %q: !q, %h: index, %row: index) -> !p {
  // CHECK-DAG: %[[FIRST:.*]] = arith.addi %[[ROW]], %c-255
  // CHECK-DAG: %[[POSITIVE:.*]] = arith.maxsi %[[FIRST]], %c0
  // CHECK-DAG: %[[SEEN:.*]] = arith.minsi %[[POSITIVE]], %c1024
  // CHECK-DAG: %[[TILES:.*]] = arith.divui %[[SEEN]], %c128
  // CHECK-DAG: %[[BEGIN:.*]] = arith.muli %[[TILES]], %c128
  // CHECK: scf.for %{{.*}} = %[[BEGIN]] to %c1024 step %c128
  %c0 = arith.constant 0 : index
  %r = attention.visit %p, %q, %q, %q from(%c0, %c0) mask(#attention.window<256>) window[%c0, %h, %row, %c0] [64, 0] : !p, !q, !q, !q
  return %r : !p
}

// -----

!q = tensor<1x2x1024x16xf32>
!p = !attention.partial<#attention.softmax, tensor<64x16xf32>>

// CHECK-LABEL: func @prefix_ends_with_it(
// CHECK: scf.for %{{.*}} = %c0 to %c300 step %c128
func.func @prefix_ends_with_it(%p: !p, %q: !q, %h: index, %row: index) -> !p {
  %c0 = arith.constant 0 : index
  %r = attention.visit %p, %q, %q, %q from(%c0, %c0) mask(#attention.prefix<300>) window[%c0, %h, %row, %c0] [64, 0] : !p, !q, !q, !q
  return %r : !p
}

// -----

!q = tensor<1x2x1024x16xf32>
!p = !attention.partial<#attention.softmax, tensor<64x16xf32>>

// Where the first key stands is taken off the range of positions.
// CHECK-LABEL: func @counts_from_the_first_key(
// CHECK-SAME: %[[I:[a-z0-9]*]]: index, %[[J:[a-z0-9]*]]: index) ->
// CHECK: %[[FIRST:.*]] = arith.addi %[[I]],
// CHECK: arith.subi %{{.*}}, %[[J]]
// CHECK: scf.for
func.func @counts_from_the_first_key(%p: !p, %q: !q, %h: index, %row: index, %i: index, %j: index) -> !p {
  %c0 = arith.constant 0 : index
  %r = attention.visit %p, %q, %q, %q from(%i, %j) mask(#attention.causal) window[%c0, %h, %row, %c0] [64, 0] : !p, !q, !q, !q
  return %r : !p
}

// -----

!q = tensor<1x2x1024x16xf32>
!p = !attention.partial<#attention.softmax, tensor<64x16xf32>>

// A predicate may hide any key: no tile is taken for one that is seen whole.
// CHECK-LABEL: func @a_predicate_masks_every_tile(
// CHECK-NOT: whole
// CHECK: attention.visit {{.*}} visible {
// CHECK-NOT: whole
// CHECK: return
func.func @a_predicate_masks_every_tile(%p: !p, %q: !q, %h: index, %row: index) -> !p {
  %c0 = arith.constant 0 : index
  %r = attention.visit %p, %q, %q, %q from(%c0, %c0) window[%c0, %h, %row, %c0] [64, 0] visible {
  ^bb0(%b: index, %head: index, %query: index, %key: index):
    %x = arith.cmpi ne, %query, %key : index
    attention.yield %x : i1
  } : !p, !q, !q, !q
  return %r : !p
}

// -----

!q = tensor<1x2x1024x16xf32>
!p = !attention.partial<#attention.softmax, tensor<64x16xf32>>

// Tiles of which no key exists are not visited, and those of which all do are visited without a mask.
// CHECK-LABEL: func @looks_which_keys_exist(
// CHECK-SAME: %[[EXISTS:[a-z0-9]*]]: tensor<1x1024xi1>
// CHECK: scf.for
// CHECK: %[[ALL:.*]] = scf.for
// CHECK: tensor.extract %[[EXISTS]]
// CHECK: arith.andi
// CHECK: scf.if
// CHECK: attention.visit {{.*}} whole :
// CHECK: } else {
// CHECK: %[[SOME:.*]] = scf.for
// CHECK: tensor.extract %[[EXISTS]]
// CHECK: arith.ori
// CHECK: scf.if %[[SOME]]
// CHECK: attention.visit {{.*}} keys(%[[EXISTS]] : tensor<1x1024xi1>)
func.func @looks_which_keys_exist(%p: !p, %q: !q, %exists: tensor<1x1024xi1>, %h: index, %row: index) -> !p {
  %c0 = arith.constant 0 : index
  %r = attention.visit %p, %q, %q, %q from(%c0, %c0) keys(%exists : tensor<1x1024xi1>) window[%c0, %h, %row, %c0] [64, 0] : !p, !q, !q, !q
  return %r : !p
}

// -----

!q = tensor<1x2x1024x16xf32>
!p = !attention.partial<#attention.softmax, tensor<64x16xf32>>

// Keys before the first query's document and after the last one's are not visited.
// CHECK-LABEL: func @stays_in_the_documents(
// CHECK-SAME: %[[BEGINS:[a-z0-9]*]]: tensor<?xi64>, %[[ENDS:[a-z0-9]*]]: tensor<?xi64>
// CHECK: %[[B:.*]] = tensor.extract %[[BEGINS]]
// CHECK: %[[BEGIN:.*]] = arith.index_cast %[[B]]
// CHECK: %[[E:.*]] = tensor.extract %[[ENDS]]
// CHECK: %[[END:.*]] = arith.index_cast %[[E]]
// CHECK: arith.maxsi %[[BEGIN]]
// CHECK: arith.maxsi %[[END]]
// CHECK: scf.for
func.func @stays_in_the_documents(%p: !p, %q: !q, %begin: tensor<?xi64>, %end: tensor<?xi64>, %h: index, %row: index) -> !p {
  %c0 = arith.constant 0 : index
  %r = attention.visit %p, %q, %q, %q from(%c0, %c0) spans(%begin, %end : tensor<?xi64>, tensor<?xi64>) window[%c0, %h, %row, %c0] [64, 0] : !p, !q, !q, !q
  return %r : !p
}

// -----

!q = tensor<1x2x1024x16xf32>
!p = !attention.partial<#attention.softmax, tensor<64x16xf32>>

// CHECK-LABEL: func @leaves_what_is_tiled(
// CHECK-NOT: scf.for
// CHECK: attention.visit {{.*}} [64, 128]
func.func @leaves_what_is_tiled(%p: !p, %q: !q, %h: index, %row: index) -> !p {
  %c0 = arith.constant 0 : index
  %r = attention.visit %p, %q, %q, %q window[%c0, %h, %row, %c0] [64, 128] : !p, !q, !q, !q
  return %r : !p
}

// -----

!q = tensor<1x2x1024x16xf32>
!p = !attention.partial<#attention.softmax, tensor<64x16xf32>>

func.func @refuses_a_stretch_of_no_whole_tiles(%p: !p, %q: !q, %h: index, %row: index) -> !p {
  %c0 = arith.constant 0 : index
  // expected-error @below {{expects a stretch of keys that is a multiple of 128, but got 200}}
  %r = attention.visit %p, %q, %q, %q window[%c0, %h, %row, %c0] [64, 200] : !p, !q, !q, !q
  return %r : !p
}

// -----

!q = tensor<1x2x1024x16xf64>
!p = !attention.partial<#attention.softmax, tensor<64x16xf64>>

// CHECK-LABEL: func @takes_half_the_keys_of_doubles(
// CHECK: scf.for %{{.*}} = %c0 to %c1024 step %c64
// CHECK: attention.visit {{.*}} [64, 64]
func.func @takes_half_the_keys_of_doubles(%p: !p, %q: !q, %h: index, %row: index) -> !p {
  %c0 = arith.constant 0 : index
  %r = attention.visit %p, %q, %q, %q window[%c0, %h, %row, %c0] [64, 0] : !p, !q, !q, !q
  return %r : !p
}

// -----

!q = tensor<1x2x1024x256xf32>
!p = !attention.partial<#attention.softmax, tensor<64x256xf32>>

// A row of 128 scores and 256 sums takes 1536 bytes, one of 64 and 256 1280.
// CHECK-LABEL: func @takes_fewer_keys_where_rows_are_wide(
// CHECK: attention.visit {{.*}} [64, 128]
// WIDE-LABEL: func @takes_fewer_keys_where_rows_are_wide(
// WIDE: attention.visit {{.*}} [64, 64]
func.func @takes_fewer_keys_where_rows_are_wide(%p: !p, %q: !q, %h: index, %row: index) -> !p {
  %c0 = arith.constant 0 : index
  %r = attention.visit %p, %q, %q, %q window[%c0, %h, %row, %c0] [64, 0] : !p, !q, !q, !q
  return %r : !p
}

// -----

!q = tensor<1x2x1x64xf32>
!p = !attention.partial<#attention.softmax, tensor<1x64xf32>>

// Keys of few queries come in tiles of a page at most.
// FEW-LABEL: func @few_queries(
// FEW: attention.visit {{.*}} [1, 16] whole
func.func @few_queries(%p: !p, %q: !q, %k: tensor<1x2x1024x64xf32>) -> !p {
  %c0 = arith.constant 0 : index
  %r = attention.visit %p, %q, %k, %k from(%c0, %c0) window[%c0, %c0, %c0, %c0] [1, 0] : !p, !q, tensor<1x2x1024x64xf32>, tensor<1x2x1024x64xf32>
  return %r : !p
}

// -----

!q = tensor<1x2x1x64xbf16>
!p = !attention.partial<#attention.softmax, tensor<1x64xbf16>>

// Of bf16 it has twice as many.
// FEW-LABEL: func @few_queries_of_bf16(
// FEW: attention.visit {{.*}} [1, 32] whole
func.func @few_queries_of_bf16(%p: !p, %q: !q, %k: tensor<1x2x1024x64xbf16>) -> !p {
  %c0 = arith.constant 0 : index
  %r = attention.visit %p, %q, %k, %k from(%c0, %c0) window[%c0, %c0, %c0, %c0] [1, 0] : !p, !q, tensor<1x2x1024x64xbf16>, tensor<1x2x1024x64xbf16>
  return %r : !p
}

// -----

!q = tensor<1x2x1x256xf32>
!p = !attention.partial<#attention.softmax, tensor<1x256xf32>>

// A tile has so many at least, however wide they are.
// FEW-LABEL: func @few_wide_queries(
// LEAST8: attention.visit {{.*}} [1, 8] whole
// LEAST16: attention.visit {{.*}} [1, 16] whole
func.func @few_wide_queries(%p: !p, %q: !q, %k: tensor<1x2x1024x256xf32>) -> !p {
  %c0 = arith.constant 0 : index
  %r = attention.visit %p, %q, %k, %k from(%c0, %c0) window[%c0, %c0, %c0, %c0] [1, 0] : !p, !q, tensor<1x2x1024x256xf32>, tensor<1x2x1024x256xf32>
  return %r : !p
}

// -----

!q = tensor<1x2x16x64xf32>
!p = !attention.partial<#attention.softmax, tensor<16x64xf32>>

// Sixteen are not few.
// FEW-LABEL: func @sixteen_queries(
// FEW: attention.visit {{.*}} [16, 128] whole
func.func @sixteen_queries(%p: !p, %q: !q, %k: tensor<1x2x1024x64xf32>) -> !p {
  %c0 = arith.constant 0 : index
  %r = attention.visit %p, %q, %k, %k from(%c0, %c0) window[%c0, %c0, %c0, %c0] [16, 0] : !p, !q, tensor<1x2x1024x64xf32>, tensor<1x2x1024x64xf32>
  return %r : !p
}
