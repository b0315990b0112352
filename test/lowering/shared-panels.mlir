// RUN: attention-opt %s --attention-tiles-to-loops --canonicalize --cse --split-input-file | FileCheck %s
// RUN: attention-opt %s --attention-tiles-to-loops="dot-bf16=true" --canonicalize --cse --split-input-file | FileCheck %s --check-prefix=PAIRS
// RUN: attention-opt %s --attention-tiles-to-loops="matrix-bf16=true" --canonicalize --cse --split-input-file | FileCheck %s --check-prefix=UNIT

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// Two tasks of each head go through all keys: a loop in front packs the seven tiles of both heads, the last one with zeros behind the
// 100th key. Tasks read panels, and transpose nothing.
// CHECK-LABEL: func.func @packs_once
// CHECK:         %[[PANELS:.+]] = memref.alloc() : memref<2x7x1x64x16xf32>
// CHECK:         scf.forall (%[[H:.+]], %[[T:.+]]) in (2, 7)
// CHECK:           %[[ROW:.+]] = arith.muli %[[T]], %c16
// CHECK:           %[[LEFT:.+]] = arith.subi %c100, %[[ROW]]
// CHECK:           %[[TILE:.+]] = memref.subview %[[PANELS]][%[[H]], %[[T]], 0, 0, 0] [1, 1, 1, 64, 16]
// CHECK:           vector.shuffle
// CHECK:           vector.store %{{.+}}, %[[TILE]]
// CHECK:         scf.forall (%[[H:.+]], %{{.+}}) in (2, 2)
// CHECK-NOT:       vector.shuffle
// CHECK:           scf.for %[[KEY:.+]] = %c0 to %c100 step %c16
// CHECK-NOT:         vector.shuffle
// CHECK:             %[[NUMBER:.+]] = arith.divui %[[KEY]], %c16
// CHECK:             %[[TILE:.+]] = memref.subview %[[PANELS]][%[[H]], %[[NUMBER]], 0, 0, 0]
// CHECK:             vector.load %[[TILE]]
// CHECK-NOT:         vector.shuffle
// CHECK:             vector.fma
func.func @packs_once(%q: memref<2x256x64xf32>, %k: memref<2x100x64xf32>, %o: memref<2x256x16xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %c100 = arith.constant 100 : index
  %pad = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<128x16xf32>
  scf.forall (%h, %i) in (2, 2) {
    %first = arith.muli %i, %c128 : index
    %a = vector.transfer_read %q[%h, %first, %c0], %pad {in_bounds = [true, true]} : memref<2x256x64xf32>, vector<128x64xf32>
    %r = scf.for %key = %c0 to %c100 step %c16 iter_args(%sum = %start) -> (vector<128x16xf32>) {
      %b = vector.transfer_read %k[%h, %key, %c0], %pad {in_bounds = [false, true]} : memref<2x100x64xf32>, vector<16x64xf32>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %sum : vector<128x64xf32>, vector<16x64xf32> into vector<128x16xf32>
      scf.yield %s : vector<128x16xf32>
    }
    vector.transfer_write %r, %o[%h, %first, %c0] {in_bounds = [true, true]} : vector<128x16xf32>, memref<2x256x16xf32>
  }
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// Sizes are known at run time: so is whether two tasks read each tile. If not, nothing is packed in front, and tasks do it. Where tasks
// end at different keys, there have to be eight of them, and no more keys than twice the rows of these tasks.
// CHECK-LABEL: func.func @asks
// CHECK-SAME:    %[[TILES:[a-z0-9]+]]: index
// CHECK:         %[[KEYS:.+]] = memref.dim %{{.+}}, %c1
// CHECK:         %[[TASKS:.+]] = arith.muli %[[TILES]], %c2
// CHECK:         %[[ROWS:.+]] = arith.muli %[[TILES]], %c512
// CHECK:         %[[MANY:.+]] = arith.cmpi sge, %[[TASKS]], %c16
// CHECK:         %[[TIMES:.+]] = arith.muli %[[KEYS]], %c2
// CHECK:         %[[FEW:.+]] = arith.cmpi sge, %[[ROWS]], %[[TIMES]]
// CHECK:         %[[PAYS:.+]] = arith.andi %[[MANY]], %[[FEW]]
// CHECK:         %[[NUMBER:.+]] = arith.ceildivui %[[KEYS]], %c16
// CHECK:         %[[PACKED:.+]] = arith.select %[[PAYS]], %[[NUMBER]], %c0
// CHECK:         %[[PANELS:.+]] = memref.alloc(%[[PACKED]]) : memref<2x?x1x64x16xf32>
// CHECK:         scf.forall (%{{.+}}, %{{.+}}) in (2, %[[PACKED]])
// CHECK:         scf.forall (%{{.+}}, %{{.+}}) in (2, %[[TILES]])
// CHECK:             scf.if %[[PAYS]]
// CHECK-NEXT:          scf.yield %{{.+}} : memref<1x64x16xf32, strided<[1024, 16, 1], offset: ?>>
// CHECK-NEXT:        } else {
// CHECK:               vector.shuffle
func.func @asks(%tiles: index, %q: memref<2x?x64xf32>, %k: memref<2x?x64xf32>, %o: memref<2x?x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %pad = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<128x16xf32>
  %keys = memref.dim %k, %c1 : memref<2x?x64xf32>
  scf.forall (%h, %i) in (2, %tiles) {
    %first = arith.muli %i, %c128 : index
    %most = arith.addi %first, %c128 : index
    %end = arith.minsi %most, %keys : index
    %a = vector.transfer_read %q[%h, %first, %c0], %pad {in_bounds = [true, true]} : memref<2x?x64xf32>, vector<128x64xf32>
    %r = scf.for %key = %c0 to %end step %c16 iter_args(%sum = %start) -> (vector<128x16xf32>) {
      %b = vector.transfer_read %k[%h, %key, %c0], %pad {in_bounds = [false, true]} : memref<2x?x64xf32>, vector<16x64xf32>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %sum : vector<128x64xf32>, vector<16x64xf32> into vector<128x16xf32>
      scf.yield %s : vector<128x16xf32>
    }
    vector.transfer_write %r, %o[%h, %first, %c0] {in_bounds = [true, true]} : vector<128x16xf32>, memref<2x?x16xf32>
  }
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// Heads of two columns of tiles share one row of memory, and two heads the keys of one.
// CHECK-LABEL: func.func @packs_merged_heads
// CHECK:         memref.alloc() : memref<2x4x1x64x16xf32>
// CHECK:         scf.forall (%[[H:.+]], %{{.+}}) in (2, 4)
// CHECK:           arith.muli %[[H]], %c64
// CHECK:           vector.shuffle
// CHECK:         scf.forall (%{{.+}}) in (4)
// CHECK-NOT:       vector.shuffle
// CHECK:           vector.fma
func.func @packs_merged_heads(%q: memref<4x128x64xf32>, %k: memref<64x128xf32>, %o: memref<4x128x16xf32>) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %pad = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<128x16xf32>
  scf.forall (%h) in (4) {
    %g = arith.divui %h, %c2 : index
    %column = arith.muli %g, %c64 : index
    %a = vector.transfer_read %q[%h, %c0, %c0], %pad {in_bounds = [true, true]} : memref<4x128x64xf32>, vector<128x64xf32>
    %r = scf.for %key = %c0 to %c64 step %c16 iter_args(%sum = %start) -> (vector<128x16xf32>) {
      %b = vector.transfer_read %k[%key, %column], %pad {in_bounds = [true, true]} : memref<64x128xf32>, vector<16x64xf32>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %sum : vector<128x64xf32>, vector<16x64xf32> into vector<128x16xf32>
      scf.yield %s : vector<128x16xf32>
    }
    vector.transfer_write %r, %o[%h, %c0, %c0] {in_bounds = [true, true]} : vector<128x16xf32>, memref<4x128x16xf32>
  }
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// What stays as it is: keys that one task alone reads, that are computed, that the loop writes, that are not read at multiples of a tile, or
// where each task starts at a key of its own; and rows of less than 256 bytes, or that fewer than 96
// rows of f32 are multiplied with.
// CHECK-LABEL: func.func @stays
// CHECK-NOT:     memref.alloc()
// CHECK-COUNT-7: scf.forall
// CHECK-NOT:     scf.forall
func.func @stays(%from: index, %q: memref<4x128x64xf32>, %k: memref<4x128x64xf32>, %o: memref<4x128x16xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %pad = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<128x16xf32>
  scf.forall (%h) in (4) {
    %a = vector.transfer_read %q[%h, %c0, %c0], %pad {in_bounds = [true, true]} : memref<4x128x64xf32>, vector<128x64xf32>
    %r = scf.for %key = %c0 to %c64 step %c16 iter_args(%sum = %start) -> (vector<128x16xf32>) {
      %b = vector.transfer_read %k[%h, %key, %c0], %pad {in_bounds = [true, true]} : memref<4x128x64xf32>, vector<16x64xf32>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %sum : vector<128x64xf32>, vector<16x64xf32> into vector<128x16xf32>
      scf.yield %s : vector<128x16xf32>
    }
    vector.transfer_write %r, %o[%h, %c0, %c0] {in_bounds = [true, true]} : vector<128x16xf32>, memref<4x128x16xf32>
  }
  scf.forall (%h) in (4) {
    %a = vector.transfer_read %q[%h, %c0, %c0], %pad {in_bounds = [true, true]} : memref<4x128x64xf32>, vector<128x64xf32>
    %r = scf.for %key = %c0 to %c64 step %c16 iter_args(%sum = %start) -> (vector<128x16xf32>) {
      %b = vector.transfer_read %k[%c0, %key, %c0], %pad {in_bounds = [true, true]} : memref<4x128x64xf32>, vector<16x64xf32>
      %twice = arith.addf %b, %b : vector<16x64xf32>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %twice, %sum : vector<128x64xf32>, vector<16x64xf32> into vector<128x16xf32>
      scf.yield %s : vector<128x16xf32>
    }
    vector.transfer_write %r, %o[%h, %c0, %c0] {in_bounds = [true, true]} : vector<128x16xf32>, memref<4x128x16xf32>
  }
  scf.forall (%h) in (4) {
    %a = vector.transfer_read %q[%h, %c0, %c0], %pad {in_bounds = [true, true]} : memref<4x128x64xf32>, vector<128x64xf32>
    %r = scf.for %key = %c0 to %c64 step %c16 iter_args(%sum = %start) -> (vector<128x16xf32>) {
      %b = vector.transfer_read %k[%c0, %key, %c0], %pad {in_bounds = [true, true]} : memref<4x128x64xf32>, vector<16x64xf32>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %sum : vector<128x64xf32>, vector<16x64xf32> into vector<128x16xf32>
      scf.yield %s : vector<128x16xf32>
    }
    vector.transfer_write %r, %k[%h, %c0, %c0] {in_bounds = [true, true]} : vector<128x16xf32>, memref<4x128x64xf32>
  }
  scf.forall (%h) in (4) {
    %a = vector.transfer_read %q[%h, %c0, %c0], %pad {in_bounds = [true, true]} : memref<4x128x64xf32>, vector<128x64xf32>
    %r = scf.for %key = %from to %c64 step %c16 iter_args(%sum = %start) -> (vector<128x16xf32>) {
      %b = vector.transfer_read %k[%c0, %key, %c0], %pad {in_bounds = [false, true]} : memref<4x128x64xf32>, vector<16x64xf32>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %sum : vector<128x64xf32>, vector<16x64xf32> into vector<128x16xf32>
      scf.yield %s : vector<128x16xf32>
    }
    vector.transfer_write %r, %o[%h, %c0, %c0] {in_bounds = [true, true]} : vector<128x16xf32>, memref<4x128x16xf32>
  }
  scf.forall (%h, %i) in (4, 4) {
    %begin = arith.muli %i, %c16 : index
    %a = vector.transfer_read %q[%h, %c0, %c0], %pad {in_bounds = [true, true]} : memref<4x128x64xf32>, vector<128x64xf32>
    %r = scf.for %key = %begin to %c64 step %c16 iter_args(%sum = %start) -> (vector<128x16xf32>) {
      %b = vector.transfer_read %k[%c0, %key, %c0], %pad {in_bounds = [true, true]} : memref<4x128x64xf32>, vector<16x64xf32>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %sum : vector<128x64xf32>, vector<16x64xf32> into vector<128x16xf32>
      scf.yield %s : vector<128x16xf32>
    }
    vector.transfer_write %r, %o[%h, %c0, %c0] {in_bounds = [true, true]} : vector<128x16xf32>, memref<4x128x16xf32>
  }
  scf.forall (%h) in (4) {
    %a = vector.transfer_read %q[%h, %c0, %c0], %pad {in_bounds = [true, true]} : memref<4x128x64xf32>, vector<128x48xf32>
    %r = scf.for %key = %c0 to %c64 step %c16 iter_args(%sum = %start) -> (vector<128x16xf32>) {
      %b = vector.transfer_read %k[%c0, %key, %c0], %pad {in_bounds = [true, true]} : memref<4x128x64xf32>, vector<16x48xf32>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %sum : vector<128x48xf32>, vector<16x48xf32> into vector<128x16xf32>
      scf.yield %s : vector<128x16xf32>
    }
    vector.transfer_write %r, %o[%h, %c0, %c0] {in_bounds = [true, true]} : vector<128x16xf32>, memref<4x128x16xf32>
  }
  %few = arith.constant dense<0.0> : vector<80x16xf32>
  scf.forall (%h) in (4) {
    %a = vector.transfer_read %q[%h, %c0, %c0], %pad {in_bounds = [true, true]} : memref<4x128x64xf32>, vector<80x64xf32>
    %r = scf.for %key = %c0 to %c64 step %c16 iter_args(%sum = %few) -> (vector<80x16xf32>) {
      %b = vector.transfer_read %k[%c0, %key, %c0], %pad {in_bounds = [true, true]} : memref<4x128x64xf32>, vector<16x64xf32>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %sum : vector<80x64xf32>, vector<16x64xf32> into vector<80x16xf32>
      scf.yield %s : vector<80x16xf32>
    }
    vector.transfer_write %r, %o[%h, %c0, %c0] {in_bounds = [true, true]} : vector<80x16xf32>, memref<4x128x16xf32>
  }
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// The same as pairs, and as tiles of a matrix unit.
// CHECK-LABEL: func.func @packs_pairs
// PAIRS-LABEL: func.func @packs_pairs
// PAIRS:         %[[PAIRS:.+]] = memref.alloc() : memref<2x7x64x32xbf16>
// PAIRS:         scf.forall (%{{.+}}, %{{.+}}) in (2, 7)
// PAIRS:           vector.store %{{.+}} : memref<64x32xbf16, strided<[32, 1], offset: ?>>
// PAIRS:         scf.forall (%{{.+}}, %{{.+}}) in (2, 2)
// PAIRS-NOT:       vector.shuffle
// PAIRS:           avx512bf16.dpbf16ps
// UNIT-LABEL: func.func @packs_pairs
// UNIT:          memref.alloc() : memref<2x7x1x64x32xbf16>
// UNIT:          scf.forall (%{{.+}}, %{{.+}}) in (2, 7)
// UNIT-NOT:        ldtilecfg
// UNIT:            vector.store %{{.+}} : memref<1x64x32xbf16, strided<[2048, 32, 1], offset: ?>>
// UNIT:          scf.forall (%{{.+}}, %{{.+}}) in (2, 2)
// UNIT-NOT:        vector.shuffle
// UNIT:            tdpbf16ps
func.func @packs_pairs(%q: memref<2x256x128xbf16>, %k: memref<2x100x128xbf16>, %o: memref<2x256x16xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %c100 = arith.constant 100 : index
  %pad = arith.constant 0.0 : bf16
  %start = arith.constant dense<0.0> : vector<128x16xf32>
  scf.forall (%h, %i) in (2, 2) {
    %first = arith.muli %i, %c128 : index
    %a = vector.transfer_read %q[%h, %first, %c0], %pad {in_bounds = [true, true]} : memref<2x256x128xbf16>, vector<128x128xbf16>
    %r = scf.for %key = %c0 to %c100 step %c16 iter_args(%sum = %start) -> (vector<128x16xf32>) {
      %b = vector.transfer_read %k[%h, %key, %c0], %pad {in_bounds = [false, true]} : memref<2x100x128xbf16>, vector<16x128xbf16>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %sum : vector<128x128xbf16>, vector<16x128xbf16> into vector<128x16xf32>
      scf.yield %s : vector<128x16xf32>
    }
    vector.transfer_write %r, %o[%h, %first, %c0] {in_bounds = [true, true]} : vector<128x16xf32>, memref<2x256x16xf32>
  }
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// A matrix unit is done sooner than a tile is packed: its tiles are packed once also of narrow rows, for few queries, and where each task
// starts at a key of its own.
// CHECK-LABEL: func.func @packs_windows
// PAIRS-LABEL: func.func @packs_windows
// PAIRS-NOT:     memref.alloc()
// UNIT-LABEL: func.func @packs_windows
// UNIT:          memref.alloc() : memref<2x16x1x32x32xbf16>
// UNIT:          scf.forall (%{{.+}}, %{{.+}}) in (2, 16)
// UNIT:          scf.forall (%{{.+}}, %{{.+}}) in (2, 16)
// UNIT-NOT:        vector.shuffle
// UNIT:            tdpbf16ps
func.func @packs_windows(%q: memref<2x256x64xbf16>, %k: memref<2x256x64xbf16>, %o: memref<2x256x16xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c48 = arith.constant 48 : index
  %pad = arith.constant 0.0 : bf16
  %start = arith.constant dense<0.0> : vector<16x16xf32>
  scf.forall (%h, %i) in (2, 16) {
    %first = arith.muli %i, %c16 : index
    %a = vector.transfer_read %q[%h, %first, %c0], %pad {in_bounds = [true, true]} : memref<2x256x64xbf16>, vector<16x64xbf16>
    %end = arith.addi %first, %c48 : index
    %r = scf.for %key = %first to %end step %c16 iter_args(%sum = %start) -> (vector<16x16xf32>) {
      %b = vector.transfer_read %k[%h, %key, %c0], %pad {in_bounds = [false, true]} : memref<2x256x64xbf16>, vector<16x64xbf16>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %sum : vector<16x64xbf16>, vector<16x64xbf16> into vector<16x16xf32>
      scf.yield %s : vector<16x16xf32>
    }
    vector.transfer_write %r, %o[%h, %first, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, memref<2x256x16xf32>
  }
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// Only tiles that a task may read are packed: where that follows from what all tasks know, as which keys of a batch exist. What a
// query sees (%near) is not known in front of the tasks.
// PAIRS-LABEL: func.func @packs_what_exists
// UNIT-LABEL: func.func @packs_what_exists
// CHECK-LABEL: func.func @packs_what_exists
// CHECK-SAME:    %{{.+}}: memref<2x256x64xf32>, %{{.+}}: memref<2x128x64xf32>, %[[EXIST:.+]]: memref<2x128xi1>
// CHECK:         %[[PANELS:.+]] = memref.alloc() : memref<2x8x1x64x16xf32>
// CHECK:         scf.forall (%[[BATCH:.+]], %[[TILE:.+]]) in (2, 8)
// CHECK:           %[[KEY:.+]] = arith.muli %[[TILE]], %c16
// CHECK:           %[[ANY:.+]] = scf.for %[[I:.+]] = %[[KEY]] to
// CHECK:             memref.load %[[EXIST]][%[[BATCH]], %[[I]]]
// CHECK-NOT:       arith.cmpi
// CHECK:           scf.if %[[ANY]] {
// CHECK:             vector.store
// CHECK:         scf.forall
func.func @packs_what_exists(%q: memref<2x256x64xf32>, %k: memref<2x128x64xf32>, %exist: memref<2x128xi1>, %o: memref<2x256x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %false = arith.constant false
  %pad = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<128x16xf32>
  scf.forall (%h, %i) in (2, 2) {
    %first = arith.muli %i, %c128 : index
    %a = vector.transfer_read %q[%h, %first, %c0], %pad {in_bounds = [true, true]} : memref<2x256x64xf32>, vector<128x64xf32>
    %r = scf.for %key = %c0 to %c128 step %c16 iter_args(%sum = %start) -> (vector<128x16xf32>) {
      %end = arith.addi %key, %c16 : index
      %any = scf.for %at = %key to %end step %c1 iter_args(%found = %false) -> (i1) {
        %exists = memref.load %exist[%h, %at] : memref<2x128xi1>
        %either = arith.ori %found, %exists : i1
        scf.yield %either : i1
      }
      %near = arith.cmpi sle, %key, %first : index
      %sees = arith.andi %near, %any : i1
      %next = scf.if %sees -> (vector<128x16xf32>) {
        %b = vector.transfer_read %k[%h, %key, %c0], %pad {in_bounds = [true, true]} : memref<2x128x64xf32>, vector<16x64xf32>
        %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %sum : vector<128x64xf32>, vector<16x64xf32> into vector<128x16xf32>
        scf.yield %s : vector<128x16xf32>
      } else {
        scf.yield %sum : vector<128x16xf32>
      }
      scf.yield %next : vector<128x16xf32>
    }
    vector.transfer_write %r, %o[%h, %first, %c0] {in_bounds = [true, true]} : vector<128x16xf32>, memref<2x256x16xf32>
  }
  return
}
