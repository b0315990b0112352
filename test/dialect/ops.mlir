// Each op and clause through text, generic text and bytecode. The examples of descriptions: examples.test.
// RUN: attention-opt %s > %t.once
// RUN: FileCheck %s < %t.once
// RUN: attention-opt %t.once | diff %t.once -
// RUN: attention-opt %s -mlir-print-op-generic | attention-opt | diff %t.once -
// RUN: attention-opt %s -emit-bytecode | attention-opt | diff %t.once -

//===- attend -------------------------------------------------------------===//

// CHECK-LABEL: func @attend_infers_the_largest_head_count(
// CHECK: attention.attend #attention.softmax %{{.*}}, %{{.*}}, %{{.*}} : tensor<2x6x5x16xf32>, tensor<2x2x7x16xf32>, tensor<2x3x7x8xf32>
// CHECK-NEXT: return %{{.*}} : tensor<2x6x5x8xf32>
func.func @attend_infers_the_largest_head_count(%q: tensor<2x6x5x16xf32>, %k: tensor<2x2x7x16xf32>, %v: tensor<2x3x7x8xf32>) -> tensor<2x6x5x8xf32> {
  %o = attention.attend #attention.softmax %q, %k, %v : tensor<2x6x5x16xf32>, tensor<2x2x7x16xf32>, tensor<2x3x7x8xf32>
  return %o : tensor<2x6x5x8xf32>
}

// CHECK-LABEL: func @attend_takes_f64(
// CHECK: attention.attend #attention.softmax {{.*}} log_sum_exp : tensor<1x2x?x12xf64>
func.func @attend_takes_f64(%q: tensor<1x2x?x12xf64>) -> (tensor<1x2x?x12xf64>, tensor<1x2x?xf64>) {
  %o, %lse = attention.attend #attention.softmax %q, %q, %q log_sum_exp : tensor<1x2x?x12xf64>, tensor<1x2x?x12xf64>, tensor<1x2x?x12xf64>
  return %o, %lse : tensor<1x2x?x12xf64>, tensor<1x2x?xf64>
}

// CHECK-LABEL: func @attend_gives_f32_sums_of_f16(
// CHECK: tensor<1x2x4xf32>
func.func @attend_gives_f32_sums_of_f16(%q: tensor<1x2x4x16xf16>) -> (tensor<1x2x4x16xf16>, tensor<1x2x4xf32>) {
  %o, %lse = attention.attend #attention.softmax %q, %q, %q log_sum_exp : tensor<1x2x4x16xf16>, tensor<1x2x4x16xf16>, tensor<1x2x4x16xf16>
  return %o, %lse : tensor<1x2x4x16xf16>, tensor<1x2x4xf32>
}

// CHECK-LABEL: func @attend_takes_bf16_scores_in_f32(
// CHECK: score {
// CHECK-NEXT: ^bb0(%{{.*}}: f32, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index):
func.func @attend_takes_bf16_scores_in_f32(%q: tensor<1x2x4x16xbf16>) -> tensor<1x2x4x16xbf16> {
  %o = attention.attend #attention.softmax %q, %q, %q score {
  ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
    %t = math.tanh %s : f32
    attention.yield %t : f32
  } : tensor<1x2x4x16xbf16>, tensor<1x2x4x16xbf16>, tensor<1x2x4x16xbf16>
  return %o : tensor<1x2x4x16xbf16>
}

