// Recurrences along the sequence and along depth, through text, generic text and bytecode.
// RUN: attention-opt %s > %t.once
// RUN: FileCheck %s < %t.once
// RUN: attention-opt %t.once | diff %t.once -
// RUN: attention-opt %s -mlir-print-op-generic | attention-opt | diff %t.once -
// RUN: attention-opt %s -emit-bytecode | attention-opt | diff %t.once -

// CHECK-LABEL: func @segments_without_carries(
// CHECK: attention.segments %{{.*}} length(4) {
func.func @segments_without_carries(%x: tensor<2x8x4xf32>) -> tensor<2x8x4xf32> {
  %y = attention.segments %x length(4) {
  ^bb0(%s: tensor<2x4x4xf32>):
    attention.yield %s : tensor<2x4x4xf32>
  } : (tensor<2x8x4xf32>) -> tensor<2x8x4xf32>
  return %y : tensor<2x8x4xf32>
}

// A memory that is empty before the first segment, and a scalar count.
// CHECK-LABEL: func @segments_with_carries(
// CHECK: %{{.*}}, %{{.*}}:2 = attention.segments %{{.*}} carry(%{{.*}}, %{{.*}}) length(3) {
// CHECK: } : (tensor<1x8x4xf32>, tensor<1x0x4xf32>, tensor<i64>) -> (tensor<1x?x4xf32>, tensor<1x?x4xf32>, tensor<i64>)
func.func @segments_with_carries(%x: tensor<1x8x4xf32>, %m: tensor<1x0x4xf32>, %n: tensor<i64>) -> tensor<1x?x4xf32> {
  %y, %last:2 = attention.segments %x carry(%m, %n) length(3) {
  ^bb0(%s: tensor<1x?x4xf32>, %memory: tensor<1x?x4xf32>, %count: tensor<i64>):
    attention.yield %s, %s, %count : tensor<1x?x4xf32>, tensor<1x?x4xf32>, tensor<i64>
  } : (tensor<1x8x4xf32>, tensor<1x0x4xf32>, tensor<i64>) -> (tensor<1x?x4xf32>, tensor<1x?x4xf32>, tensor<i64>)
  return %y : tensor<1x?x4xf32>
}

// CHECK-LABEL: func @evolve_by_a_value(
// CHECK: attention.evolve %{{.*}} steps(3) step(%{{.*}} : f32) method(rk4) on(#attention.sphere) velocity {
func.func @evolve_by_a_value(%x: tensor<?x4xf32>, %h: f32) -> tensor<?x4xf32> {
  %y = attention.evolve %x steps(3) step(%h : f32) method(rk4) on(#attention.sphere) velocity {
  ^bb0(%p: tensor<?x4xf32>, %layer: index, %time: f32):
    attention.yield %p : tensor<?x4xf32>
  } : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: func @evolve_by_two_values(
// CHECK: attention.evolve %{{.*}}, %{{.*}} steps(3) step(%{{.*}}, %{{.*}} : f64, f32) method(exponential) damping(#attention.damping<linear = 5.000000e-01>) velocity {
// CHECK: } force {
// CHECK: } : (tensor<4xf64>, tensor<2xf64>) -> (tensor<4xf64>, tensor<2xf64>)
func.func @evolve_by_two_values(%x: tensor<4xf64>, %y: tensor<2xf64>, %hx: f64, %hy: f32) -> (tensor<4xf64>, tensor<2xf64>) {
  %r:2 = attention.evolve %x, %y steps(3) step(%hx, %hy : f64, f32) method(exponential) damping(#attention.damping<linear = 0.5>) velocity {
  ^bb0(%p: tensor<4xf64>, %m: tensor<2xf64>, %layer: index, %time: f64):
    attention.yield %p : tensor<4xf64>
  } force {
  ^bb0(%p: tensor<4xf64>, %m: tensor<2xf64>, %layer: index, %time: f64):
    attention.yield %m : tensor<2xf64>
  } : (tensor<4xf64>, tensor<2xf64>) -> (tensor<4xf64>, tensor<2xf64>)
  return %r#0, %r#1 : tensor<4xf64>, tensor<2xf64>
}
