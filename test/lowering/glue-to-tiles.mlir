// RUN: attention-opt %s --attention-glue-to-tiles --canonicalize --cse | FileCheck %s
// Nothing is copied, and nothing but results is allocated.
// RUN: attention-opt %s --attention-glue-to-tiles --canonicalize --cse \
// RUN:   --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" \
// RUN:   --canonicalize --cse --canonicalize | FileCheck %s --check-prefix=MEMORY
// MEMORY-NOT: memref.copy

// CHECK-DAG: #[[LEFT:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[RIGHT:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-LABEL: func.func @projects_by_panels(
// CHECK-SAME: %[[X:.*]]: tensor<?x?x384xf32>, %[[W:.*]]: tensor<1536x384xf32>, %[[B:.*]]: tensor<1536xf32>)
func.func @projects_by_panels(%x: tensor<?x?x384xf32>, %w: tensor<1536x384xf32>, %b: tensor<1536xf32>) -> tensor<?x?x1536xf32> {
  // CHECK: scf.forall
  // CHECK-DAG: %[[L:.*]] = vector.transfer_read %[[X]]{{.*}} {in_bounds = [false, true]} : tensor<?x?x384xf32>, vector<128x384xf32>
  // CHECK-DAG: %[[R:.*]] = vector.transfer_read %[[W]]{{.*}} {in_bounds = [true, true]} : tensor<1536x384xf32>, vector<96x384xf32>
  // CHECK: %[[P:.*]] = vector.contract {indexing_maps = [#[[LEFT]], #[[RIGHT]], {{.*}} %[[L]], %[[R]]
  // CHECK: math.erf
  // CHECK: vector.transfer_write {{.*}} {in_bounds = [false, true]} : vector<128x96xf32>, tensor<?x96xf32>
  // CHECK: tensor.parallel_insert_slice
  // CHECK-NOT: scf.forall
  %y = attention.fused {
    %p = attention.project %x, %w, %b : tensor<?x?x384xf32>, tensor<1536x384xf32>, tensor<1536xf32>
    %g = attention.gelu %p : tensor<?x?x1536xf32>
    attention.yield %g : tensor<?x?x1536xf32>
  } : tensor<?x?x1536xf32>
  return %y : tensor<?x?x1536xf32>
}

// Columns that do not exist count neither for the mean nor for the variance.
// CHECK-LABEL: func.func @masks_padding_of_norms(
func.func @masks_padding_of_norms(%x: tensor<?x?x30xf32>, %g: tensor<30xf32>, %b: tensor<30xf32>, %r: tensor<?x?x30xf32>) -> tensor<?x?x30xf32> {
  // CHECK: scf.forall
  // CHECK: %[[SUM:.*]] = arith.addf {{.*}} : vector<128x32xf32>
  // CHECK: %[[KEPT:.*]] = arith.select %[[EXISTS:.*]], %[[SUM]],
  // CHECK: vector.multi_reduction <add>, %[[KEPT]]
  // CHECK: %[[SQUARE:.*]] = arith.mulf %[[D:.*]], %[[D]]
  // CHECK: %[[KEPT_SQUARE:.*]] = arith.select %[[EXISTS]], %[[SQUARE]],
  // CHECK: vector.multi_reduction <add>, %[[KEPT_SQUARE]]
  %y = attention.fused {
    %s = arith.addf %x, %r : tensor<?x?x30xf32>
    %n = attention.layer_norm %s, %g, %b epsilon(1.0e-5) : tensor<?x?x30xf32>, tensor<30xf32>, tensor<30xf32>
    attention.yield %n : tensor<?x?x30xf32>
  } : tensor<?x?x30xf32>
  return %y : tensor<?x?x30xf32>
}
