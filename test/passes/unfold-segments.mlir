// RUN: attention-opt %s --attention-unfold-segments --attention-resolve-sizes --canonicalize --cse --split-input-file --verify-diagnostics | FileCheck %s

// The memory is the segment before: between as many rows as it starts with and those of a segment.
// CHECK-DAG: #[[ROWS:.*]] = affine_map<(d0)[s0] -> (-d0 + s0, 4)>
// CHECK-LABEL: func.func @varies(
// CHECK-SAME: %[[X:.*]]: tensor<1x?x8xf32>, %[[START:.*]]: tensor<1x?x8xf32>)
// CHECK-DAG: %[[N:.*]] = tensor.dim %[[X]]
// CHECK-DAG: %[[M:.*]] = tensor.dim %[[START]]
// CHECK: %[[SHORT:.*]] = arith.minsi %[[N]], %c4
// CHECK: %[[MOST:.*]] = arith.maxsi %[[SHORT]], %[[M]]
// CHECK: %[[BUFFER:.*]] = tensor.insert_slice %[[START]] into
// CHECK: %[[LOOP:.*]]:3 = scf.for %[[I:.*]] = %c0 to %[[N]] step %c4 iter_args(%[[OUT:.*]] = {{.*}}, %[[B:.*]] = %[[BUFFER]], %[[SIZE:.*]] = %[[M]])
// CHECK: %[[HERE:.*]] = affine.min #[[ROWS]](%[[I]])[%[[N]]]
// CHECK: %[[SEGMENT:.*]] = tensor.extract_slice %[[X]][0, %[[I]], 0] [1, %[[HERE]], 8]
// CHECK: %[[KNOWN:.*]] = arith.minsi %[[SIZE]], %[[MOST]]
// CHECK: tensor.extract_slice %[[B]][0, 0, 0] [1, %[[KNOWN]], 8]
// CHECK: %[[Y:.*]] = arith.addf %[[SEGMENT]]
// CHECK: %[[ALL:.*]] = tensor.insert_slice %[[Y]] into %[[OUT]][0, %[[I]], 0] [1, %[[HERE]], 8]
// CHECK: %[[NEXT:.*]] = tensor.insert_slice %[[SEGMENT]] into %[[B]][0, 0, 0] [1, %[[HERE]], 8]
// CHECK: scf.yield %[[ALL]], %[[NEXT]], %[[HERE]]
// CHECK: tensor.extract_slice %[[LOOP]]#1[0, 0, 0] [1, %[[LOOP]]#2, 8]
func.func @varies(%x: tensor<1x?x8xf32>, %start: tensor<1x?x8xf32>) -> (tensor<1x?x8xf32>, tensor<1x?x8xf32>) {
  %y, %last = attention.segments %x carry(%start) length(4) {
  ^bb0(%segment: tensor<1x?x8xf32>, %memory: tensor<1x?x8xf32>):
    %m = attention.mean_rows %memory : tensor<1x?x8xf32>
    %b = attention.broadcast_rows %m like %segment : tensor<1x1x8xf32>, tensor<1x?x8xf32>
    %s = arith.addf %segment, %b : tensor<1x?x8xf32>
    attention.yield %s, %segment : tensor<1x?x8xf32>, tensor<1x?x8xf32>
  } : (tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> (tensor<1x?x8xf32>, tensor<1x?x8xf32>)
  return %y, %last : tensor<1x?x8xf32>, tensor<1x?x8xf32>
}

// -----

// A carry of one size is carried as it is.
// CHECK-LABEL: func.func @stays(
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}, %[[M:.*]] = %{{.*}}) -> (tensor<1x?x8xf32>, tensor<1x1x8xf32>)
// CHECK-NOT: tensor.extract_slice %[[M]]
// CHECK: %[[NEXT:.*]] = attention.mean_rows
// CHECK: scf.yield %{{.*}}, %[[NEXT]]
func.func @stays(%x: tensor<1x?x8xf32>, %start: tensor<1x1x8xf32>) -> tensor<1x?x8xf32> {
  %y, %last = attention.segments %x carry(%start) length(4) {
  ^bb0(%segment: tensor<1x?x8xf32>, %memory: tensor<1x1x8xf32>):
    %b = attention.broadcast_rows %memory like %segment : tensor<1x1x8xf32>, tensor<1x?x8xf32>
    %s = arith.addf %segment, %b : tensor<1x?x8xf32>
    %next = attention.mean_rows %s : tensor<1x?x8xf32>
    attention.yield %s, %next : tensor<1x?x8xf32>, tensor<1x1x8xf32>
  } : (tensor<1x?x8xf32>, tensor<1x1x8xf32>) -> (tensor<1x?x8xf32>, tensor<1x1x8xf32>)
  return %y : tensor<1x?x8xf32>
}

