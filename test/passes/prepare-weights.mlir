// RUN: attention-opt %s -attention-prepare-weights -split-input-file | FileCheck %s

// What runs read of weights alone is computed by a function of its own; names that places gave stay.

// CHECK-LABEL: func.func private @convert.prepare(
// CHECK-SAME:    %[[W:[a-z0-9]+]]: tensor<8x4xf32> {attention.name = "arg1", attention.weight = "w"})
// CHECK-SAME:    -> tensor<8x4xbf16> attributes {attention.prepares}
// CHECK-NEXT:    %[[C:.*]] = arith.truncf %[[W]]
// CHECK-NEXT:    return %[[C]]
// CHECK-LABEL: func.func @convert(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<?x4xbf16> {attention.name = "arg0"}
// CHECK-SAME:    tensor<8x4xf32> {attention.name = "arg1", attention.weight = "w"}
// CHECK-SAME:    %[[P:[a-z0-9]+]]: tensor<8x4xbf16> {attention.prepared = 0 : i64})
// CHECK-SAME:    attributes {attention.preparation = @convert.prepare}
// CHECK-NEXT:    %[[Y:.*]] = attention.project %[[X]], %[[P]]
// CHECK-NEXT:    return %[[Y]]
func.func @convert(%x: tensor<?x4xbf16>, %w: tensor<8x4xf32> {attention.weight = "w"}) -> tensor<?x8xbf16> {
  %0 = arith.truncf %w : tensor<8x4xf32> to tensor<8x4xbf16>
  %y = attention.project %x, %0 : tensor<?x4xbf16>, tensor<8x4xbf16>
  return %y : tensor<?x8xbf16>
}

// -----

// Of a chain only the end, and with it the constants; of what several read, one.

// CHECK-LABEL: func.func private @chain.prepare(
// CHECK-SAME:    %{{.*}}: tensor<8x4xf32> {{.*}}"w"}, %{{.*}}: tensor<4x8xf32> {{.*}}"v"}) -> tensor<8x4xf32>
// CHECK:         arith.constant dense<2.000000e+00>
// CHECK:         linalg.transpose
// CHECK:         arith.mulf
// CHECK:         arith.addf
// CHECK-NEXT:    return
// CHECK-LABEL: func.func @chain(
// CHECK-SAME:    %[[P:[a-z0-9]+]]: tensor<8x4xf32> {attention.prepared = 0 : i64})
// CHECK-NEXT:    attention.project %{{.*}}, %[[P]]
// CHECK-NEXT:    attention.project %{{.*}}, %[[P]]
// CHECK-NEXT:    return
func.func @chain(%x: tensor<?x4xf32>, %w: tensor<8x4xf32> {attention.weight = "w"},
                 %v: tensor<4x8xf32> {attention.weight = "v"}) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  %two = arith.constant dense<2.0> : tensor<8x4xf32>
  %empty = tensor.empty() : tensor<8x4xf32>
  %t = linalg.transpose ins(%v : tensor<4x8xf32>) outs(%empty : tensor<8x4xf32>) permutation = [1, 0]
  %d = arith.mulf %w, %two : tensor<8x4xf32>
  %s = arith.addf %t, %d : tensor<8x4xf32>
  %y = attention.project %x, %s : tensor<?x4xf32>, tensor<8x4xf32>
  %z = attention.project %x, %s : tensor<?x4xf32>, tensor<8x4xf32>
  return %y, %z : tensor<?x8xf32>, tensor<?x8xf32>
}

// -----

// Views and repetitions are left to the run, but not what they are of.

// CHECK-LABEL: func.func private @views.prepare(
// CHECK-NEXT:    arith.negf %{{.*}} : tensor<32xf32>
// CHECK-NEXT:    return
// CHECK-LABEL: func.func @views(
// CHECK-SAME:    %[[P:[a-z0-9]+]]: tensor<32xf32> {attention.prepared = 0 : i64})
// CHECK-NOT:     arith.negf
// CHECK:         tensor.expand_shape %[[P]]
func.func @views(%x: tensor<?x4xf32>, %w: tensor<32xf32> {attention.weight = "w"}) -> tensor<?x8xf32> {
  %n = arith.negf %w : tensor<32xf32>
  %e = tensor.expand_shape %n [[0, 1]] output_shape [8, 4] : tensor<32xf32> into tensor<8x4xf32>
  %y = attention.project %x, %e : tensor<?x4xf32>, tensor<8x4xf32>
  return %y : tensor<?x8xf32>
}

// -----

// What a region reads counts like what an operand reads.

// CHECK-LABEL: func.func private @region.prepare(
// CHECK-NEXT:    arith.extf
// CHECK-LABEL: func.func @region(
// CHECK-SAME:    %[[P:[a-z0-9]+]]: tensor<8xf32> {attention.prepared = 0 : i64})
// CHECK:         tensor.extract %[[P]]
func.func @region(%n: tensor<?xf32>, %w: tensor<8xf16> {attention.weight = "w"}) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %f = arith.extf %w : tensor<8xf16> to tensor<8xf32>
  %size = tensor.dim %n, %c0 : tensor<?xf32>
  %g = tensor.generate %size {
  ^bb0(%i: index):
    %e = tensor.extract %f[%c0] : tensor<8xf32>
    tensor.yield %e : f32
  } : tensor<?xf32>
  return %g : tensor<?xf32>
}

// -----

// CHECK-NOT: prepare

// The result has more elements than the weight.
func.func @grows(%x: tensor<8x4xf32>, %w: tensor<4xf32> {attention.weight = "w"}) -> tensor<8x4xf32> {
  %empty = tensor.empty() : tensor<8x4xf32>
  %b = linalg.broadcast ins(%w : tensor<4xf32>) outs(%empty : tensor<8x4xf32>) dimensions = [0]
  %e = math.exp %b : tensor<8x4xf32>
  %y = arith.addf %x, %e : tensor<8x4xf32>
  return %y : tensor<8x4xf32>
}

// Only its caller reads the result.
func.func @returns(%w: tensor<4xf32> {attention.weight = "w"}) -> tensor<4xf32> {
  %0 = arith.negf %w : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// The size of the weight is known when it is bound.
func.func @dynamic(%x: tensor<?xf32>, %w: tensor<?xf32> {attention.weight = "w"}) -> tensor<?xf32> {
  %0 = math.exp %w : tensor<?xf32>
  %y = arith.addf %x, %0 : tensor<?xf32>
  return %y : tensor<?xf32>
}

// No weight, and a constant.
func.func @input(%x: tensor<4xf32>) -> tensor<4xf32> {
  %one = arith.constant dense<1.0> : tensor<4xf32>
  %e = math.exp %one : tensor<4xf32>
  %y = arith.addf %x, %e : tensor<4xf32>
  return %y : tensor<4xf32>
}

// Only what runs by itself has weights bound.
func.func private @helper(%x: tensor<4xf32>, %w: tensor<4xf32> {attention.weight = "w"}) -> tensor<4xf32> {
  %e = math.exp %w : tensor<4xf32>
  %y = arith.addf %x, %e : tensor<4xf32>
  return %y : tensor<4xf32>
}
