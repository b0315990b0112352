// RUN: attention-opt %s -attention-join-projections -split-input-file | FileCheck %s
// RUN: attention-opt %s -attention-join-projections=most-bytes=20000 -split-input-file | FileCheck %s --check-prefix=SMALL
// RUN: attention-opt %s -attention-join-projections -attention-pack-weights -attention-prepare-weights -split-input-file | FileCheck %s --check-prefix=PREPARED

// CHECK-LABEL: func.func @heads
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<?x?x64xf32>, %[[WQ:[a-z0-9]+]]: tensor<64x64xf32> {{.*}}, %[[WK:[a-z0-9]+]]: tensor<32x64xf32>
// CHECK:         %[[W:.+]] = tensor.concat dim(0) %[[WQ]], %[[WK]] : (tensor<64x64xf32>, tensor<32x64xf32>) -> tensor<96x64xf32>
// CHECK:         %[[BOTH:.+]] = attention.project %[[X]], %[[W]] : tensor<?x?x64xf32>, tensor<96x64xf32>
// CHECK-NOT:     attention.project
// CHECK:         %[[Q:.+]] = tensor.extract_slice %[[BOTH]][0, 0, 0] [%{{.+}}, %{{.+}}, 64] [1, 1, 1]
// CHECK:         %[[K:.+]] = tensor.extract_slice %[[BOTH]][0, 0, 64] [%{{.+}}, %{{.+}}, 32] [1, 1, 1]
// CHECK:         attention.split_heads %[[Q]]
// CHECK:         attention.split_heads %[[K]]

// Together they are larger than that.
// SMALL-LABEL: func.func @heads
// SMALL-NOT:     tensor.concat
// SMALL-LABEL: func.func @biases

// The weight is put together, and packed, once.
// PREPARED-LABEL: func.func private @heads.prepare
// PREPARED:         tensor.concat
// PREPARED-LABEL: func.func @heads
// PREPARED-NOT:     tensor.concat
// PREPARED-LABEL: func.func private @biases.prepare
func.func @heads(%x: tensor<?x?x64xf32>, %wq: tensor<64x64xf32> {attention.weight = "q"}, %wk: tensor<32x64xf32> {attention.weight = "k"})
    -> (tensor<?x4x?x16xf32>, tensor<?x2x?x16xf32>) {
  %q = attention.project %x, %wq : tensor<?x?x64xf32>, tensor<64x64xf32>
  %k = attention.project %x, %wk : tensor<?x?x64xf32>, tensor<32x64xf32>
  %qh = attention.split_heads %q heads(4) : tensor<?x?x64xf32>
  %kh = attention.split_heads %k heads(2) : tensor<?x?x32xf32>
  return %qh, %kh : tensor<?x4x?x16xf32>, tensor<?x2x?x16xf32>
}

// -----

// CHECK-LABEL: func.func @biases
// CHECK:         %[[W:.+]] = tensor.concat dim(0)
// CHECK:         %[[B:.+]] = tensor.concat dim(0) {{.*}} : (tensor<16xf32>, tensor<16xf32>) -> tensor<32xf32>
// CHECK:         attention.project %{{.+}}, %[[W]], %[[B]]
func.func @biases(%x: tensor<1x?x64xf32>, %w1: tensor<16x64xf32> {attention.weight = "w1"}, %b1: tensor<16xf32> {attention.weight = "b1"},
                  %w2: tensor<16x64xf32> {attention.weight = "w2"}, %b2: tensor<16xf32> {attention.weight = "b2"})
    -> (tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>) {
  %1 = attention.project %x, %w1, %b1 : tensor<1x?x64xf32>, tensor<16x64xf32>, tensor<16xf32>
  %2 = attention.project %x, %w2, %b2 : tensor<1x?x64xf32>, tensor<16x64xf32>, tensor<16xf32>
  %h1 = attention.split_heads %1 heads(1) : tensor<1x?x16xf32>
  %h2 = attention.split_heads %2 heads(1) : tensor<1x?x16xf32>
  return %h1, %h2 : tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>
}

// -----

// What an input has part in is no weight; one of two biases is none; what is not read as heads becomes one kernel with its readers.
// CHECK-LABEL: func.func @apart
// CHECK-NOT:     tensor.concat
func.func @apart(%x: tensor<1x?x64xf32>, %input: tensor<16x64xf32>, %w1: tensor<16x64xf32> {attention.weight = "w1"},
                 %b1: tensor<16xf32> {attention.weight = "b1"}, %w2: tensor<16x64xf32> {attention.weight = "w2"})
    -> (tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>, tensor<1x?x16xf32>) {
  %0 = attention.project %x, %input : tensor<1x?x64xf32>, tensor<16x64xf32>
  %1 = attention.project %x, %w1, %b1 : tensor<1x?x64xf32>, tensor<16x64xf32>, tensor<16xf32>
  %2 = attention.project %x, %w2 : tensor<1x?x64xf32>, tensor<16x64xf32>
  %3 = attention.project %x, %w2 : tensor<1x?x64xf32>, tensor<16x64xf32>
  %g = attention.gelu %3 : tensor<1x?x16xf32>
  %h0 = attention.split_heads %0 heads(1) : tensor<1x?x16xf32>
  %h1 = attention.split_heads %1 heads(1) : tensor<1x?x16xf32>
  %h2 = attention.split_heads %2 heads(1) : tensor<1x?x16xf32>
  return %h0, %h1, %h2, %g : tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>, tensor<1x?x16xf32>
}