// -----

// What `embed` makes for the segments alone is looked up segment by segment; other readers see the whole.
// CHECK-LABEL: func.func @looks_up(
// CHECK-SAME: %[[TABLE:.*]]: tensor<9x8xf32>, %[[IDS:.*]]: tensor<2x?xi64>)
// CHECK-NOT: attention.embed
// CHECK: scf.for %[[I:.*]] = %c0 to
// CHECK: %[[HERE:.*]] = affine.min
// CHECK: %[[PART:.*]] = tensor.extract_slice %[[IDS]][0, %[[I]]] [2, %[[HERE]]] [1, 1]
// CHECK: attention.embed %[[TABLE]], %[[PART]]
func.func @looks_up(%table: tensor<9x8xf32>, %ids: tensor<2x?xi64>) -> tensor<2x?x8xf32> {
  %x = attention.embed %table, %ids : tensor<9x8xf32>, tensor<2x?xi64>
  %y = attention.segments %x length(4) {
  ^bb0(%segment: tensor<2x?x8xf32>):
    %s = attention.silu %segment : tensor<2x?x8xf32>
    attention.yield %s : tensor<2x?x8xf32>
  } : (tensor<2x?x8xf32>) -> tensor<2x?x8xf32>
  return %y : tensor<2x?x8xf32>
}

// -----

// CHECK-LABEL: func.func @looks_up_for_others(
// CHECK: %[[X:.*]] = attention.embed
// CHECK: scf.for
// CHECK-NOT: attention.embed
// CHECK: tensor.extract_slice %[[X]]
func.func @looks_up_for_others(%table: tensor<9x8xf32>, %ids: tensor<2x?xi64>) -> tensor<2x?x8xf32> {
  %x = attention.embed %table, %ids : tensor<9x8xf32>, tensor<2x?xi64>
  %y = attention.segments %x length(4) {
  ^bb0(%segment: tensor<2x?x8xf32>):
    %s = attention.silu %segment : tensor<2x?x8xf32>
    attention.yield %s : tensor<2x?x8xf32>
  } : (tensor<2x?x8xf32>) -> tensor<2x?x8xf32>
  %z = arith.addf %x, %y : tensor<2x?x8xf32>
  return %z : tensor<2x?x8xf32>
}

// -----

func.func @grows(%x: tensor<1x?x8xf32>, %start: tensor<1x?x8xf32>) -> tensor<1x?x8xf32> {
  // expected-error @below {{'attention.segments' op expects carries of bounded size where it is compiled, but dimension 1 of carry 0 grows from segment to segment}}
  %y, %last = attention.segments %x carry(%start) length(4) {
  ^bb0(%segment: tensor<1x?x8xf32>, %memory: tensor<1x?x8xf32>):
    %u = tensor.concat dim(1) %memory, %segment : (tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> tensor<1x?x8xf32>
    attention.yield %segment, %u : tensor<1x?x8xf32>, tensor<1x?x8xf32>
  } : (tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> (tensor<1x?x8xf32>, tensor<1x?x8xf32>)
  return %y : tensor<1x?x8xf32>
}