// CHECK-LABEL: func @attend_takes_dynamic_sizes(
// CHECK: -> tensor<?x?x?x?xf32>
func.func @attend_takes_dynamic_sizes(%q: tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32> {
  %o = attention.attend #attention.softmax %q, %q, %q : tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>
  return %o : tensor<?x?x?x?xf32>
}

// CHECK-LABEL: func @attend_takes_no_keys_and_no_batch(
func.func @attend_takes_no_keys_and_no_batch(%q: tensor<0x2x3x16xf32>, %k: tensor<0x2x0x16xf32>, %v: tensor<0x2x0x0xf32>) -> tensor<0x2x3x0xf32> {
  %o = attention.attend #attention.softmax %q, %k, %v : tensor<0x2x3x16xf32>, tensor<0x2x0x16xf32>, tensor<0x2x0x0xf32>
  return %o : tensor<0x2x3x0xf32>
}

// CHECK-LABEL: func @attend_prints_every_clause(
// CHECK: attention.attend #attention.softmax {{.*}} mask(#attention.causal) keys(%{{.*}} : tensor<2x7xi1>) offset(%{{.*}} : tensor<2xi64>)
// CHECK-SAME: scale(2.500000e-01) bias(%{{.*}} : tensor<1x6x1x7xf32>) sink(%{{.*}} : tensor<6xf32>) log_sum_exp visible {
// CHECK: } score {
// CHECK: } : tensor<2x6x5x16xf32>, tensor<2x2x7x16xf32>, tensor<2x2x7x8xf32>
func.func @attend_prints_every_clause(%q: tensor<2x6x5x16xf32>, %k: tensor<2x2x7x16xf32>, %v: tensor<2x2x7x8xf32>, %exists: tensor<2x7xi1>,
    %p: tensor<2xi64>, %bias: tensor<1x6x1x7xf32>, %sink: tensor<6xf32>) -> (tensor<2x6x5x8xf32>, tensor<2x6x5xf32>) {
  // The clauses come in any order.
  %o, %lse = attention.attend #attention.softmax %q, %k, %v log_sum_exp sink(%sink : tensor<6xf32>) bias(%bias : tensor<1x6x1x7xf32>) scale(0.25)
      offset(%p : tensor<2xi64>) keys(%exists : tensor<2x7xi1>) mask(#attention.causal) visible {
  ^bb0(%batch: index, %head: index, %query: index, %key: index):
    %r = arith.cmpi ne, %query, %key : index
    attention.yield %r : i1
  } score {
  ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
    attention.yield %s : f32
  } : tensor<2x6x5x16xf32>, tensor<2x2x7x16xf32>, tensor<2x2x7x8xf32>
  return %o, %lse : tensor<2x6x5x8xf32>, tensor<2x6x5xf32>
}

// CHECK-LABEL: func @attend_takes_documents(
// CHECK: documents(%{{.*}} : tensor<?xi64>)
func.func @attend_takes_documents(%q: tensor<1x2x?x16xf32>, %starts: tensor<?xi64>) -> tensor<1x2x?x16xf32> {
  %o = attention.attend #attention.softmax %q, %q, %q documents(%starts : tensor<?xi64>) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}

//===- variants and masks -------------------------------------------------===//

// CHECK-LABEL: func private @variants(
// CHECK-SAME: all = [#attention.softmax, #attention.sigmoid, #attention.relu, #attention.relu, #attention.relu<power = 2>]
func.func private @variants() attributes {test.all = [#attention.softmax, #attention.sigmoid, #attention.relu, #attention.relu<power = 1>, #attention.relu<power = 2>]}

// CHECK-LABEL: func private @masks(
// CHECK-SAME: [#attention.causal, #attention.window<5>, #attention.band<7, -2>, #attention.prefix<0>, #attention.dilated<4>,
// CHECK-SAME: #attention.all<[#attention.causal, #attention.any<[#attention.window<5>, #attention.prefix<2>]>]>,
// CHECK-SAME: #attention.not<#attention.not<#attention.causal>>]
func.func private @masks() attributes {test.all = [#attention.causal, #attention.window<5>, #attention.band<7, -2>, #attention.prefix<0>, #attention.dilated<4>,
  #attention.all<[#attention.causal, #attention.any<[#attention.window<5>, #attention.prefix<2>]>]>, #attention.not<#attention.not<#attention.causal>>]}

//===- states -------------------------------------------------------------===//

!partial = !attention.partial<#attention.softmax, tensor<2x6x5x8xf32>>
!carry = !attention.carry<#attention.softmax, tensor<2x6x16x8xf32>>

// CHECK-LABEL: func @states(
// CHECK: attention.empty_partial #attention.softmax like %{{.*}}, %{{.*}}, %{{.*}} : tensor<2x6x5x16xf32>, tensor<2x2x7x16xf32>, tensor<2x2x7x8xf32>
// CHECK: attention.empty_carry #attention.softmax like
// CHECK: attention.visit {{.*}} carry(%{{.*}} : !attention.carry<#attention.softmax, tensor<2x6x16x8xf32>>) from(%{{.*}}, %{{.*}}) mask(#attention.causal) keys(%{{.*}} : tensor<2x7xi1>)
// CHECK-SAME: offset(%{{.*}} : tensor<2xi64>) scale(5.000000e-01) bias(%{{.*}} : tensor<1x1x5x7xf32>) visible {
// CHECK: } score {
// CHECK: attention.advance {{.*}} from(%{{.*}}) keys(%{{.*}} : tensor<2x7xi1>)
// CHECK: attention.join %{{.*}}, %{{.*}} : <#attention.softmax, tensor<2x6x5x8xf32>>
// CHECK: attention.finish %{{.*}} sink(%{{.*}} : tensor<6xf32>) log_sum_exp :
func.func @states(%q: tensor<2x6x5x16xf32>, %k: tensor<2x2x7x16xf32>, %v: tensor<2x2x7x8xf32>, %exists: tensor<2x7xi1>, %p: tensor<2xi64>,
    %bias: tensor<1x1x5x7xf32>, %sink: tensor<6xf32>, %i: index) -> (tensor<2x6x5x8xf32>, tensor<2x6x5xf32>, !carry) {
  %p0 = attention.empty_partial #attention.softmax like %q, %k, %v : tensor<2x6x5x16xf32>, tensor<2x2x7x16xf32>, tensor<2x2x7x8xf32>
  %c0 = attention.empty_carry #attention.softmax like %q, %k, %v : tensor<2x6x5x16xf32>, tensor<2x2x7x16xf32>, tensor<2x2x7x8xf32>
  %p1 = attention.visit %p0, %q, %k, %v carry(%c0 : !carry) from(%i, %i) mask(#attention.causal) keys(%exists : tensor<2x7xi1>)
      offset(%p : tensor<2xi64>) scale(0.5) bias(%bias : tensor<1x1x5x7xf32>) visible {
  ^bb0(%batch: index, %head: index, %query: index, %key: index):
    %r = arith.cmpi ne, %query, %key : index
    attention.yield %r : i1
  } score {
  ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
    attention.yield %s : f32
  } : !partial, tensor<2x6x5x16xf32>, tensor<2x2x7x16xf32>, tensor<2x2x7x8xf32>
  %c1 = attention.advance %c0, %k, %v from(%i) keys(%exists : tensor<2x7xi1>) : !carry, tensor<2x2x7x16xf32>, tensor<2x2x7x8xf32>
  %p2 = attention.join %p0, %p1 : !partial
  %o, %lse = attention.finish %p2 sink(%sink : tensor<6xf32>) log_sum_exp : !partial
  return %o, %lse, %c1 : tensor<2x6x5x8xf32>, tensor<2x6x5xf32>, !carry
}

!tile = !attention.partial<#attention.softmax, tensor<64x8xf32>>

// CHECK-LABEL: func @states_of_a_tile(
// CHECK: attention.empty_partial {{.*}} rows(64) :
// CHECK: attention.visit {{.*}} spans(%{{.*}}, %{{.*}} : tensor<?xi64>, tensor<?xi64>) window[%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}] [64, 128] :
// CHECK: attention.visit {{.*}} window[%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}] [64, 128] whole :
// CHECK: attention.finish {{.*}} log_sum_exp head(%{{.*}}) into(%{{.*}}, %{{.*}} : tensor<?x8xf32>, tensor<?xf32>) :
func.func @states_of_a_tile(%q: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x8xf32>, %starts: tensor<?xi64>, %i: index, %place: tensor<?x8xf32>,
    %rows: tensor<?xf32>, %bad: i1) -> (tensor<?x8xf32>, tensor<?xf32>) {
  %begin, %end = attention.document_spans %starts, %i : tensor<?xi64>
  %p0 = attention.empty_partial #attention.softmax like %q, %q, %v rows(64) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x8xf32>
  %p1 = attention.visit %p0, %q, %q, %v mask(#attention.causal) spans(%begin, %end : tensor<?xi64>, tensor<?xi64>) window[%i, %i, %i, %i] [64, 128]
      : !tile, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x8xf32>
  %p2 = attention.visit %p1, %q, %q, %v window[%i, %i, %i, %i] [64, 128] whole
      : !tile, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x8xf32>
  %o, %lse = attention.finish %p2 log_sum_exp head(%i) into(%place, %rows : tensor<?x8xf32>, tensor<?xf32>) : !tile
  // CHECK: attention.fail_if %{{.*}} order(%{{.*}}) "nothing to say"()
  attention.fail_if %bad order(%i) "nothing to say"()
  return %o, %lse : tensor<?x8xf32>, tensor<?xf32>
}

//===- glue ---------------------------------------------------------------===//

// CHECK-LABEL: func @glue(
func.func @glue(%x: tensor<?x?x32xbf16>, %w: tensor<48x32xbf16>, %b: tensor<48xbf16>, %g: tensor<32xbf16>, %table: tensor<29x32xf16>,
    %ids: tensor<?xi32>, %p: tensor<2xi64>, %at: tensor<2x?xi64>, %h: tensor<2x3x?x12xf64>) {
  // CHECK: attention.project %{{.*}}, %{{.*}} : tensor<?x?x32xbf16>, tensor<48x32xbf16>
  %0 = attention.project %x, %w : tensor<?x?x32xbf16>, tensor<48x32xbf16>
  // CHECK: attention.project %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x?x32xbf16>, tensor<48x32xbf16>, tensor<48xbf16>
  %1 = attention.project %x, %w, %b : tensor<?x?x32xbf16>, tensor<48x32xbf16>, tensor<48xbf16>
  // CHECK: %[[HEADS:.*]] = attention.split_heads %{{.*}} heads(4) : tensor<?x?x48xbf16>
  %2 = attention.split_heads %1 heads(4) : tensor<?x?x48xbf16>
  // CHECK: attention.merge_heads %[[HEADS]] : tensor<?x4x?x12xbf16>
  %3 = attention.merge_heads %2 : tensor<?x4x?x12xbf16>
  // CHECK: attention.rotary %{{.*}} base(1.000000e+04) : tensor<2x3x?x12xf64>
  %4 = attention.rotary %h base(10000.0) : tensor<2x3x?x12xf64>
  // CHECK: attention.rotary %{{.*}} base(1.000000e+04) offset(%{{.*}} : tensor<2xi64>) dims(8) interleaved : tensor<2x3x?x12xf64>
  %5 = attention.rotary %h base(10000.0) interleaved dims(8) offset(%p : tensor<2xi64>) : tensor<2x3x?x12xf64>
  // CHECK: attention.rotary %{{.*}} base(5.000000e-01) positions(%{{.*}} : tensor<2x?xi64>) : tensor<2x3x?x12xf64>
  %6 = attention.rotary %h base(0.5) positions(%at : tensor<2x?xi64>) : tensor<2x3x?x12xf64>
  // CHECK: attention.rms_norm %{{.*}}, %{{.*}} epsilon(0.000000e+00) : tensor<?x?x32xbf16>, tensor<32xbf16>
  %7 = attention.rms_norm %x, %g epsilon(0.0) : tensor<?x?x32xbf16>, tensor<32xbf16>
  // CHECK: attention.layer_norm %{{.*}}, %{{.*}}, %{{.*}} epsilon(1.000000e-05) : tensor<?x?x32xbf16>, tensor<32xbf16>, tensor<32xbf16>
  %8 = attention.layer_norm %x, %g, %g epsilon(1.0e-5) : tensor<?x?x32xbf16>, tensor<32xbf16>, tensor<32xbf16>
  // CHECK: attention.silu %{{.*}} : tensor<?x?x32xbf16>
  %9 = attention.silu %x : tensor<?x?x32xbf16>
  // CHECK: attention.gelu %{{.*}} : tensor<?x?x32xbf16>
  %10 = attention.gelu %x : tensor<?x?x32xbf16>
  // CHECK: attention.gelu approximate %{{.*}} : tensor<?x?x32xbf16>
  %11 = attention.gelu approximate %x : tensor<?x?x32xbf16>
  // CHECK: attention.embed %{{.*}}, %{{.*}} : tensor<29x32xf16>, tensor<?xi32>
  %12 = attention.embed %table, %ids : tensor<29x32xf16>, tensor<?xi32>
  // CHECK: %[[MEAN:.*]] = attention.mean_rows %{{.*}} : tensor<?x?x32xbf16>
  %13 = attention.mean_rows %x : tensor<?x?x32xbf16>
  // CHECK: attention.broadcast_rows %[[MEAN]] like %{{.*}} : tensor<?x1x32xbf16>, tensor<?x?x32xbf16>
  %14 = attention.broadcast_rows %13 like %x : tensor<?x1x32xbf16>, tensor<?x?x32xbf16>
  return
}

//===- names --------------------------------------------------------------===//

// CHECK-LABEL: func @names(
// CHECK-SAME: {attention.name = "ids", attention.tokens = 1 : i64}, %{{.*}}: tensor<4xf32> {attention.weight = "w"}) -> (tensor<?x?xi64> {attention.name = "o"})
func.func @names(%ids: tensor<?x?xi64> {attention.name = "ids", attention.tokens = 1 : i64}, %w: tensor<4xf32> {attention.weight = "w"})
    -> (tensor<?x?xi64> {attention.name = "o"}) {
  return %ids : tensor<?x?xi64>
}
