// RUN: attention-opt %s | attention-opt | FileCheck %s
// The window of tiled code reads back as it is printed, next to other clauses.

// CHECK-LABEL: @visits_a_window
func.func @visits_a_window(%p: !attention.partial<#attention.softmax, tensor<64x8xf32>>, %q: tensor<1x2x?x16xf32>, %k: tensor<1x2x?x16xf32>,
                           %v: tensor<1x2x?x8xf32>, %i: index) -> !attention.partial<#attention.softmax, tensor<64x8xf32>> {
  // CHECK: attention.visit {{.*}} scale(2.500000e-01) window[%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}] [64, 128] whole :
  %r = attention.visit %p, %q, %k, %v window[%i, %i, %i, %i] [64, 128] whole scale(0.25)
      : !attention.partial<#attention.softmax, tensor<64x8xf32>>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x8xf32>
  return %r : !attention.partial<#attention.softmax, tensor<64x8xf32>>
}
