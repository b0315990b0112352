// RUN: attention-opt %s --attention-tiles-to-loops --canonicalize --cse --split-input-file | FileCheck %s

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// A contraction is a loop over k with 8 x 3 accumulators; [n, k] is packed.
// CHECK-LABEL: func.func @contracts_in_register_blocks
// CHECK:         scf.forall
// CHECK:           memref.alloca() {alignment = 64 : i64} : memref<64x192xf32>
// CHECK:           vector.shuffle
// CHECK:           scf.for
// CHECK-SAME:        step %c48
// CHECK:             scf.for
// CHECK-SAME:          step %c8
// CHECK:               %[[SUMS:.+]]:24 = scf.for
// CHECK-COUNT-3:         vector.load
// CHECK-COUNT-24:        vector.fma
// CHECK-COUNT-24:      vector.store
// CHECK-NOT:     vector<64x
// CHECK:         return
func.func @contracts_in_register_blocks(%q: memref<?x?x64xf32>, %k: memref<?x?x64xf32>, %o: memref<?x?x192xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<64x192xf32>
  %heads = memref.dim %q, %c0 : memref<?x?x64xf32>
  scf.forall (%h) in (%heads) {
    %a = vector.transfer_read %q[%h, %c0, %c0], %zero {in_bounds = [true, true]} : memref<?x?x64xf32>, vector<64x64xf32>
    %b = vector.transfer_read %k[%h, %c0, %c0], %zero {in_bounds = [true, true]} : memref<?x?x64xf32>, vector<192x64xf32>
    %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %start : vector<64x64xf32>, vector<192x64xf32> into vector<64x192xf32>
    vector.transfer_write %s, %o[%h, %c0, %c0] {in_bounds = [true, true]} : vector<64x192xf32>, memref<?x?x192xf32>
  }
  return
}

// -----

// A row reduction and what depends on it: one loop over the rows that exist, in
// it one loop over columns before the reduction and one behind it.
// CHECK-LABEL: func.func @fuses_rows
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<?x64xf32>
// CHECK:         %[[N:.+]] = memref.dim %[[X]]
// CHECK:         %[[ROWS:.+]] = arith.minsi %{{.+}}, %c16
// CHECK:         %[[WHOLE:.+]] = arith.subi %[[ROWS]]
// CHECK:         scf.for %[[I:.+]] = %c0 to %[[WHOLE]] step %c2
// CHECK:           scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>)
// CHECK:             arith.cmpf ogt
// CHECK:             arith.select
// CHECK:           scf.for
// CHECK:             math.exp2
// CHECK:             vector.store
// CHECK-NOT:     memref.alloca
// CHECK-NOT:     vector<16x64xf32>
func.func @fuses_rows(%x: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %low = arith.constant dense<0xFF800000> : vector<16xf32>
  %n = memref.dim %x, %c0 : memref<?x64xf32>
  %y = memref.alloc(%n) : memref<?x64xf32>
  %t = vector.transfer_read %x[%c0, %c0], %zero {in_bounds = [false, true]} : memref<?x64xf32>, vector<16x64xf32>
  %m = vector.multi_reduction <maximumf>, %t, %low [1] : vector<16x64xf32> to vector<16xf32>
  %mc = vector.shape_cast %m : vector<16xf32> to vector<16x1xf32>
  %mb = vector.broadcast %mc : vector<16x1xf32> to vector<16x64xf32>
  %d = arith.subf %t, %mb : vector<16x64xf32>
  %e = math.exp2 %d : vector<16x64xf32>
  vector.transfer_write %e, %y[%c0, %c0] {in_bounds = [false, true]} : vector<16x64xf32>, memref<?x64xf32>
  memref.dealloc %y : memref<?x64xf32>
  return
}

// -----

