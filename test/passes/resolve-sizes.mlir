// RUN: attention-opt %s --attention-resolve-sizes --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @follows_sizes_to_arguments(
// CHECK-SAME: %[[X:.*]]: tensor<?x?x32xf32>,
// CHECK: %[[ROWS:.*]] = tensor.dim %[[X]], %c1
// CHECK: return %[[ROWS]]
func.func @follows_sizes_to_arguments(%x: tensor<?x?x32xf32>, %w: tensor<64x32xf32>) -> index {
  %two = arith.constant 2 : index
  %y = attention.project %x, %w : tensor<?x?x32xf32>, tensor<64x32xf32>
  %g = attention.gelu %y : tensor<?x?x64xf32>
  %s = arith.addf %g, %y : tensor<?x?x64xf32>
  %h = attention.split_heads %s heads(4) : tensor<?x?x64xf32>
  %n = tensor.dim %h, %two : tensor<?x4x?x16xf32>
  return %n : index
}

// A loop that keeps sizes: they are those before it, and so are checks of them.
// CHECK-LABEL: func.func @through_loops(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[Y:.*]]: tensor<?x4xf32>
// CHECK-DAG: %[[ROWS:.*]] = tensor.dim %[[X]], %c0
// CHECK-DAG: %[[OTHER:.*]] = tensor.dim %[[Y]], %c0
// CHECK: %[[DIFFER:.*]] = arith.cmpi ne, %[[ROWS]], %[[OTHER]]
// CHECK: attention.fail_if %[[DIFFER]]
// CHECK: return %[[ROWS]]
func.func @through_loops(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>, %n: index) -> index {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %r:2 = scf.for %i = %zero to %n step %one iter_args(%a = %x, %b = %x) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
    %rows = tensor.dim %a, %zero : tensor<?x4xf32>
    %other = tensor.dim %y, %zero : tensor<?x4xf32>
    %differ = arith.cmpi ne, %rows, %other : index
    attention.fail_if %differ order(%zero) "{0} and {1}"(%rows, %other)
    %s = attention.silu %b : tensor<?x4xf32>
    scf.yield %s, %a : tensor<?x4xf32>, tensor<?x4xf32>
  }
  %size = tensor.dim %r#1, %zero : tensor<?x4xf32>
  return %size : index
}

// A loop that does not is asked for what it leaves.
// CHECK-LABEL: func.func @sizes_that_grow(
// CHECK: %[[LAST:.*]] = scf.for
// CHECK: %[[SIZE:.*]] = tensor.dim %[[LAST]], %c0
// CHECK: return %[[SIZE]]
func.func @sizes_that_grow(%x: tensor<?x4xf32>, %n: index) -> index {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %r = scf.for %i = %zero to %n step %one iter_args(%a = %x) -> (tensor<?x4xf32>) {
    %two = tensor.concat dim(0) %a, %a : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
    scf.yield %two : tensor<?x4xf32>
  }
  %size = tensor.dim %r, %zero : tensor<?x4xf32>
  return %size : index
}

// A tensor that lent its size is no longer filled; what is checked on the way still is.
// CHECK-LABEL: func.func @lends_its_size(
// CHECK-SAME: %[[X:.*]]: tensor<?xi64>
// CHECK: %[[ROWS:.*]] = tensor.dim %[[X]], %c0
// CHECK: scf.for %{{.*}} = %c0 to %[[ROWS]] step %c1 {
// CHECK-NOT: tensor.insert
// CHECK: attention.fail_if
// CHECK-NOT: tensor.insert
// CHECK: return %[[ROWS]]
func.func @lends_its_size(%x: tensor<?xi64>) -> index {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %none = arith.constant 0 : i64
  %n = tensor.dim %x, %zero : tensor<?xi64>
  %empty = tensor.empty(%n) : tensor<?xi64>
  %filled = scf.forall (%task) in (4) shared_outs(%out = %empty) -> (tensor<?xi64>) {
    %slice = tensor.extract_slice %out[0] [%n] [1] : tensor<?xi64> to tensor<?xi64>
    %rows = scf.for %i = %zero to %n step %one iter_args(%rest = %slice) -> (tensor<?xi64>) {
      %id = tensor.extract %x[%i] : tensor<?xi64>
      %isBad = arith.cmpi slt, %id, %none : i64
      attention.fail_if %isBad order(%i) "expects an id of at least 0, but got one below at [{0}]"(%i)
      %more = tensor.insert %id into %rest[%i] : tensor<?xi64>
      scf.yield %more : tensor<?xi64>
    }
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %rows into %out[0] [%n] [1] : tensor<?xi64> into tensor<?xi64>
    }
  }
  %size = tensor.dim %filled, %zero : tensor<?xi64>
  return %size : index
}
