// RUN: attention-opt %s -split-input-file -attention-to-tiles -canonicalize -verify-diagnostics | FileCheck %s

!q = tensor<1x2x?x16xf32>
!p = !attention.partial<#attention.softmax, tensor<64x16xf32>>

// A partial of softmax is three tiles that the loop carries: maximum, sum and accumulator.
// CHECK-LABEL: func @carries_the_parts_of_a_partial(
// CHECK-SAME: %[[Q:[a-z0-9]*]]: tensor<1x2x?x16xf32>
// CHECK-DAG: %[[NOTHING:.*]] = arith.constant dense<0xFF800000> : vector<64xf32>
// CHECK-DAG: %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<64xf32>
// CHECK-DAG: %[[ZEROS:.*]] = arith.constant dense<0.000000e+00> : vector<64x16xf32>
// CHECK: scf.for {{.*}} iter_args(%[[MAX:.*]] = %[[NOTHING]], %[[SUM:.*]] = %[[ZERO]], %[[ACC:.*]] = %[[ZEROS]]) -> (vector<64xf32>, vector<64xf32>, vector<64x16xf32>)
// CHECK: %[[QUERY:.*]] = vector.transfer_read %[[Q]]{{.*}} vector<64x16xf32>
// CHECK: %[[KEYS:.*]] = vector.transfer_read %[[Q]]{{.*}} vector<128x16xf32>
// CHECK: vector.contract {{.*}} %[[QUERY]], %[[KEYS]], %{{.*}} : vector<64x16xf32>, vector<128x16xf32> into vector<64x128xf32>
// CHECK: %[[NEW:.*]] = vector.multi_reduction <maximumf>, %{{.*}}, %[[MAX]] [1]
// CHECK: math.exp2
// CHECK: vector.multi_reduction <add>
// CHECK: vector.contract
// CHECK: scf.yield %[[NEW]], %{{.*}}, %{{.*}} : vector<64xf32>, vector<64xf32>, vector<64x16xf32>
// CHECK: %[[OUT:.*]] = vector.transfer_write {{.*}} : vector<64x16xf32>, tensor<?x16xf32>
// CHECK: return %[[OUT]]
func.func @carries_the_parts_of_a_partial(%q: !q, %n: index, %b: index, %place: tensor<?x16xf32>) -> tensor<?x16xf32> {
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  %e = attention.empty_partial #attention.softmax like %q, %q, %q rows(64) : !q, !q, !q
  %p = scf.for %j = %c0 to %n step %c128 iter_args(%s = %e) -> (!p) {
    %t = attention.visit %s, %q, %q, %q window[%b, %b, %b, %j] [64, 128] whole : !p, !q, !q, !q
    scf.yield %t : !p
  }
  %o = attention.finish %p into(%place : tensor<?x16xf32>) : !p
  return %o : tensor<?x16xf32>
}

// -----

!q = tensor<1x2x?x16xf32>
!p = !attention.partial<#attention.softmax, tensor<64x16xf32>>

// CHECK-LABEL: func @masks_nothing_in_whole_tiles(
// CHECK-NOT: arith.cmpi
// CHECK-NOT: dense<true>
// CHECK: return
func.func @masks_nothing_in_whole_tiles(%q: !q, %b: index, %place: tensor<64x16xf32>) -> tensor<64x16xf32> {
  %e = attention.empty_partial #attention.softmax like %q, %q, %q rows(64) : !q, !q, !q
  %c0 = arith.constant 0 : index
  %p = attention.visit %e, %q, %q, %q from(%c0, %c0) window[%b, %b, %b, %b] [64, 128] whole : !p, !q, !q, !q
  %o = attention.finish %p into(%place : tensor<64x16xf32>) : !p
  return %o : tensor<64x16xf32>
}

// -----

!q = tensor<1x2x?x16xf32>
!p = !attention.partial<#attention.softmax, tensor<64x16xf32>>

