// RUN: attention-opt %s --attention-tiles-to-loops --canonicalize --cse --split-input-file | FileCheck %s

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// A tile at the border of a causal mask. For each block of 8 rows a table says which columns any of them sees, by one comparison
// of the block's last row with the first of each 16 columns; products, rows and sums over keys then go no further. Positions are
// compared in 32 bits, as numbers of columns. Nobody reads outside, so nothing is written there.
// CHECK-LABEL: func.func @at_the_border
// CHECK-SAME:    %[[KEY:[a-z0-9]+]]: index
// CHECK:         %[[TABLE:.+]] = memref.alloca() {alignment = 64 : i64} : memref<8x2xindex>
// CHECK:         scf.for %[[R:.+]] = %c0 to %c64 step %c8
// CHECK:           %[[SEEN:.+]]:2 = scf.for %[[C:.+]] = %c0 to %c64 step %c16 iter_args(%[[FROM:.+]] = %c64, %[[TO:.+]] = %c0)
// CHECK:             %[[FIRST:.+]] = arith.addi %[[C]], %[[KEY]]
// CHECK:             %[[LAST:.+]] = arith.addi %[[R]], %c7
// CHECK:             %[[SOME:.+]] = arith.cmpi sle, %[[FIRST]], %[[LAST]]
// CHECK:             arith.select %[[SOME]]
// CHECK:           arith.divui %[[R]], %c8
// CHECK:           memref.store %{{.+}}, %[[TABLE]]
// CHECK:           memref.store %{{.+}}, %[[TABLE]]
// The product, in blocks of two registers of columns, then one.
// CHECK:         scf.for %{{.+}} = %c0 to %c64 step %c8
// CHECK:           %[[FROM:.+]] = memref.load %[[TABLE]][%{{.+}}, %c0]
// CHECK:           memref.load %[[TABLE]][%{{.+}}, %c1]
// CHECK:           scf.for %{{.+}} = %[[FROM]] to %[[WIDE:[0-9]+]] step %c32
// CHECK:             scf.for %{{.+}} = %c0 to %c64 step %c1
// CHECK-COUNT-16:      vector.fma
// CHECK:           scf.for %{{.+}} = %[[WIDE]] to %{{.+}} step %c16
// CHECK:             scf.for %{{.+}} = %c0 to %c64 step %c1
// CHECK-COUNT-8:       vector.fma
// Maxima and powers of rows, four at a time.
// CHECK:         scf.for %{{.+}} = %c0 to %c64 step %c4
// CHECK:           %[[FROM:.+]] = memref.load %[[TABLE]][%{{.+}}, %c0]
// CHECK:           %[[TO:.+]] = memref.load %[[TABLE]][%{{.+}}, %c1]
// CHECK:           scf.for %{{.+}} = %[[FROM]] to %[[TO]] step %c16
// CHECK:             arith.cmpi sle, %{{.+}}, %{{.+}} : vector<16xi32>
// CHECK-NOT:       vector.store %cst
// CHECK:           scf.for %{{.+}} = %{{.+}} to %{{.+}} step %c16
// CHECK:             math.exp2
// CHECK-NOT:       vector.store %cst
// Sums over the keys that the block sees.
// CHECK:         scf.for %{{.+}} = %c0 to %c64 step %c4
// CHECK:             %[[FROM:.+]] = memref.load %[[TABLE]][%{{.+}}, %c0]
// CHECK:             %[[TO:.+]] = memref.load %[[TABLE]][%{{.+}}, %c1]
// CHECK:             scf.for %{{.+}} = %[[FROM]] to %[[TO]] step %c1
// CHECK-COUNT-16:      vector.fma
func.func @at_the_border(%first: index, %q: memref<64x64xf32>, %k: memref<64x64xf32>, %v: memref<64x64xf32>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : f32
  %zero = arith.constant dense<0.0> : vector<64x64xf32>
  %low = arith.constant dense<0xFF800000> : vector<64x64xf32>
  %lowest = arith.constant dense<0xFF800000> : vector<64xf32>
  %step = vector.step : vector<64xindex>
  %from = vector.broadcast %first : index to vector<64xindex>
  %keys = arith.addi %step, %from : vector<64xindex>
  %key = vector.broadcast %keys : vector<64xindex> to vector<64x64xindex>
  %rows = vector.shape_cast %step : vector<64xindex> to vector<64x1xindex>
  %query = vector.broadcast %rows : vector<64x1xindex> to vector<64x64xindex>
  %sees = arith.cmpi sle, %key, %query : vector<64x64xindex>
  %a = vector.transfer_read %q[%c0, %c0], %pad {in_bounds = [true, true]} : memref<64x64xf32>, vector<64x64xf32>
  %b = vector.transfer_read %k[%c0, %c0], %pad {in_bounds = [true, true]} : memref<64x64xf32>, vector<64x64xf32>
  %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %zero : vector<64x64xf32>, vector<64x64xf32> into vector<64x64xf32>
  %x = arith.select %sees, %s, %low : vector<64x64xi1>, vector<64x64xf32>
  %m = vector.multi_reduction <maximumf>, %x, %lowest [1] : vector<64x64xf32> to vector<64xf32>
  %mc = vector.shape_cast %m : vector<64xf32> to vector<64x1xf32>
  %mb = vector.broadcast %mc : vector<64x1xf32> to vector<64x64xf32>
  %d = arith.subf %x, %mb : vector<64x64xf32>
  %e = math.exp2 %d : vector<64x64xf32>
  %w = vector.transfer_read %v[%c0, %c0], %pad {in_bounds = [true, true]} : memref<64x64xf32>, vector<64x64xf32>
  %y = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %e, %w, %zero : vector<64x64xf32>, vector<64x64xf32> into vector<64x64xf32>
  vector.transfer_write %y, %o[%c0, %c0] {in_bounds = [true, true]} : vector<64x64xf32>, memref<64x64xf32>
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// Which columns exist is read from memory; the weights are written too, so what is outside of the mask is stored.
// CHECK-LABEL: func.func @that_exist
// CHECK:         %[[TABLE:.+]] = memref.alloca() {alignment = 64 : i64} : memref<8x2xindex>
// CHECK:         scf.for
// CHECK:           scf.for
// CHECK:             vector.reduction <or>, %{{.+}} : vector<16xi1> into i1
// CHECK:         scf.for %{{.+}} = %c0 to %c64 step %c1
// CHECK:           %[[FROM:.+]] = memref.load %[[TABLE]][%{{.+}}, %c0]
// CHECK:           %[[TO:.+]] = memref.load %[[TABLE]][%{{.+}}, %c1]
// CHECK:           scf.for %{{.+}} = %[[FROM]] to %[[TO]] step %c16
// CHECK:           scf.for %{{.+}} = %c0 to %[[FROM]] step %c16
// CHECK-NEXT:        vector.store %[[NONE:.+]], %[[WEIGHTS:.+]][
// CHECK:           scf.for %{{.+}} = %[[TO]] to %c64 step %c16
// CHECK-NEXT:        vector.store %[[NONE]], %[[WEIGHTS]][
func.func @that_exist(%exist: memref<64xi1>, %x: memref<64x64xf32>, %v: memref<64x64xf32>, %o: memref<64x64xf32>, %p: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : f32
  %no = arith.constant false
  %zero = arith.constant dense<0.0> : vector<64x64xf32>
  %there = vector.transfer_read %exist[%c0], %no {in_bounds = [true]} : memref<64xi1>, vector<64xi1>
  %sees = vector.broadcast %there : vector<64xi1> to vector<64x64xi1>
  %a = vector.transfer_read %x[%c0, %c0], %pad {in_bounds = [true, true]} : memref<64x64xf32>, vector<64x64xf32>
  %e = math.exp2 %a : vector<64x64xf32>
  %w = arith.select %sees, %e, %zero : vector<64x64xi1>, vector<64x64xf32>
  %b = vector.transfer_read %v[%c0, %c0], %pad {in_bounds = [true, true]} : memref<64x64xf32>, vector<64x64xf32>
  %y = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %w, %b, %zero : vector<64x64xf32>, vector<64x64xf32> into vector<64x64xf32>
  vector.transfer_write %y, %o[%c0, %c0] {in_bounds = [true, true]} : vector<64x64xf32>, memref<64x64xf32>
  vector.transfer_write %w, %p[%c0, %c0] {in_bounds = [true, true]} : vector<64x64xf32>, memref<64x64xf32>
  return
}

// -----

// Of a mask that numbers decide nothing is known beforehand; of small tiles nothing is asked.
// CHECK-LABEL: func.func @unknown
// CHECK-NOT:     xindex>
// CHECK:         return
func.func @unknown(%x: memref<64x64xf32>, %o: memref<64xf32>, %r: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : f32
  %zero = arith.constant dense<0.0> : vector<64x64xf32>
  %start = arith.constant dense<0.0> : vector<64xf32>
  %a = vector.transfer_read %x[%c0, %c0], %pad {in_bounds = [true, true]} : memref<64x64xf32>, vector<64x64xf32>
  %sees = arith.cmpf olt, %a, %zero : vector<64x64xf32>
  %w = arith.select %sees, %a, %zero : vector<64x64xi1>, vector<64x64xf32>
  %s = vector.multi_reduction <add>, %w, %start [1] : vector<64x64xf32> to vector<64xf32>
  vector.transfer_write %s, %o[%c0] {in_bounds = [true]} : vector<64xf32>, memref<64xf32>
  %few = arith.constant dense<0.0> : vector<16x16xf32>
  %starts = arith.constant dense<0.0> : vector<16xf32>
  %step = vector.step : vector<16xindex>
  %key = vector.broadcast %step : vector<16xindex> to vector<16x16xindex>
  %rows = vector.shape_cast %step : vector<16xindex> to vector<16x1xindex>
  %query = vector.broadcast %rows : vector<16x1xindex> to vector<16x16xindex>
  %before = arith.cmpi slt, %key, %query : vector<16x16xindex>
  %b = vector.transfer_read %x[%c0, %c0], %pad {in_bounds = [true, true]} : memref<64x64xf32>, vector<16x16xf32>
  %u = arith.select %before, %b, %few : vector<16x16xi1>, vector<16x16xf32>
  %t = vector.multi_reduction <add>, %u, %starts [1] : vector<16x16xf32> to vector<16xf32>
  vector.transfer_write %t, %r[%c0] {in_bounds = [true]} : vector<16xf32>, memref<64xf32>
  return
}

// -----

// What both branches read, and nothing else, is done in them: elementwise work becomes part of the loop that reads it.
// CHECK-LABEL: func.func @in_branches
// CHECK-NOT:     memref.alloca
// CHECK:         scf.if
// CHECK:           arith.mulf
// CHECK:           arith.addf
// CHECK:         } else {
// CHECK:           arith.mulf
// CHECK:           arith.subf
func.func @in_branches(%x: memref<64x64xf32>, %o: memref<64x64xf32>, %more: i1) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : f32
  %two = arith.constant dense<2.0> : vector<64x64xf32>
  %a = vector.transfer_read %x[%c0, %c0], %pad {in_bounds = [true, true]} : memref<64x64xf32>, vector<64x64xf32>
  %b = arith.mulf %a, %two : vector<64x64xf32>
  scf.if %more {
    %y = arith.addf %b, %two : vector<64x64xf32>
    vector.transfer_write %y, %o[%c0, %c0] {in_bounds = [true, true]} : vector<64x64xf32>, memref<64x64xf32>
  } else {
    %y = arith.subf %b, %two : vector<64x64xf32>
    vector.transfer_write %y, %o[%c0, %c0] {in_bounds = [true, true]} : vector<64x64xf32>, memref<64x64xf32>
  }
  return
}
