// RUN: attention-opt %s --attention-unfold-attend --attention-split-keys="few=16 span=1024" --canonicalize --cse | FileCheck %s
// RUN: attention-opt %s --attention-unfold-attend --attention-split-keys="few=16 span=256 least=16 tasks=64 fan=3" --canonicalize --cse | FileCheck %s --check-prefix=TASKS

// Stretches of keys are visited in parallel, then joined in order. The choice depends on the numbers of queries and keys alone.
// CHECK-LABEL: func.func @splits_for_few_queries(
// CHECK: scf.forall (%{{.*}}, %[[STRETCH:.*]]) in (8, 8)
// CHECK: %[[FIRST:.*]] = {{.*}}%[[STRETCH]]
// CHECK: attention.visit {{.*}}%[[FIRST]]] [16, 1024]
// CHECK: attention.pack_partial
// CHECK: scf.for
// CHECK: attention.unpack_partial
// CHECK: attention.join
// CHECK: attention.finish
func.func @splits_for_few_queries(%q: tensor<1x8x2x64xf32>, %k: tensor<1x8x8192x64xf32>) -> tensor<1x8x2x64xf32> {
  %o = attention.attend #attention.softmax %q, %k, %k : tensor<1x8x2x64xf32>, tensor<1x8x8192x64xf32>, tensor<1x8x8192x64xf32>
  return %o : tensor<1x8x2x64xf32>
}

// With a number of tasks, each visits its neighbouring stretches one after the other: 32 stretches of 8 heads are 64 tasks. With
// a fan, every 3 neighbours are joined first.
// TASKS-LABEL: func.func @splits_for_few_queries(
// TASKS: scf.forall (%{{.*}}, %[[TASK:.*]]) in (8, 8)
// TASKS:   %[[FIRST:.*]] = arith.muli %[[TASK]], %c4
// TASKS:   scf.for %[[I:.*]] = %c0 to %{{.*}} step %c1 iter_args
// TASKS:     %[[STRETCH:.*]] = arith.addi %[[FIRST]], %[[I]]
// TASKS:     %[[KEY:.*]] = arith.muli %[[STRETCH]], %c256
// TASKS:     attention.visit {{.*}}%[[KEY]]] [16, 256]
// TASKS:   attention.pack_partial
// TASKS: scf.forall (%{{.*}}, %[[GROUP:.*]]) in (8, 3)
// TASKS:   arith.muli %[[GROUP]], %c3
// TASKS:   attention.join
// TASKS:   attention.pack_partial
// TASKS: scf.forall (%{{.*}}) in (8)
// TASKS:   scf.for %{{.*}} = %c0 to %c3
// TASKS:     attention.join
// TASKS:   attention.finish

// A lone query is a row of its own, however few the keys are.
// CHECK-LABEL: func.func @splits_for_one_query(
// CHECK: attention.visit {{.*}} [1, 1024] :
// CHECK: attention.join
func.func @splits_for_one_query(%q: tensor<1x8x1x64xf32>, %k: tensor<1x8x100x64xf32>) -> tensor<1x8x1x64xf32> {
  %o = attention.attend #attention.softmax %q, %k, %k : tensor<1x8x1x64xf32>, tensor<1x8x100x64xf32>, tensor<1x8x100x64xf32>
  return %o : tensor<1x8x1x64xf32>
}

// Its tile has as many rows as the target's smallest.
// TASKS-LABEL: func.func @splits_for_one_query(
// TASKS: attention.visit {{.*}} [16, 256] :

// The heads that share keys are the rows of its tile, and are written where merged heads go.
// CHECK-LABEL: func.func @takes_a_group_of_heads(
// CHECK-SAME:    %[[Q:.+]]: tensor<2x8x1x64xf32>
// CHECK: %[[ROWS:.+]] = tensor.expand_shape {{.*}} output_shape [2, 2, 4, 64]
// CHECK: scf.forall {{.*}} in (2, 2, 8)
// CHECK: attention.visit %{{.+}}, %[[ROWS]], {{.*}} [4, 1024] alike
// CHECK: scf.forall {{.*}} in (2, 2) {{.*}} -> (tensor<2x1x512xf32>)
// CHECK: attention.finish {{.*}} into(%{{.+}} : tensor<4x64xf32>)
func.func @takes_a_group_of_heads(%q: tensor<2x8x1x64xf32>, %k: tensor<2x2x8192x64xf32>) -> tensor<2x1x512xf32> {
  %o = attention.attend #attention.softmax %q, %k, %k mask(#attention.window<100>) : tensor<2x8x1x64xf32>, tensor<2x2x8192x64xf32>, tensor<2x2x8192x64xf32>
  %m = attention.merge_heads %o : tensor<2x8x1x64xf32>
  return %m : tensor<2x1x512xf32>
}

// What asks for a row's own head goes head by head.
// CHECK-LABEL: func.func @keeps_heads_with_a_bias_apart(
// CHECK: scf.forall {{.*}} in (2, 8, 8)
// CHECK: attention.visit {{.*}} [1, 1024] :
func.func @keeps_heads_with_a_bias_apart(%q: tensor<2x8x1x64xf32>, %k: tensor<2x2x8192x64xf32>, %b: tensor<1x8x1x8192xf32>) -> tensor<2x8x1x64xf32> {
  %o = attention.attend #attention.softmax %q, %k, %k bias(%b : tensor<1x8x1x8192xf32>) : tensor<2x8x1x64xf32>, tensor<2x2x8192x64xf32>, tensor<2x2x8192x64xf32>
  return %o : tensor<2x8x1x64xf32>
}

// Where there is a query for each key, few queries have few keys.
// CHECK-LABEL: func.func @leaves_tokens_of_themselves_alone(
// CHECK-NOT: attention.join
// CHECK: return
func.func @leaves_tokens_of_themselves_alone(%x: tensor<2x8x?x64xf32>) -> tensor<2x8x?x64xf32> {
  %o = attention.attend #attention.softmax %x, %x, %x : tensor<2x8x?x64xf32>, tensor<2x8x?x64xf32>, tensor<2x8x?x64xf32>
  return %o : tensor<2x8x?x64xf32>
}

// CHECK-LABEL: func.func @leaves_many_queries_alone(
// CHECK-NOT: attention.join
// CHECK: return
func.func @leaves_many_queries_alone(%q: tensor<1x8x64x64xf32>, %k: tensor<1x8x8192x64xf32>) -> tensor<1x8x64x64xf32> {
  %o = attention.attend #attention.softmax %q, %k, %k : tensor<1x8x64x64xf32>, tensor<1x8x8192x64xf32>, tensor<1x8x8192x64xf32>
  return %o : tensor<1x8x64x64xf32>
}

// CHECK-LABEL: func.func @leaves_few_keys_alone(
// CHECK-NOT: attention.join
// CHECK: return
func.func @leaves_few_keys_alone(%q: tensor<1x8x2x64xf32>, %k: tensor<1x8x100x64xf32>) -> tensor<1x8x2x64xf32> {
  %o = attention.attend #attention.softmax %q, %k, %k : tensor<1x8x2x64xf32>, tensor<1x8x100x64xf32>, tensor<1x8x100x64xf32>
  return %o : tensor<1x8x2x64xf32>
}
