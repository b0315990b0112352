// RUN: attention-opt %s --attention-fuse-epilogue | FileCheck %s

// CHECK-LABEL: func.func @joins_what_follows_a_projection(
func.func @joins_what_follows_a_projection(%x: tensor<?x?x32xf32>, %w: tensor<48x32xf32>, %b: tensor<48xf32>, %r: tensor<?x?x48xf32>) -> tensor<?x?x48xf32> {
  // CHECK: %[[Y:.*]] = attention.fused {
  // CHECK-NEXT: %[[P:.*]] = attention.project
  // CHECK-NEXT: %[[G:.*]] = attention.gelu %[[P]]
  // CHECK-NEXT: %[[S:.*]] = arith.addf %[[G]]
  // CHECK-NEXT: attention.yield %[[S]] : tensor<?x?x48xf32>
  // CHECK-NEXT: } : tensor<?x?x48xf32>
  // CHECK-NEXT: return %[[Y]]
  %p = attention.project %x, %w, %b : tensor<?x?x32xf32>, tensor<48x32xf32>, tensor<48xf32>
  %g = attention.gelu %p : tensor<?x?x48xf32>
  %s = arith.addf %g, %r : tensor<?x?x48xf32>
  return %s : tensor<?x?x48xf32>
}

// CHECK-LABEL: func.func @joins_gate_and_value(
func.func @joins_gate_and_value(%x: tensor<?x?x32xf32>, %gate: tensor<48x32xf32>, %up: tensor<48x32xf32>) -> tensor<?x?x48xf32> {
  // CHECK: attention.fused
  // CHECK-COUNT-2: attention.project
  // CHECK: attention.yield
  // CHECK-NOT: attention.fused
  %a = attention.project %x, %gate : tensor<?x?x32xf32>, tensor<48x32xf32>
  %s = attention.silu %a : tensor<?x?x48xf32>
  %u = attention.project %x, %up : tensor<?x?x32xf32>, tensor<48x32xf32>
  %y = arith.mulf %s, %u : tensor<?x?x48xf32>
  return %y : tensor<?x?x48xf32>
}

// The sum is read twice: it is computed once, by the projection.
// CHECK-LABEL: func.func @computes_once_what_is_read_twice(
func.func @computes_once_what_is_read_twice(%x: tensor<?x32xf32>, %w: tensor<32x32xf32>, %g: tensor<32xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  // CHECK: %[[S:.*]] = attention.fused {
  // CHECK-NEXT: attention.project
  // CHECK-NEXT: arith.addf
  // CHECK-NEXT: attention.yield
  // CHECK-NEXT: }
  // CHECK-NEXT: %[[N:.*]] = attention.rms_norm %[[S]]
  // CHECK-NEXT: return %[[S]], %[[N]]
  %p = attention.project %x, %w : tensor<?x32xf32>, tensor<32x32xf32>
  %s = arith.addf %p, %x : tensor<?x32xf32>
  %n = attention.rms_norm %s, %g epsilon(1.0e-6) : tensor<?x32xf32>, tensor<32xf32>
  return %s, %n : tensor<?x32xf32>, tensor<?x32xf32>
}

// CHECK-LABEL: func.func @joins_norm_to_projection_of_one_panel(
func.func @joins_norm_to_projection_of_one_panel(%x: tensor<?x32xf32>, %w: tensor<48x32xf32>, %g: tensor<48xf32>) -> tensor<?x48xf32> {
  // CHECK: attention.fused
  // CHECK-NEXT: attention.project
  // CHECK-NEXT: attention.rms_norm
  %p = attention.project %x, %w : tensor<?x32xf32>, tensor<48x32xf32>
  %n = attention.rms_norm %p, %g epsilon(1.0e-6) : tensor<?x48xf32>, tensor<48xf32>
  return %n : tensor<?x48xf32>
}

// Whole rows in one tile would leave a task for each tile of rows only.
// CHECK-LABEL: func.func @keeps_norm_from_projection_of_many_panels(
func.func @keeps_norm_from_projection_of_many_panels(%x: tensor<?x384xf32>, %r: tensor<?x384xf32>, %w: tensor<384x384xf32>, %g: tensor<384xf32>, %b: tensor<384xf32>) -> tensor<?x384xf32> {
  // CHECK: %[[S:.*]] = attention.fused {
  // CHECK-NEXT: attention.project
  // CHECK-NEXT: arith.addf
  // CHECK-NEXT: attention.yield
  // CHECK-NEXT: }
  // CHECK-NEXT: attention.layer_norm %[[S]]
  %p = attention.project %x, %w : tensor<?x384xf32>, tensor<384x384xf32>
  %s = arith.addf %p, %r : tensor<?x384xf32>
  %n = attention.layer_norm %s, %g, %b epsilon(1.0e-5) : tensor<?x384xf32>, tensor<384xf32>, tensor<384xf32>
  return %n : tensor<?x384xf32>
}

