// RUN: attention-opt %s --attention-forward-concat --split-input-file | FileCheck %s
// RUN: attention-opt %s --attention-forward-concat --attention-unfold-attend --attention-decompose-concat --canonicalize --split-input-file | FileCheck %s --check-prefix=VISITS

// Keys and values are projected piece by piece; the memory is visited before the tokens, by the same queries.
// CHECK-LABEL: func.func @keys_and_values(
// CHECK-SAME: %[[M:.*]]: tensor<1x?x16xf32>, %[[X:.*]]: tensor<1x?x16xf32>, %[[W:.*]]: tensor<16x16xf32>)
// CHECK-DAG: %[[PM:.*]] = attention.project %[[M]], %[[W]]
// CHECK-DAG: %[[PX:.*]] = attention.project %[[X]], %[[W]]
// CHECK: %[[HM:.*]] = attention.split_heads %[[PM]] heads(2)
// CHECK: %[[HX:.*]] = attention.split_heads %[[PX]] heads(2)
// CHECK: %[[K:.*]] = tensor.concat dim(2) %[[HM]], %[[HX]]
// CHECK: attention.attend #attention.softmax %{{.*}}, %[[K]], %[[K]]
// VISITS-LABEL: func.func @keys_and_values(
// VISITS-NOT: tensor.insert_slice
// VISITS: %[[P0:.*]] = attention.empty_partial
// VISITS: %[[P1:.*]] = attention.visit %[[P0]], %[[Q:.*]], %[[HM:.*]], %[[HM]] from(%[[FIRST:.*]], %c0) mask(#attention.causal)
// VISITS: %[[ROWS:.*]] = tensor.dim %[[HM]]
// VISITS: attention.visit %[[P1]], %[[Q]], %[[HX:.*]], %[[HX]] from(%[[FIRST]], %[[ROWS]]) mask(#attention.causal)
func.func @keys_and_values(%m: tensor<1x?x16xf32>, %x: tensor<1x?x16xf32>, %w: tensor<16x16xf32>) -> tensor<1x2x?x8xf32> {
  %u = tensor.concat dim(1) %m, %x : (tensor<1x?x16xf32>, tensor<1x?x16xf32>) -> tensor<1x?x16xf32>
  %k = attention.project %u, %w : tensor<1x?x16xf32>, tensor<16x16xf32>
  %qh = attention.split_heads %x heads(2) : tensor<1x?x16xf32>
  %kh = attention.split_heads %k heads(2) : tensor<1x?x16xf32>
  %o = attention.attend #attention.softmax %qh, %kh, %kh mask(#attention.causal) : tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>
  return %o : tensor<1x2x?x8xf32>
}

// -----

// Rows that something else reads, too, or that a clause counts, are joined.
// CHECK-LABEL: func.func @read_elsewhere(
// CHECK: %[[U:.*]] = tensor.concat
// CHECK: attention.project %[[U]]
// VISITS-LABEL: func.func @read_elsewhere(
// VISITS-COUNT-2: tensor.insert_slice
// VISITS-COUNT-1: attention.visit
func.func @read_elsewhere(%m: tensor<1x?x16xf32>, %x: tensor<1x?x16xf32>, %w: tensor<16x16xf32>) -> (tensor<1x2x?x8xf32>, tensor<1x?x16xf32>) {
  %u = tensor.concat dim(1) %m, %x : (tensor<1x?x16xf32>, tensor<1x?x16xf32>) -> tensor<1x?x16xf32>
  %k = attention.project %u, %w : tensor<1x?x16xf32>, tensor<16x16xf32>
  %kh = attention.split_heads %k heads(2) : tensor<1x?x16xf32>
  %o = attention.attend #attention.softmax %kh, %kh, %kh : tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>
  return %o, %u : tensor<1x2x?x8xf32>, tensor<1x?x16xf32>
}

// -----

// CHECK-LABEL: func.func @clause_over_all_keys(
// CHECK: tensor.concat
// CHECK-NEXT: attention.attend
// VISITS-LABEL: func.func @clause_over_all_keys(
// VISITS-COUNT-2: tensor.insert_slice
// VISITS: attention.visit {{.*}} keys(
// VISITS-NOT: attention.visit
func.func @clause_over_all_keys(%m: tensor<1x2x?x8xf32>, %x: tensor<1x2x?x8xf32>, %exist: tensor<1x?xi1>) -> tensor<1x2x?x8xf32> {
  %u = tensor.concat dim(2) %m, %x : (tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>) -> tensor<1x2x?x8xf32>
  %o = attention.attend #attention.softmax %x, %u, %u keys(%exist : tensor<1x?xi1>) : tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>
  return %o : tensor<1x2x?x8xf32>
}

// -----

// Pieces of keys and values that need not be of the same rows are joined.
// CHECK-LABEL: func.func @other_pieces(
// VISITS-LABEL: func.func @other_pieces(
// VISITS-COUNT-4: tensor.insert_slice
// VISITS-COUNT-1: attention.visit
// VISITS-NOT: attention.visit
func.func @other_pieces(%a: tensor<1x2x?x8xf32>, %b: tensor<1x2x?x8xf32>) -> tensor<1x2x?x8xf32> {
  %k = tensor.concat dim(2) %a, %b : (tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>) -> tensor<1x2x?x8xf32>
  %v = tensor.concat dim(2) %b, %a : (tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>) -> tensor<1x2x?x8xf32>
  %o = attention.attend #attention.softmax %a, %k, %v : tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>
  return %o : tensor<1x2x?x8xf32>
}
