// RUN: attention-opt %s --attention-unfold-attend --attention-tile-queries --attention-fuse-epilogue --attention-join-tasks --split-input-file | FileCheck %s

// What follows attention row by row becomes a part of its tasks: the projection, the residual and the norm. The output of the attention is scratch.
// CHECK-LABEL: func.func @goes_on(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x?x32xf32>
// CHECK: %[[Y:.*]] = scf.forall {{.*}} shared_outs(%[[ALL:.*]] = %{{.*}}) -> (tensor<?x?x32xf32>)
// CHECK: %[[SCRATCH:.*]] = tensor.empty() : tensor<64x32xf32>
// CHECK: %[[TILE:.*]] = tensor.extract_slice %[[SCRATCH]]
// CHECK: %[[O:.*]] = attention.finish {{.*}} into(%[[TILE]]
// CHECK: %[[PLACE:.*]] = tensor.extract_slice %[[ALL]]
// CHECK: %[[ROWS:.*]] = tensor.extract_slice %[[X]]
// CHECK: %[[R:.*]] = attention.fused into(%[[PLACE]] : tensor<?x32xf32>) rows(64) {
// CHECK-NEXT: attention.project %[[O]]
// CHECK-NEXT: arith.addf %[[ROWS]]
// CHECK-NEXT: attention.rms_norm
// CHECK-NEXT: attention.yield
// CHECK: tensor.parallel_insert_slice %[[R]] into %[[ALL]]
// CHECK: return %[[Y]]
func.func @goes_on(%q: tensor<?x1x?x32xf32>, %k: tensor<?x1x?x32xf32>, %x: tensor<?x?x32xf32>, %w: tensor<32x32xf32>, %g: tensor<32xf32>) -> tensor<?x?x32xf32> {
  %oh = attention.attend #attention.softmax %q, %k, %k : tensor<?x1x?x32xf32>, tensor<?x1x?x32xf32>, tensor<?x1x?x32xf32>
  %o = attention.merge_heads %oh : tensor<?x1x?x32xf32>
  %p = attention.project %o, %w : tensor<?x?x32xf32>, tensor<32x32xf32>
  %s = arith.addf %x, %p : tensor<?x?x32xf32>
  %n = attention.rms_norm %s, %g epsilon(1.0e-6) : tensor<?x?x32xf32>, tensor<32xf32>
  return %n : tensor<?x?x32xf32>
}

// -----

// Two kernels read the same output, one of them the other's, too: a loop with three results, each computed once. What stands behind the attention
// and does not need it moves before it.
// CHECK-LABEL: func.func @shares(
// CHECK: %[[H:.*]] = math.exp
// CHECK: %[[ALL:.*]]:3 = scf.forall
// CHECK: %[[O:.*]] = attention.finish
// CHECK: %[[A:.*]] = attention.fused into
// CHECK-NEXT: arith.mulf %[[O]]
// CHECK: %[[B:.*]] = attention.fused into
// CHECK-NEXT: arith.addf %[[A]], %[[O]]
// CHECK-NOT: attention.fused
// CHECK: return %[[ALL]]#0, %[[ALL]]#1, %[[ALL]]#2
func.func @shares(%q: tensor<1x1x40x32xf32>, %t: f32) -> (tensor<1x1x40x32xf32>, tensor<1x1x40x32xf32>, tensor<1x1x40x32xf32>) {
  %o = attention.attend #attention.softmax %q, %q, %q : tensor<1x1x40x32xf32>, tensor<1x1x40x32xf32>, tensor<1x1x40x32xf32>
  %h = math.exp %t : f32
  %f = tensor.splat %h : tensor<1x1x40x32xf32>
  %a = arith.mulf %o, %f : tensor<1x1x40x32xf32>
  %b = arith.addf %a, %o : tensor<1x1x40x32xf32>
  return %o, %a, %b : tensor<1x1x40x32xf32>, tensor<1x1x40x32xf32>, tensor<1x1x40x32xf32>
}

// -----

// A task of one of several merged heads has no whole rows; turned rows ask for their place; a weight of many panels wants more tasks.
// CHECK-LABEL: func.func @stays_apart(
// CHECK-NOT: attention.fused into
// CHECK: return
func.func @stays_apart(%q: tensor<?x2x?x32xf32>, %one: tensor<?x1x?x32xf32>, %x: tensor<?x?x64xf32>, %w: tensor<4096x32xf32>)
    -> (tensor<?x?x64xf32>, tensor<?x1x?x32xf32>, tensor<?x?x4096xf32>) {
  %oh = attention.attend #attention.softmax %q, %q, %q : tensor<?x2x?x32xf32>, tensor<?x2x?x32xf32>, tensor<?x2x?x32xf32>
  %o = attention.merge_heads %oh : tensor<?x2x?x32xf32>
  %s = arith.addf %o, %x : tensor<?x?x64xf32>
  %two = attention.attend #attention.softmax %one, %one, %one : tensor<?x1x?x32xf32>, tensor<?x1x?x32xf32>, tensor<?x1x?x32xf32>
  %turned = attention.rotary %two base(10000.0) : tensor<?x1x?x32xf32>
  %three = attention.attend #attention.relu<power = 2> %one, %one, %one : tensor<?x1x?x32xf32>, tensor<?x1x?x32xf32>, tensor<?x1x?x32xf32>
  %rows = attention.merge_heads %three : tensor<?x1x?x32xf32>
  %wide = attention.project %rows, %w : tensor<?x?x32xf32>, tensor<4096x32xf32>
  return %s, %turned, %wide : tensor<?x?x64xf32>, tensor<?x1x?x32xf32>, tensor<?x?x4096xf32>
}

// -----

// What needs the output of the attention as a whole cannot be there before its tasks go on.
// CHECK-LABEL: func.func @needs_all_rows(
// CHECK: scf.forall
// CHECK: attention.mean_rows
// CHECK: attention.broadcast_rows
// CHECK: arith.subf
func.func @needs_all_rows(%q: tensor<?x1x?x32xf32>) -> tensor<?x?x32xf32> {
  %oh = attention.attend #attention.softmax %q, %q, %q : tensor<?x1x?x32xf32>, tensor<?x1x?x32xf32>, tensor<?x1x?x32xf32>
  %o = attention.merge_heads %oh : tensor<?x1x?x32xf32>
  %mean = attention.mean_rows %o : tensor<?x?x32xf32>
  %all = attention.broadcast_rows %mean like %o : tensor<?x1x32xf32>, tensor<?x?x32xf32>
  %r = arith.subf %o, %all : tensor<?x?x32xf32>
  return %r : tensor<?x?x32xf32>
}