// CHECK-LABEL: func.func @joins_embeddings_their_sum_and_norm(
func.func @joins_embeddings_their_sum_and_norm(%words: tensor<29x12xf32>, %places: tensor<8x12xf32>, %ids: tensor<2x?xi64>, %at: tensor<2x?xi64>, %g: tensor<12xf32>, %b: tensor<12xf32>) -> tensor<2x?x12xf32> {
  // CHECK: attention.fused
  // CHECK-COUNT-2: attention.embed
  // CHECK: arith.addf
  // CHECK: attention.layer_norm
  // CHECK-NEXT: attention.yield
  %w = attention.embed %words, %ids : tensor<29x12xf32>, tensor<2x?xi64>
  %p = attention.embed %places, %at : tensor<8x12xf32>, tensor<2x?xi64>
  %s = arith.addf %w, %p : tensor<2x?x12xf32>
  %n = attention.layer_norm %s, %g, %b epsilon(1.0e-5) : tensor<2x?x12xf32>, tensor<12xf32>, tensor<12xf32>
  return %n : tensor<2x?x12xf32>
}

// A weight is converted where it is read; what a projection reads of its input
// is read again by each panel, and so computed before.
// CHECK-LABEL: func.func @joins_casts_of_parameters_alone(
func.func @joins_casts_of_parameters_alone(%x: tensor<?x32xbf16>, %w: tensor<48x32xf32>) -> tensor<?x48xbf16> {
  // CHECK: %[[S:.*]] = attention.silu
  // CHECK: attention.fused
  // CHECK-NEXT: %[[W:.*]] = arith.truncf
  // CHECK-NEXT: attention.project %[[S]], %[[W]]
  %s = attention.silu %x : tensor<?x32xbf16>
  %narrow = arith.truncf %w : tensor<48x32xf32> to tensor<48x32xbf16>
  %p = attention.project %s, %narrow : tensor<?x32xbf16>, tensor<48x32xbf16>
  return %p : tensor<?x48xbf16>
}

// CHECK-LABEL: func.func @leaves_attend_alone(
func.func @leaves_attend_alone(%q: tensor<1x2x?x8xf32>, %k: tensor<1x2x?x8xf32>, %w: tensor<16x16xf32>) -> tensor<1x?x16xf32> {
  // CHECK: attention.rotary
  // CHECK-NEXT: attention.attend
  // CHECK-NEXT: attention.merge_heads
  // CHECK-NEXT: attention.project
  // CHECK-NOT: attention.fused
  %r = attention.rotary %q base(10000.0) : tensor<1x2x?x8xf32>
  %o = attention.attend #attention.softmax %r, %k, %k : tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>
  %m = attention.merge_heads %o : tensor<1x2x?x8xf32>
  %p = attention.project %m, %w : tensor<1x?x16xf32>, tensor<16x16xf32>
  return %p : tensor<1x?x16xf32>
}

// One value for each row is part of the kernel that repeats it along the rows, and computed once.
// CHECK-LABEL: func.func @joins_sums_of_rows(
func.func @joins_sums_of_rows(%x: tensor<?x?x32xf32>, %w: tensor<32x32xf32>, %init: tensor<?x?xf32>, %empty: tensor<?x?x32xf32>) -> tensor<?x?x32xf32> {
  // CHECK: %[[Y:.*]] = attention.fused {
  // CHECK-NEXT: %[[P:.*]] = attention.project
  // CHECK-NEXT: %[[SUM:.*]] = linalg.reduce {{.*}} ins(%[[P]]
  // CHECK: %[[ALL:.*]] = linalg.broadcast ins(%[[SUM]]
  // CHECK-NEXT: %[[R:.*]] = arith.divf %[[P]], %[[ALL]]
  // CHECK-NEXT: attention.yield %[[R]]
  // CHECK-NEXT: }
  // CHECK-NEXT: return %[[Y]]
  %p = attention.project %x, %w : tensor<?x?x32xf32>, tensor<32x32xf32>
  %sum = linalg.reduce {arith.addf} ins(%p : tensor<?x?x32xf32>) outs(%init : tensor<?x?xf32>) dimensions = [2]
  %all = linalg.broadcast ins(%sum : tensor<?x?xf32>) outs(%empty : tensor<?x?x32xf32>) dimensions = [2]
  %r = arith.divf %p, %all : tensor<?x?x32xf32>
  return %r : tensor<?x?x32xf32>
}

// Sums that are read elsewhere, too, are computed before.
// CHECK-LABEL: func.func @keeps_sums_that_others_read(
func.func @keeps_sums_that_others_read(%x: tensor<?x32xf32>, %init: tensor<?xf32>, %empty: tensor<?x32xf32>) -> (tensor<?x32xf32>, tensor<?xf32>) {
  // CHECK-NOT: attention.fused
  %sum = linalg.reduce {arith.addf} ins(%x : tensor<?x32xf32>) outs(%init : tensor<?xf32>) dimensions = [1]
  %all = linalg.broadcast ins(%sum : tensor<?xf32>) outs(%empty : tensor<?x32xf32>) dimensions = [1]
  %r = arith.divf %x, %all : tensor<?x32xf32>
  return %r, %sum : tensor<?x32xf32>, tensor<?xf32>
}
