// RUN: attention-opt %s --attention-unfold-attend --attention-split-keys="few=16 span=1024" --canonicalize --cse | FileCheck %s

// Stretches of keys are visited in parallel, then joined in order. The choice depends on the numbers of queries and keys alone.
// CHECK-LABEL: func.func @splits_for_one_query(
// CHECK: scf.forall (%{{.*}}, %[[STRETCH:.*]]) in (8, 8)
// CHECK: %[[FIRST:.*]] = {{.*}}%[[STRETCH]]
// CHECK: attention.visit {{.*}}%[[FIRST]]] [16, 1024]
// CHECK: attention.pack_partial
// CHECK: scf.for
// CHECK: attention.unpack_partial
// CHECK: attention.join
// CHECK: attention.finish
func.func @splits_for_one_query(%q: tensor<1x8x1x64xf32>, %k: tensor<1x8x8192x64xf32>) -> tensor<1x8x1x64xf32> {
  %o = attention.attend #attention.softmax %q, %k, %k : tensor<1x8x1x64xf32>, tensor<1x8x8192x64xf32>, tensor<1x8x8192x64xf32>
  return %o : tensor<1x8x1x64xf32>
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
func.func @leaves_few_keys_alone(%q: tensor<1x8x1x64xf32>, %k: tensor<1x8x100x64xf32>) -> tensor<1x8x1x64xf32> {
  %o = attention.attend #attention.softmax %q, %k, %k : tensor<1x8x1x64xf32>, tensor<1x8x100x64xf32>, tensor<1x8x100x64xf32>
  return %o : tensor<1x8x1x64xf32>
}
