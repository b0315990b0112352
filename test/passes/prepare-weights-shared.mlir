// RUN: attention-opt %s -attention-derive-decode -attention-prepare-weights | FileCheck %s

// A step prepares what its function does: once for both.
// CHECK:     func.func private @scores.prepare(
// CHECK-NOT: .prepare(
// CHECK:     func.func @scores({{.*}} {attention.prepared = 0 : i64}
// CHECK-SAME: attention.preparation = @scores.prepare
// CHECK-NOT: .prepare(
// CHECK:     func.func private @scores.step({{.*}} {attention.prepared = 0 : i64}
// CHECK-SAME: attention.preparation = @scores.prepare
// CHECK-NOT: .prepare(
func.func @scores(%x: tensor<1x?x4xbf16> {attention.tokens = 1 : i64}, %w: tensor<8x4xf32> {attention.weight = "w"}) -> (tensor<1x?x8xbf16> {attention.tokens = 1 : i64}) {
  %0 = arith.truncf %w : tensor<8x4xf32> to tensor<8x4xbf16>
  %y = attention.project %x, %0 : tensor<1x?x4xbf16>, tensor<8x4xbf16>
  return %y : tensor<1x?x8xbf16>
}