// Of many rows, four are computed side by side, and those behind alone.
// CHECK-LABEL: func.func @takes_rows_together
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<?x64xf32>
// CHECK:         %[[ROWS:.+]] = arith.minsi %{{.+}}, %c64
// CHECK:         %[[ODD:.+]] = arith.remui %[[ROWS]], %c4
// CHECK:         %[[WHOLE:.+]] = arith.subi %[[ROWS]], %[[ODD]]
// CHECK:         scf.for %{{.+}} = %c0 to %[[WHOLE]] step %c4 {
// CHECK:           scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK:           scf.for
// CHECK-COUNT-4:     math.exp2
// CHECK-COUNT-4:     vector.store
// CHECK:         scf.for %{{.+}} = %[[WHOLE]] to %[[ROWS]] step %c1 {
// CHECK:           scf.for {{.*}} -> (vector<16xf32>)
// CHECK:           scf.for
// CHECK:             math.exp2
// CHECK:             vector.store
func.func @takes_rows_together(%x: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %low = arith.constant dense<0xFF800000> : vector<64xf32>
  %n = memref.dim %x, %c0 : memref<?x64xf32>
  %y = memref.alloc(%n) : memref<?x64xf32>
  %t = vector.transfer_read %x[%c0, %c0], %zero {in_bounds = [false, true]} : memref<?x64xf32>, vector<64x64xf32>
  %m = vector.multi_reduction <maximumf>, %t, %low [1] : vector<64x64xf32> to vector<64xf32>
  %mc = vector.shape_cast %m : vector<64xf32> to vector<64x1xf32>
  %mb = vector.broadcast %mc : vector<64x1xf32> to vector<64x64xf32>
  %d = arith.subf %t, %mb : vector<64x64xf32>
  %e = math.exp2 %d : vector<64x64xf32>
  vector.transfer_write %e, %y[%c0, %c0] {in_bounds = [false, true]} : vector<64x64xf32>, memref<?x64xf32>
  memref.dealloc %y : memref<?x64xf32>
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// What two contractions read alike is packed once.
// CHECK-LABEL: func.func @packs_once
// CHECK:         %[[PANEL:.+]] = memref.alloca() {alignment = 64 : i64} : memref<1x64x16xf32>
// CHECK-NOT:     memref<1x64x16xf32>
// CHECK-COUNT-16: vector.store %{{.+}}, %[[PANEL]]
// CHECK:         vector.fma
// CHECK-NOT:     vector.store %{{.+}}, %[[PANEL]]
// CHECK:         return
func.func @packs_once(%q: memref<16x64xf32>, %k: memref<16x64xf32>, %o: memref<2x16x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<16x16xf32>
  %a = vector.transfer_read %q[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x64xf32>, vector<16x64xf32>
  %b = vector.transfer_read %k[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x64xf32>, vector<16x64xf32>
  %x = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %start : vector<16x64xf32>, vector<16x64xf32> into vector<16x16xf32>
  %y = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %b, %b, %start : vector<16x64xf32>, vector<16x64xf32> into vector<16x16xf32>
  vector.transfer_write %x, %o[%c0, %c0, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, memref<2x16x16xf32>
  vector.transfer_write %y, %o[%c1, %c0, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, memref<2x16x16xf32>
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// Rows of a caller's tensor may begin in the middle of a line, where each register takes two: many rows repay a copy then. What was prepared
// begins with one.
// CHECK-LABEL: func.func @aligns
// CHECK-SAME:    memref<64x64xf32>, %[[V:[a-z0-9]+]]: memref<64x64xf32>, %[[W:[a-z0-9]+]]: memref
// CHECK:         %[[COPY:.+]] = memref.alloca() {alignment = 64 : i64} : memref<64x64xf32>
// CHECK:         %[[PLACE:.+]] = memref.cast %[[V]]
// CHECK:         %[[START:.+]] = memref.extract_aligned_pointer_as_index %[[PLACE]]
// CHECK:         %[[WITHIN:.+]] = arith.andi %[[START]], %c63
// CHECK:         %[[CUTS:.+]] = arith.cmpi ne, %[[WITHIN]], %c0
// CHECK:         %[[RIGHT:.+]] = scf.if %[[CUTS]]
// CHECK:           vector.load %[[V]]
// CHECK-NEXT:      vector.store %{{.+}}, %[[COPY]]
// CHECK:         } else {
// CHECK-NEXT:      scf.yield %[[PLACE]]
// CHECK:         vector.load %[[RIGHT]]
// CHECK-NOT:     scf.if
// CHECK-COUNT-4: vector.load %[[W]]
// CHECK-NEXT:    memref.load
func.func @aligns(%p: memref<64x64xf32>, %v: memref<64x64xf32>, %w: memref<64x64xf32> {attention.prepared = 0 : i64}, %o: memref<2x64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<64x64xf32>
  %a = vector.transfer_read %p[%c0, %c0], %zero {in_bounds = [true, true]} : memref<64x64xf32>, vector<64x64xf32>
  %b = vector.transfer_read %v[%c0, %c0], %zero {in_bounds = [true, true]} : memref<64x64xf32>, vector<64x64xf32>
  %c = vector.transfer_read %w[%c0, %c0], %zero {in_bounds = [true, true]} : memref<64x64xf32>, vector<64x64xf32>
  %x = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %start : vector<64x64xf32>, vector<64x64xf32> into vector<64x64xf32>
  %y = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %c, %start : vector<64x64xf32>, vector<64x64xf32> into vector<64x64xf32>
  vector.transfer_write %x, %o[%c0, %c0, %c0] {in_bounds = [true, true]} : vector<64x64xf32>, memref<2x64x64xf32>
  vector.transfer_write %y, %o[%c1, %c0, %c0] {in_bounds = [true, true]} : vector<64x64xf32>, memref<2x64x64xf32>
  return
}

// -----

// Carried tiles stay where they are: the branch that changes nothing is empty.
// CHECK-LABEL: func.func @carries_in_place
// CHECK:         %[[CARRIED:.+]] = memref.alloca() {alignment = 64 : i64} : memref<16x64xf32>
// CHECK-NOT:     memref.alloca
// CHECK:         scf.for
// CHECK:           scf.if
// CHECK:             vector.load %[[CARRIED]]
// CHECK:             arith.addf
// CHECK:             vector.store %{{.+}}, %[[CARRIED]]
// CHECK-NOT:       else
// CHECK:         return
func.func @carries_in_place(%x: memref<16x64xf32>, %n: index, %odd: i1) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<16x64xf32>
  %sum = scf.for %i = %c0 to %n step %c1 iter_args(%carried = %start) -> (vector<16x64xf32>) {
    %next = scf.if %odd -> (vector<16x64xf32>) {
      %t = vector.transfer_read %x[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x64xf32>, vector<16x64xf32>
      %added = arith.addf %carried, %t : vector<16x64xf32>
      scf.yield %added : vector<16x64xf32>
    } else {
      scf.yield %carried : vector<16x64xf32>
    }
    scf.yield %next : vector<16x64xf32>
  }
  %y = memref.alloc() : memref<16x64xf32>
  vector.transfer_write %sum, %y[%c0, %c0] {in_bounds = [true, true]} : vector<16x64xf32>, memref<16x64xf32>
  memref.dealloc %y : memref<16x64xf32>
  return
}

// -----

// A lone row has no loop: its sum is a scalar that the columns behind it read.
// CHECK-LABEL: func.func @computes_a_lone_row
// CHECK-NOT:     memref.alloca() {{.*}} : memref<1x
// CHECK:         %[[LANES:.+]] = scf.for %{{.+}} = %c0 to %c64 step %c16
// CHECK:         %[[SUM:.+]] = arith.addf %{{.+}} : f32
// CHECK-NOT:     arith.addf
// CHECK:         scf.for %{{.+}} = %c0 to %c64 step %c16
// CHECK-NEXT:      vector.load
// CHECK-NEXT:      vector.broadcast %[[SUM]]
// CHECK-NEXT:      arith.divf
// CHECK-NEXT:      vector.store
// CHECK-NOT:     scf.for
// CHECK:         return
func.func @computes_a_lone_row(%x: memref<1x64xf32>, %y: memref<1x64xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %none = arith.constant dense<0.0> : vector<1xf32>
  %t = vector.transfer_read %x[%c0, %c0], %zero {in_bounds = [true, true]} : memref<1x64xf32>, vector<1x64xf32>
  %s = vector.multi_reduction <add>, %t, %none [1] : vector<1x64xf32> to vector<1xf32>
  %column = vector.shape_cast %s : vector<1xf32> to vector<1x1xf32>
  %all = vector.broadcast %column : vector<1x1xf32> to vector<1x64xf32>
  %d = arith.divf %t, %all : vector<1x64xf32>
  vector.transfer_write %d, %y[%c0, %c0] {in_bounds = [true, true]} : vector<1x64xf32>, memref<1x64xf32>
  return
}

// -----

// A triangular system: blocks of 8 rows and 2 registers of columns, which take in the rows before them in a loop
// and then solve their triangle of 28 factors in registers, over the right side.
// CHECK-LABEL: func.func @solves_in_register_blocks
// CHECK:         scf.for %{{.+}} = %c0 to %c64 step %c32
// CHECK:           scf.for %[[ROW:.+]] = %c0 to %c16 step %c8
// CHECK:             %{{.+}}:16 = scf.for %{{.+}} = %c0 to %[[ROW]] step %c1
// CHECK-COUNT-16:      vector.fma
// CHECK:             scf.yield
// CHECK-COUNT-56:    vector.fma
// CHECK-COUNT-16:    vector.store
// CHECK-NOT:         vector.fma
// CHECK:         return
func.func @solves_in_register_blocks(%x: memref<16x16xf32>, %o: memref<16x64xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %p = vector.transfer_read %x[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x16xf32>, vector<16x16xf32>
  %r = vector.transfer_read %o[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x64xf32>, vector<16x64xf32>
  %y = attention.solve_forward %p, %r : vector<16x16xf32>, vector<16x64xf32>
  vector.transfer_write %y, %o[%c0, %c0] {in_bounds = [true, true]} : vector<16x64xf32>, memref<16x64xf32>
  return
}

// -----

// Not over the right side where that holds the pairs, too.
// CHECK-LABEL: func.func @solves_beside_its_pairs
// CHECK-COUNT-2: memref.alloca
// CHECK:         return
func.func @solves_beside_its_pairs(%x: memref<16x16xf32>, %o: memref<16x16xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %p = vector.transfer_read %x[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x16xf32>, vector<16x16xf32>
  %y = attention.solve_forward %p, %p : vector<16x16xf32>, vector<16x16xf32>
  vector.transfer_write %y, %o[%c0, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, memref<16x16xf32>
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// Tiles of few pages that move on with a loop are fetched one iteration ahead, by the blocks of its contractions:
// 32 rows of 4 lines over 4 blocks are 8 rows each.
// CHECK-LABEL: func.func @fetches_the_next_iteration
// CHECK:         scf.for %[[I:.+]] = %c0 to %c4 step %c1 {
// CHECK:           %[[NEXT:.+]] = arith.addi %[[I]], %c1
// CHECK:           scf.for %{{.+}} = %c0 to %c16 step %c4
// CHECK:               arith.minsi
// CHECK:               memref.prefetch %{{.+}}[%{{.+}}, %c0], read, locality<3>, data
// CHECK-COUNT-15:      memref.prefetch %{{.+}}[%{{.+}}, %c{{.+}}], read
// CHECK-COUNT-16:      memref.prefetch %{{.+}}[%{{.+}}, %c{{.+}}], write
// CHECK-NOT:           memref.prefetch
// CHECK:               scf.for
// CHECK:                 vector.fma
func.func @fetches_the_next_iteration(%x: memref<?x64xf32>, %w: memref<64x64xf32>, %o: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<16x64xf32>
  scf.for %i = %c0 to %c4 step %c1 {
    %row = arith.muli %i, %c16 : index
    %a = vector.transfer_read %x[%row, %c0], %zero {in_bounds = [true, true]} : memref<?x64xf32>, vector<16x64xf32>
    %b = vector.transfer_read %w[%c0, %c0], %zero {in_bounds = [true, true]} : memref<64x64xf32>, vector<64x64xf32>
    %y = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %start : vector<16x64xf32>, vector<64x64xf32> into vector<16x64xf32>
    vector.transfer_write %y, %o[%row, %c0] {in_bounds = [true, true]} : vector<16x64xf32>, memref<?x64xf32>
  }
  return
}

// -----

// Whether any element of a row is not -inf: by the bits in which they differ, without a comparison for each.
// CHECK-LABEL: func.func @asks_for_differences
// CHECK:         scf.for %{{.+}} = %c0 to %c16 step %c1
// CHECK:           %[[BITS:.+]] = scf.for {{.*}} iter_args(%[[BEFORE:.+]] = %{{.+}}) -> (vector<16xi32>) {
// CHECK:             %[[OWN:.+]] = arith.bitcast %{{.+}} : vector<16xf32> to vector<16xi32>
// CHECK:             %[[OTHER:.+]] = arith.xori %[[OWN]], %{{.+}}
// CHECK:             arith.ori %[[BEFORE]], %[[OTHER]]
// CHECK:           %[[LANES:.+]] = arith.cmpi ne, %[[BITS]], %{{.+}} : vector<16xi32>
// CHECK:           %[[ANY:.+]] = vector.reduction <or>, %[[LANES]] : vector<16xi1> into i1
// CHECK:           %[[FLAG:.+]] = arith.select %[[ANY]], %cst{{.*}}, %cst{{.*}} : f32
// CHECK:           memref.store
func.func @asks_for_differences(%x: memref<16x64xf32>, %y: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %low = arith.constant dense<0xFF800000> : vector<16x64xf32>
  %yes = arith.constant dense<1.0> : vector<16x64xf32>
  %no = arith.constant dense<0.0> : vector<16x64xf32>
  %start = arith.constant dense<0.0> : vector<16xf32>
  %t = vector.transfer_read %x[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x64xf32>, vector<16x64xf32>
  %differs = arith.cmpf une, %t, %low : vector<16x64xf32>
  %flags = arith.select %differs, %yes, %no : vector<16x64xi1>, vector<16x64xf32>
  %any = vector.multi_reduction <maximumf>, %flags, %start [1] : vector<16x64xf32> to vector<16xf32>
  vector.transfer_write %any, %y[%c0] {in_bounds = [true]} : vector<16xf32>, memref<16xf32>
  return
}
