// RUN: attention-opt %s -attention-pack-weights=panel-bytes=16384 -split-input-file | FileCheck %s
// RUN: attention-opt %s -attention-pack-weights=panel-bytes=16384 -attention-prepare-weights -attention-glue-to-tiles -canonicalize -split-input-file | FileCheck %s --check-prefix=TILES

// RUN: attention-opt %s -attention-pack-weights="panel-bytes=16384 bf16=true" -attention-prepare-weights -attention-fuse-epilogue -attention-glue-to-tiles -canonicalize -split-input-file | FileCheck %s --check-prefix=BF16

// RUN: attention-opt %s -attention-pack-weights="panel-bytes=16384 paired-rows=16" -attention-prepare-weights -attention-fuse-epilogue -attention-glue-to-tiles -canonicalize -split-input-file | FileCheck %s --check-prefix=PAIRS

// Rows of bf16 may lie in pairs, for processors that multiply those; others are as they were.
// PAIRS-LABEL: func.func @panels(
// PAIRS-SAME:    tensor<2x64x96xf32> {attention.prepared = 0 : i64}
// PAIRS-LABEL: func.func private @pads.prepare(
// PAIRS:         tensor.expand_shape %{{.*}} {{\[\[}}0, 1], [2, 3]] output_shape [3, 48, 32, 2]
// PAIRS:         linalg.transpose {{.*}} permutation = [0, 2, 1, 3]
// PAIRS-LABEL: func.func @pads(
// PAIRS-SAME:    %[[P:[a-z0-9]+]]: tensor<3x32x48x2xbf16> {attention.prepared = 0 : i64}
// PAIRS:         scf.forall (%{{.*}}, %[[PANEL:.*]]) in (%{{.*}}, 3)
// PAIRS:           %[[ROWS:.*]] = tensor.collapse_shape %[[P]] {{\[\[}}0], [1], [2, 3]]
// PAIRS:           %[[PAIRS:.*]] = vector.transfer_read %[[ROWS]][%[[PANEL]], %c0, %c0], %{{.*}} {in_bounds = [true, true]} : tensor<3x32x96xbf16>, vector<32x96xbf16>
// PAIRS:           %[[W:.*]] = attention.split_pairs %[[PAIRS]] : vector<32x96xbf16> to vector<64x48xbf16>
// PAIRS:           vector.contract {{.*}} %{{.*}}, %[[W]],

// Panels of f32 may be rounded where they are packed; kernels widen what they read.
// BF16-LABEL: func.func private @panels.prepare(
// BF16:         arith.truncf
// BF16-LABEL: func.func @panels(
// BF16-SAME:    %[[P:[a-z0-9]+]]: tensor<{{[0-9x]+}}xbf16> {attention.prepared = 0 : i64}
// BF16:           %[[READ:.*]] = vector.transfer_read %[[P]][
// BF16:           arith.extf %[[READ]]

// Panels that fit the bytes; what reads the weight reads the panels.
// CHECK-LABEL: func.func @panels(
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32>, %[[W:.*]]: tensor<192x64xf32>
// CHECK:         %[[CUT:.*]] = tensor.expand_shape %[[W]] {{\[\[}}0, 1], [2]] output_shape [2, 96, 64]
// CHECK:         %[[P:.*]] = linalg.transpose ins(%[[CUT]] : tensor<2x96x64xf32>) outs(%{{.*}} : tensor<2x64x96xf32>) permutation = [0, 2, 1]
// CHECK:         %[[U:.*]] = linalg.unpack %[[P]] inner_dims_pos = [0] inner_tiles = [96] into %{{.*}} : tensor<2x64x96xf32> -> tensor<192x64xf32>
// CHECK:         attention.project %[[X]], %[[U]]

// TILES-LABEL: func.func private @panels.prepare(
// TILES:         linalg.transpose
// TILES-LABEL: func.func @panels(
// TILES-SAME:    %[[P:[a-z0-9]+]]: tensor<2x64x96xf32> {attention.prepared = 0 : i64}
// TILES-NOT:     linalg.unpack
// TILES:         scf.forall (%{{.*}}, %[[PANEL:.*]]) in (%{{.*}}, 2)
// TILES:           vector.transfer_read %[[P]][%[[PANEL]], %c0, %c0], %{{.*}} {in_bounds = [true, true]} : tensor<2x64x96xf32>, vector<64x96xf32>
func.func @panels(%x: tensor<?x64xf32>, %w: tensor<192x64xf32> {attention.weight = "w"}) -> tensor<?x192xf32> {
  %y = attention.project %x, %w : tensor<?x64xf32>, tensor<192x64xf32>
  return %y : tensor<?x192xf32>
}

// -----

// Converted weights are packed as they are converted; a last panel that is not whole is padded.
// CHECK-LABEL: func.func @pads(
// CHECK:         %[[T:.*]] = arith.truncf
// CHECK:         %[[W:.*]] = tensor.pad %[[T]] low[0, 0] high[14, 0]
// CHECK:         tensor<130x64xbf16> to tensor<144x64xbf16>
// CHECK:         linalg.unpack %{{.*}} : tensor<3x64x48xbf16> -> tensor<130x64xbf16>

// TILES-LABEL: func.func private @pads.prepare(
// TILES-SAME:    tensor<130x64xf32> {{.*}}) -> tensor<3x64x48xbf16>
func.func @pads(%x: tensor<?x64xbf16>, %w: tensor<130x64xf32> {attention.weight = "w"}) -> tensor<?x130xbf16> {
  %0 = arith.truncf %w : tensor<130x64xf32> to tensor<130x64xbf16>
  %y = attention.project %x, %0 : tensor<?x64xbf16>, tensor<130x64xbf16>
  return %y : tensor<?x130xbf16>
}

// -----

// Left alone: what an input gives, what would be mostly padding, and what is empty.
// CHECK-LABEL: func.func @left_alone(
// CHECK-NOT:     linalg.unpack
func.func @left_alone(%x: tensor<?x64xf32>, %w: tensor<96x64xf32>, %few: tensor<2x64xf32> {attention.weight = "few"}, %none: tensor<0x64xf32> {attention.weight = "none"}) -> (tensor<?x96xf32>, tensor<?x2xf32>, tensor<?x0xf32>) {
  %a = attention.project %x, %w : tensor<?x64xf32>, tensor<96x64xf32>
  %b = attention.project %x, %few : tensor<?x64xf32>, tensor<2x64xf32>
  %c = attention.project %x, %none : tensor<?x64xf32>, tensor<0x64xf32>
  return %a, %b, %c : tensor<?x96xf32>, tensor<?x2xf32>, tensor<?x0xf32>
}

// -----

// What no input reaches is not read by runs alone, so that its weight is not prepared: rows are multiplied as they are, not packed first.
// CHECK-LABEL: func.func @settled(
// PAIRS-LABEL: func.func @settled(
// PAIRS:         vector.contract
// PAIRS-NOT:     attention.split_pairs
// PAIRS:         return
func.func @settled(%w: tensor<96x64xbf16> {attention.weight = "w"}) -> tensor<1x96xbf16> {
  %one = arith.constant dense<1.0> : tensor<1x64xbf16>
  %y = attention.project %one, %w : tensor<1x64xbf16>, tensor<96x64xbf16>
  return %y : tensor<1x96xbf16>
}
