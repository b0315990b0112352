// RUN: attention-opt %s --attention-narrow-products --split-input-file --verify-diagnostics | FileCheck %s --check-prefixes=CHECK,ALL
// RUN: attention-opt %s --attention-narrow-products="left-by-rows=true" --split-input-file | FileCheck %s --check-prefixes=CHECK,ROWS

#row = affine_map<(m, n, k) -> (m, k)>
#column = affine_map<(m, n, k) -> (k, m)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// Both operands are rounded, sums are not; what was widened is taken as it was.
// CHECK-LABEL: func.func @products
// CHECK-SAME:    %[[A:.*]]: vector<16x64xf32>, %[[B:.*]]: vector<64x32xf32>, %[[C:.*]]: vector<16x32xf32>, %[[D:.*]]: vector<64x32xbf16>
// CHECK-DAG:     %[[NARROWA:.*]] = arith.truncf %[[A]] : vector<16x64xf32> to vector<16x64xbf16>
// CHECK-DAG:     %[[NARROWB:.*]] = arith.truncf %[[B]] : vector<64x32xf32> to vector<64x32xbf16>
// CHECK:         %[[SUM:.*]] = vector.contract {{.*}} %[[NARROWA]], %[[NARROWB]], %[[C]] : vector<16x64xbf16>, vector<64x32xbf16> into vector<16x32xf32>
// CHECK:         vector.contract {{.*}} %{{.*}}, %[[D]], %[[SUM]] : vector<16x64xbf16>, vector<64x32xbf16> into vector<16x32xf32>
// expected-remark @below {{multiplies in bf16, as asked: 2 products of tiles of f32}}
func.func @products(%a: vector<16x64xf32>, %b: vector<64x32xf32>, %c: vector<16x32xf32>, %d: vector<64x32xbf16>) -> vector<16x32xf32> {
  %0 = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %c : vector<16x64xf32>, vector<64x32xf32> into vector<16x32xf32>
  %wide = arith.extf %d : vector<64x32xbf16> to vector<64x32xf32>
  %1 = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %wide, %0 : vector<16x64xf32>, vector<64x32xf32> into vector<16x32xf32>
  return %1 : vector<16x32xf32>
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#column = affine_map<(m, n, k) -> (k, m)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// Units that take pairs of neighbours want the left operand by rows.
// CHECK-LABEL: func.func @by_columns
// ALL:           vector.contract {{.*}} : vector<64x16xbf16>, vector<64x32xbf16> into vector<16x32xf32>
// ROWS:          vector.contract {{.*}} : vector<64x16xf32>, vector<64x32xf32> into vector<16x32xf32>
// expected-remark @below {{multiplies in bf16, as asked: 1 products of tiles of f32}}
func.func @by_columns(%a: vector<64x16xf32>, %b: vector<64x32xf32>, %c: vector<16x32xf32>) -> vector<16x32xf32> {
  %0 = vector.contract {indexing_maps = [#column, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %c : vector<64x16xf32>, vector<64x32xf32> into vector<16x32xf32>
  return %0 : vector<16x32xf32>
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// Few rows, other types, and sums over places.
// CHECK-LABEL: func.func @left
// CHECK-NOT:     arith.truncf
// CHECK:         return
func.func @left(%a: vector<8x64xf32>, %b: vector<64x32xf32>, %c: vector<8x32xf32>, %d: vector<16x64xf64>, %e: vector<64x32xf64>, %f: vector<16x32xf64>,
                %x: vector<16x32xf32>) -> (vector<8x32xf32>, vector<16x32xf64>, vector<16x32xf32>) {
  %0 = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %c : vector<8x64xf32>, vector<64x32xf32> into vector<8x32xf32>
  %1 = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %d, %e, %f : vector<16x64xf64>, vector<64x32xf64> into vector<16x32xf64>
  %steps = vector.step : vector<16xindex>
  %columns = vector.broadcast %steps : vector<16xindex> to vector<16x16xindex>
  %rows = vector.transpose %columns, [1, 0] : vector<16x16xindex> to vector<16x16xindex>
  %before = arith.cmpi sle, %columns, %rows : vector<16x16xindex>
  %ones = arith.uitofp %before : vector<16x16xi1> to vector<16x16xf32>
  %zeros = arith.constant dense<0.0> : vector<16x32xf32>
  %2 = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %ones, %x, %zeros : vector<16x16xf32>, vector<16x32xf32> into vector<16x32xf32>
  return %0, %1, %2 : vector<8x32xf32>, vector<16x32xf64>, vector<16x32xf32>
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// Rows in pairs are multiplied in bf16 by few rows, too: there is no other way to read them.
// CHECK-LABEL: func.func @few_rows_by_pairs
// CHECK:         %[[RIGHT:.*]] = attention.split_pairs
// CHECK:         vector.contract {{.*}} %{{.*}}, %[[RIGHT]], %{{.*}} : vector<1x64xbf16>, vector<64x32xbf16> into vector<1x32xf32>
// expected-remark @below {{multiplies in bf16, as asked: 1 products of tiles of f32}}
func.func @few_rows_by_pairs(%a: vector<1x64xf32>, %b: vector<32x64xbf16>, %c: vector<1x32xf32>) -> vector<1x32xf32> {
  %split = attention.split_pairs %b : vector<32x64xbf16> to vector<64x32xbf16>
  %wide = arith.extf %split : vector<64x32xbf16> to vector<64x32xf32>
  %0 = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %wide, %c : vector<1x64xf32>, vector<64x32xf32> into vector<1x32xf32>
  return %0 : vector<1x32xf32>
}