// Positions of rows and columns, compared for all pairs of the tile at once.
// CHECK-LABEL: func @masks_by_positions(
// CHECK: %[[STEP:.*]] = vector.step
// CHECK: arith.cmpi slt, %{{.*}} : vector<64x128xindex>
// CHECK: arith.cmpi sle, %{{.*}} : vector<64x128xindex>
// CHECK: arith.select %{{.*}}, %{{.*}}, %{{.*}} : vector<64x128xi1>, vector<64x128xf32>
func.func @masks_by_positions(%q: !q, %b: index, %place: tensor<64x16xf32>) -> tensor<64x16xf32> {
  %e = attention.empty_partial #attention.softmax like %q, %q, %q rows(64) : !q, !q, !q
  %c0 = arith.constant 0 : index
  %p = attention.visit %e, %q, %q, %q from(%c0, %c0) mask(#attention.causal) window[%b, %b, %b, %b] [64, 128] : !p, !q, !q, !q
  %o = attention.finish %p into(%place : tensor<64x16xf32>) : !p
  return %o : tensor<64x16xf32>
}

// -----

!q = tensor<1x2x?x16xf32>
!p = !attention.partial<#attention.sigmoid, tensor<64x16xf32>>

// A partial of a plain sum is the accumulator alone; two are joined by adding (here: to what the second starts from).
// CHECK-LABEL: func @joins_sums(
// CHECK: %[[A:.*]] = vector.contract {{.*}} vector<64x128xf32>, vector<128x16xf32> into vector<64x16xf32>
// CHECK: vector.contract {{.*}} %[[A]] : vector<64x128xf32>, vector<128x16xf32> into vector<64x16xf32>
// CHECK: vector.transfer_write
func.func @joins_sums(%q: !q, %b: index, %place: tensor<64x16xf32>) -> tensor<64x16xf32> {
  %e = attention.empty_partial #attention.sigmoid like %q, %q, %q rows(64) : !q, !q, !q
  %c0 = arith.constant 0 : index
  %x = attention.visit %e, %q, %q, %q window[%b, %b, %b, %c0] [64, 128] whole : !p, !q, !q, !q
  %y = attention.visit %e, %q, %q, %q window[%b, %b, %b, %b] [64, 128] whole : !p, !q, !q, !q
  %p = attention.join %x, %y : !p
  %o = attention.finish %p into(%place : tensor<64x16xf32>) : !p
  return %o : tensor<64x16xf32>
}

// -----

!q = tensor<1x8x?x16xbf16>
!k = tensor<1x2x?x16xbf16>
!p = !attention.partial<#attention.softmax, tensor<64x16xbf16>>

// Query head h reads key head h / 4; sums are f32, the output is rounded once.
// CHECK-LABEL: func @reads_the_head_of_a_group(
// CHECK-SAME: %[[Q:[a-z0-9]*]]: tensor<1x8x?x16xbf16>, %[[K:[a-z0-9]*]]: tensor<1x2x?x16xbf16>, %[[H:[a-z0-9]*]]: index
// CHECK: %[[GROUP:.*]] = arith.divui %[[H]], %c4
// CHECK: vector.transfer_read %[[K]][%{{.*}}, %[[GROUP]],
// CHECK: vector.contract {{.*}} : vector<64x16xbf16>, vector<128x16xbf16> into vector<64x128xf32>
// CHECK: arith.truncf %{{.*}} : vector<64x16xf32> to vector<64x16xbf16>
func.func @reads_the_head_of_a_group(%q: !q, %k: !k, %h: index, %place: tensor<64x16xbf16>) -> tensor<64x16xbf16> {
  %e = attention.empty_partial #attention.softmax like %q, %k, %k rows(64) : !q, !k, !k
  %c0 = arith.constant 0 : index
  %p = attention.visit %e, %q, %k, %k window[%c0, %h, %c0, %c0] [64, 128] whole : !p, !q, !k, !k
  %o = attention.finish %p into(%place : tensor<64x16xbf16>) : !p
  return %o : tensor<64x16xbf16>
}

// -----

!q = tensor<1x2x?x16xf32>
!p = !attention.partial<#attention.softmax, tensor<64x16xf32>>

// What depends on the head alone stays scalar; what depends on pairs is a tile, and a table read by it a gather.
// CHECK-LABEL: func @applies_a_score_region_to_all_pairs(
// CHECK-SAME: %[[SLOPE:[a-z0-9]*]]: tensor<2xf32>, %[[TABLE:[a-z0-9]*]]: tensor<?xf32>
// CHECK: %[[S:.*]] = tensor.extract %[[SLOPE]]
// CHECK: vector.broadcast %[[S]] : f32 to vector<64x128xf32>
// CHECK: vector.gather %[[TABLE]]
func.func @applies_a_score_region_to_all_pairs(%q: !q, %slope: tensor<2xf32>, %table: tensor<?xf32>, %h: index, %place: tensor<64x16xf32>) -> tensor<64x16xf32> {
  %e = attention.empty_partial #attention.softmax like %q, %q, %q rows(64) : !q, !q, !q
  %c0 = arith.constant 0 : index
  %p = attention.visit %e, %q, %q, %q window[%c0, %h, %c0, %c0] [64, 128] whole score {
  ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
    %a = tensor.extract %slope[%head] : tensor<2xf32>
    %x = arith.mulf %s, %a : f32
    %distance = arith.subi %query, %key : index
    %t = tensor.extract %table[%distance] : tensor<?xf32>
    %y = arith.addf %x, %t : f32
    attention.yield %y : f32
  } : !p, !q, !q, !q
  %o = attention.finish %p into(%place : tensor<64x16xf32>) : !p
  return %o : tensor<64x16xf32>
}

// -----

!c = !attention.carry<#attention.softmax, tensor<1x2x16x16xf32>>

// The past of softmax is the keys and values themselves: its carry is nothing.
// CHECK-LABEL: func @keeps_no_carry(
// CHECK: scf.for
// CHECK-NOT: iter_args
// CHECK-NOT: attention.
// CHECK: return
func.func @keeps_no_carry(%q: tensor<1x2x?x16xf32>, %n: index, %out: memref<1xindex>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %e = attention.empty_carry #attention.softmax like %q, %q, %q : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  %c = scf.for %i = %c0 to %n step %c1 iter_args(%s = %e) -> (!c) {
    %t = attention.advance %s, %q, %q : !c, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
    memref.store %i, %out[%c0] : memref<1xindex>
    scf.yield %t : !c
  }
  return
}

// -----

!q = tensor<1x2x?x16xf32>
!p = !attention.partial<#attention.softmax, tensor<64x16xf32>>

func.func @refuses_a_region_that_loops(%q: !q, %i: index, %place: tensor<64x16xf32>) -> tensor<64x16xf32> {
  %e = attention.empty_partial #attention.softmax like %q, %q, %q rows(64) : !q, !q, !q
  // expected-error @below {{failed to legalize}}
  %p = attention.visit %e, %q, %q, %q window[%i, %i, %i, %i] [64, 128] whole score {
  ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
    // expected-error @below {{has no form for a tile of pairs: score and visible regions of compiled code may use elementwise arith and math operations and tensor.extract}}
    %x = scf.for %j = %batch to %query step %key iter_args(%y = %s) -> (f32) {
      scf.yield %y : f32
    }
    attention.yield %x : f32
  } : !p, !q, !q, !q
  %o = attention.finish %p into(%place : tensor<64x16xf32>) : !p
  return %o : tensor<64x16xf32>
}
