// RUN: attention-opt %s --attention-keep-carries | FileCheck %s

// What is computed elsewhere is put into the tensor that the loop carries; what is computed there already stays.
// CHECK-LABEL: func.func @keeps(
// CHECK: scf.for {{.*}} iter_args(%[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}}, %[[I:.*]] = %{{.*}})
// CHECK: %[[NEXT:.*]] = arith.negf %[[A]]
// CHECK: %[[PLACED:.*]] = tensor.insert_slice
// CHECK: %[[KEPT:.*]] = bufferization.materialize_in_destination %[[NEXT]] in %[[A]]
// CHECK: scf.yield %[[KEPT]], %[[PLACED]], %[[I]]
func.func @keeps(%a: tensor<4xf32>, %b: tensor<8xf32>, %n: index) -> (tensor<4xf32>, tensor<8xf32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %r:3 = scf.for %i = %zero to %n step %one iter_args(%x = %a, %y = %b, %j = %zero) -> (tensor<4xf32>, tensor<8xf32>, index) {
    %next = arith.negf %x : tensor<4xf32>
    %placed = tensor.insert_slice %x into %y[%j] [4] [1] : tensor<4xf32> into tensor<8xf32>
    scf.yield %next, %placed, %j : tensor<4xf32>, tensor<8xf32>, index
  }
  return %r#0, %r#1 : tensor<4xf32>, tensor<8xf32>
}

// What moves from one place to another is copied before that is written.
// CHECK-LABEL: func.func @moves(
// CHECK: scf.for {{.*}} iter_args(%[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}})
// CHECK: %[[NEXT:.*]] = arith.negf %[[B]]
// CHECK: %[[MOVED:.*]] = bufferization.alloc_tensor() copy(%[[A]])
// CHECK: bufferization.materialize_in_destination %[[NEXT]] in %[[A]]
// CHECK: bufferization.materialize_in_destination %[[MOVED]] in %[[B]]
func.func @moves(%a: tensor<4xf32>, %b: tensor<4xf32>, %n: index) -> (tensor<4xf32>, tensor<4xf32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %r:2 = scf.for %i = %zero to %n step %one iter_args(%x = %a, %y = %b) -> (tensor<4xf32>, tensor<4xf32>) {
    %next = arith.negf %y : tensor<4xf32>
    scf.yield %next, %x : tensor<4xf32>, tensor<4xf32>
  }
  return %r#0, %r#1 : tensor<4xf32>, tensor<4xf32>
}

// Two places without contents are two, though they look alike.
// CHECK-LABEL: func.func @starts_alike(
// CHECK: %[[B:.*]] = tensor.empty
// CHECK: %[[A:.*]] = tensor.empty
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %[[A]], %{{.*}} = %[[B]])
func.func @starts_alike(%n: index) -> (tensor<4xf32>, tensor<4xf32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %none = tensor.empty() : tensor<4xf32>
  %r:2 = scf.for %i = %zero to %n step %one iter_args(%x = %none, %y = %none) -> (tensor<4xf32>, tensor<4xf32>) {
    %next = arith.negf %x : tensor<4xf32>
    %other = arith.addf %x, %y : tensor<4xf32>
    scf.yield %next, %other : tensor<4xf32>, tensor<4xf32>
  }
  return %r#0, %r#1 : tensor<4xf32>, tensor<4xf32>
}
