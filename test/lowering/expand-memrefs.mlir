// RUN: attention-opt %s -attention-expand-memrefs -canonicalize | FileCheck %s

// CHECK-LABEL: func @states_the_sizes_of_a_reshape(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<?x32xf32>, %[[M:[a-z0-9]+]]: index, %[[N:[a-z0-9]+]]: index)
// CHECK:         %[[STRIDE:.*]] = arith.muli %[[N]], %c32
// CHECK:         memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [%[[M]], %[[N]], 32], strides: [%[[STRIDE]], 32, 1]
func.func @states_the_sizes_of_a_reshape(%x: memref<?x32xf32>, %m: index, %n: index) -> memref<?x?x32xf32> {
  %0 = memref.expand_shape %x [[0, 1], [2]] output_shape [%m, %n, 32] : memref<?x32xf32> into memref<?x?x32xf32>
  return %0 : memref<?x?x32xf32>
}

// CHECK-LABEL: func @gives_a_lone_element_dimensions(
// CHECK:         memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [1, 1], strides: [1, 1]
func.func @gives_a_lone_element_dimensions(%x: memref<f32>) -> memref<1x1xf32> {
  %0 = memref.expand_shape %x [] output_shape [1, 1] : memref<f32> into memref<1x1xf32>
  return %0 : memref<1x1xf32>
}

// CHECK-LABEL: func @loops_over_a_strided_copy(
// CHECK:         scf.for
// CHECK:           scf.for
// CHECK:             memref.load
// CHECK:             memref.store
// CHECK-NOT:     memref.copy
func.func @loops_over_a_strided_copy(%x: memref<?x8xf32, strided<[32, 1]>>, %y: memref<?x8xf32>) {
  memref.copy %x, %y : memref<?x8xf32, strided<[32, 1]>> to memref<?x8xf32>
  return
}

// CHECK-LABEL: func @keeps_a_contiguous_copy(
// CHECK:         memref.copy
func.func @keeps_a_contiguous_copy(%x: memref<?x8xf32>, %y: memref<?x8xf32>) {
  memref.copy %x, %y : memref<?x8xf32> to memref<?x8xf32>
  return
}
