// RUN: attention-opt %s --attention-glue-to-tiles=panel-bytes=262144 --canonicalize --cse | FileCheck %s
// Nothing is copied, and nothing but results is allocated.
// RUN: attention-opt %s --attention-glue-to-tiles=panel-bytes=262144 --canonicalize --cse \
// RUN:   --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" \
// RUN:   --canonicalize --cse --canonicalize | FileCheck %s --check-prefix=MEMORY
// MEMORY-NOT: memref.copy

// CHECK-DAG: #[[LEFT:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[RIGHT:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-LABEL: func.func @projects_by_panels(
// CHECK-SAME: %[[X:.*]]: tensor<?x?x384xf32>, %[[W:.*]]: tensor<1536x384xf32>, %[[B:.*]]: tensor<1536xf32>)
func.func @projects_by_panels(%x: tensor<?x?x384xf32>, %w: tensor<1536x384xf32>, %b: tensor<1536xf32>) -> tensor<?x?x1536xf32> {
  // CHECK: scf.forall
  // CHECK-DAG: %[[L:.*]] = vector.transfer_read %{{.*}} {in_bounds = [false, true]} : tensor<?x384xf32>, vector<128x384xf32>
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

// Heads are cut and joined by indices alone.
// CHECK-LABEL: func.func @turns_halves_of_heads(
// CHECK-SAME: %[[X:.*]]: tensor<?x?x32xf32>)
func.func @turns_halves_of_heads(%x: tensor<?x?x32xf32>) -> tensor<?x?x32xf32> {
  // CHECK: scf.forall (%[[B:.*]], %[[H:.*]], %{{.*}}) in (%{{.*}}, 4, %{{.*}}) {{.*}} -> (tensor<?x?x32xf32>)
  // CHECK: tensor.extract_slice %{{.*}} [1, %{{.*}}, 8] [1, 1, 1] : tensor<?x?x32xf32> to tensor<?x8xf32>
  // CHECK-COUNT-2: vector.transfer_read %[[X]][%[[B]], {{.*}} : tensor<?x?x32xf32>, vector<128x16xf32>
  // CHECK-COUNT-2: vector.transfer_write {{.*}} tensor<?x8xf32>
  // CHECK-NOT: scf.forall (
  %y = attention.fused {
    %h = attention.split_heads %x heads(4) : tensor<?x?x32xf32>
    %r = attention.rotary %h base(10000.0) : tensor<?x4x?x8xf32>
    %m = attention.merge_heads %r : tensor<?x4x?x8xf32>
    attention.yield %m : tensor<?x?x32xf32>
  } : tensor<?x?x32xf32>
  return %y : tensor<?x?x32xf32>
}

// CHECK-LABEL: func.func @turns_neighbours_row_by_row(
func.func @turns_neighbours_row_by_row(%x: tensor<2x3x?x12xf32>, %at: tensor<2x?xi64>) -> tensor<2x3x?x12xf32> {
  // CHECK: scf.for
  // CHECK: vector.gather %{{.*}} : tensor<2x3x?x12xf32>, vector<16xindex>, vector<16xi1>, vector<16xf32> into vector<16xf32>
  // CHECK: vector.transfer_write {{.*}} : vector<16xf32>, tensor<?x12xf32>
  %y = attention.rotary %x base(10000.0) positions(%at : tensor<2x?xi64>) interleaved : tensor<2x3x?x12xf32>
  return %y : tensor<2x3x?x12xf32>
}

// Rows of tables meet in scratch of one tile, where the norm reads them.
// CHECK-LABEL: func.func @gathers_embeddings_before_their_norm(
// CHECK-SAME: %[[TABLE:.*]]: tensor<29x12xf32>, %[[IDS:.*]]: tensor<2x?xi64>
func.func @gathers_embeddings_before_their_norm(%table: tensor<29x12xf32>, %ids: tensor<2x?xi64>, %g: tensor<12xf32>, %b: tensor<12xf32>) -> tensor<2x?x12xf32> {
  // CHECK: scf.forall
  // CHECK: %[[TILE:.*]] = scf.for {{.*}} -> (tensor<128x16xf32>)
  // CHECK: %[[ID:.*]] = tensor.extract %[[IDS]]
  // CHECK: %[[AT:.*]] = arith.index_cast %[[ID]] : i64 to index
  // CHECK: %[[BAD:.*]] = arith.cmpi uge, %[[AT]]
  // CHECK: attention.fail_if %[[BAD]] order(%{{.*}}) "expects ids of at least 0 and below {0}, but got {1} at [{2}, {3}]"(%{{.*}}, %[[AT]], %{{.*}}, %{{.*}})
  // CHECK: %[[SAFE:.*]] = arith.select %[[BAD]], %c0, %[[AT]]
  // CHECK: vector.transfer_read %[[TABLE]][%[[SAFE]], %c0]
  // CHECK: vector.transfer_read %[[TILE]]
  // CHECK: vector.multi_reduction
  %y = attention.fused {
    %e = attention.embed %table, %ids : tensor<29x12xf32>, tensor<2x?xi64>
    %n = attention.layer_norm %e, %g, %b epsilon(1.0e-5) : tensor<2x?x12xf32>, tensor<12xf32>, tensor<12xf32>
    attention.yield %n : tensor<2x?x12xf32>
  } : tensor<2x?x12xf32>
  return %y : tensor<2x?x12xf32>
}

// Single rows have no sums of their own: what is computed with them meets the rows of the table in tiles.
// CHECK-LABEL: func.func @reduces_rows_beside_their_sums(
func.func @reduces_rows_beside_their_sums(%table: tensor<29x12xf32>, %ids: tensor<2x?xi64>, %start: tensor<2x?xf32>, %like: tensor<2x?x12xf32>) -> tensor<2x?x12xf32> {
  // CHECK: scf.forall
  // CHECK: %[[TILE:.*]] = scf.for {{.*}} -> (tensor<128x16xf32>)
  // CHECK: vector.transfer_read %[[TILE]]
  // CHECK-COUNT-2: vector.multi_reduction {{.*}} [1] : vector<128x16xf32> to vector<128xf32>
  // CHECK: vector.transfer_write
  %y = attention.fused {
    %e = attention.embed %table, %ids : tensor<29x12xf32>, tensor<2x?xi64>
    %s = linalg.reduce {arith.addf} ins(%e : tensor<2x?x12xf32>) outs(%start : tensor<2x?xf32>) dimensions = [2]
    %w = linalg.broadcast ins(%s : tensor<2x?xf32>) outs(%like : tensor<2x?x12xf32>) dimensions = [2]
    %a = arith.addf %e, %w : tensor<2x?x12xf32>
    %m = linalg.reduce {arith.maximumf} ins(%a : tensor<2x?x12xf32>) outs(%start : tensor<2x?xf32>) dimensions = [2]
    %v = linalg.broadcast ins(%m : tensor<2x?xf32>) outs(%like : tensor<2x?x12xf32>) dimensions = [2]
    %b = arith.addf %a, %v : tensor<2x?x12xf32>
    attention.yield %b : tensor<2x?x12xf32>
  } : tensor<2x?x12xf32>
  return %y : tensor<2x?x12xf32>
}

// Ids of a part are read, and reported, where they stand in the whole.
// CHECK-LABEL: func.func @looks_up_a_part(
// CHECK-SAME: %[[TABLE:.*]]: tensor<29x12xf32>, %[[IDS:.*]]: tensor<2x?xi64>, %[[FIRST:.*]]: index
func.func @looks_up_a_part(%table: tensor<29x12xf32>, %ids: tensor<2x?xi64>, %first: index) -> tensor<2x4x12xf32> {
  // CHECK: %[[PLACE:.*]] = arith.addi %{{.*}}, %[[FIRST]]
  // CHECK: %[[ID:.*]] = tensor.extract %[[IDS]][%[[BATCH:.*]], %[[PLACE]]]
  // CHECK: attention.fail_if {{.*}}(%{{.*}}, %{{.*}}, %[[BATCH]], %[[PLACE]])
  %part = tensor.extract_slice %ids[0, %first] [2, 4] [1, 1] : tensor<2x?xi64> to tensor<2x4xi64>
  %y = attention.embed %table, %part : tensor<29x12xf32>, tensor<2x4xi64>
  return %y : tensor<2x4x12xf32>
}

// CHECK-LABEL: func.func @means_rows_that_exist(
func.func @means_rows_that_exist(%x: tensor<2x?x12xf32>) -> tensor<2x1x12xf32> {
  // CHECK: scf.for {{.*}} -> (vector<16xf32>)
  // CHECK: %[[KEPT:.*]] = arith.select
  // CHECK: vector.multi_reduction <add>, %[[KEPT]], %{{.*}} [0]
  // CHECK: arith.maxsi %{{.*}}, %c1
  // CHECK: arith.divf
  %y = attention.mean_rows %x : tensor<2x?x12xf32>
  return %y : tensor<2x1x12xf32>
}

// 16-bit operands meet in f32 and are rounded once.
// CHECK-LABEL: func.func @rounds_once(
func.func @rounds_once(%x: tensor<64x32xbf16>, %w: tensor<48x32xf32>, %r: tensor<64x48xbf16>) -> tensor<64x48xbf16> {
  // CHECK: %[[W:.*]] = arith.truncf {{.*}} : vector<48x32xf32> to vector<48x32xbf16>
  // CHECK: %[[R:.*]] = arith.extf {{.*}} : vector<64x48xbf16> to vector<64x48xf32>
  // CHECK: vector.contract {{.*}} %[[W]], %[[R]] : vector<64x32xbf16>, vector<48x32xbf16> into vector<64x48xf32>
  // CHECK-NEXT: %[[ROUNDED:.*]] = arith.truncf
  // CHECK: vector.transfer_write %[[ROUNDED]], {{.*}} {in_bounds = [true, true]}
  %y = attention.fused {
    %narrow = arith.truncf %w : tensor<48x32xf32> to tensor<48x32xbf16>
    %p = attention.project %x, %narrow : tensor<64x32xbf16>, tensor<48x32xbf16>
    %s = arith.addf %p, %r : tensor<64x48xbf16>
    attention.yield %s : tensor<64x48xbf16>
  } : tensor<64x48xbf16>
  return %y : tensor<64x48xbf16>
}

// A batch of rows is one matrix where no op knows its batch row.
// CHECK-LABEL: func.func @repeats_what_is_broadcast(
func.func @repeats_what_is_broadcast(%x: tensor<?x?x12xf32>, %m: tensor<?x?xf32>) -> tensor<?x?x12xf32> {
  // CHECK: %[[FLAT:.*]] = tensor.collapse_shape %{{.*}} {{\[\[}}0, 1]] : tensor<?x?xf32> into tensor<?xf32>
  // CHECK: scf.forall (%{{.*}}) in
  // CHECK: %[[PER_ROW:.*]] = vector.transfer_read %[[FLAT]]{{.*}} : tensor<?xf32>, vector<128xf32>
  // CHECK: vector.shape_cast %[[PER_ROW]] : vector<128xf32> to vector<128x1xf32>
  // CHECK: tensor.expand_shape
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = tensor.dim %x, %c0 : tensor<?x?x12xf32>
  %n = tensor.dim %x, %c1 : tensor<?x?x12xf32>
  %empty = tensor.empty(%b, %n) : tensor<?x?x12xf32>
  %wide = linalg.broadcast ins(%m : tensor<?x?xf32>) outs(%empty : tensor<?x?x12xf32>) dimensions = [2]
  %y = arith.mulf %x, %wide : tensor<?x?x12xf32>
  return %y : tensor<?x?x12xf32>
}
