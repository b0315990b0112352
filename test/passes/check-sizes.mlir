// RUN: attention-opt %s --attention-check-sizes | FileCheck %s

// CHECK-LABEL: func.func @compares_dynamic_sizes(
// CHECK-SAME: %[[X:.*]]: tensor<?x?xf32>, %[[W:.*]]: tensor<8x?xf32>)
// CHECK: %[[BAD:.*]] = arith.cmpi ne
// CHECK: attention.fail_if %[[BAD]] {{.*}}expects {{.*}}, but got {0} and {1}"
// CHECK: attention.project
func.func @compares_dynamic_sizes(%x: tensor<?x?xf32>, %w: tensor<8x?xf32>) -> tensor<?x8xf32> {
  %y = attention.project %x, %w : tensor<?x?xf32>, tensor<8x?xf32>
  return %y : tensor<?x8xf32>
}

// What the verifier compared is not compared again.
// CHECK-LABEL: func.func @trusts_static_sizes(
// CHECK-NOT: attention.fail_if
// CHECK: return
func.func @trusts_static_sizes(%x: tensor<?x16xf32>, %w: tensor<8x16xf32>) -> tensor<?x8xf32> {
  %y = attention.project %x, %w : tensor<?x16xf32>, tensor<8x16xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: func.func @compares_joined(
// CHECK: attention.fail_if {{.*}}expects dimension 0 to be the same as that of the first, but got {0} and {1}"
// CHECK-NOT: attention.fail_if
// CHECK: tensor.concat
func.func @compares_joined(%a: tensor<?x?x4xf32>, %b: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %u = tensor.concat dim(1) %a, %b : (tensor<?x?x4xf32>, tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  return %u : tensor<?x?x4xf32>
}

!t = tensor<?x2x?x4xf32>

// Gates repeat along a size that is 1 in their type; all others must fit.
// CHECK-LABEL: func.func @gates(
// CHECK: attention.fail_if {{.*}}expects the batch of decay to be the same as the batch of query, but got {0} and {1}
// CHECK-NOT: the heads of decay
// CHECK: attention.fail_if {{.*}}expects the rows of decay to be the same as the rows of key, but got {0} and {1}
// CHECK-NOT: the batch of beta
// CHECK: attention.fail_if {{.*}}expects the heads of beta to be the same as the heads of the result, but got {0} and {1}
// CHECK-NOT: the rows of beta
// CHECK: attention.fail_if {{.*}}expects the columns of beta to be 1, but got {0}
// CHECK: attention.attend
func.func @gates(%q: !t, %g: tensor<?x2x?x1xf32>, %b: tensor<1x?x1x?xf32>) -> !t {
  %o = attention.attend #attention.delta %q, %q, %q mask(#attention.causal) decay(%g : tensor<?x2x?x1xf32>) beta(%b : tensor<1x?x1x?xf32>) : !t, !t, !t
  return %o : !t
}

// What upstream ops leave undefined.
// CHECK-LABEL: func.func @slices(
// CHECK: attention.fail_if {{.*}}'tensor.extract_slice' expects a slice within size {0} of dimension 1, but got {1} from {2} on"
// CHECK-NOT: attention.fail_if
// CHECK: tensor.extract_slice
func.func @slices(%x: tensor<?x?xf32>) -> tensor<?x3xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x?xf32>
  %s = tensor.extract_slice %x[0, 5] [%n, 3] [1, 1] : tensor<?x?xf32> to tensor<?x3xf32>
  return %s : tensor<?x3xf32>
}

// A place that is only known in the run stays inside, so that the run may go on to its end.
// CHECK-LABEL: func.func @slices_by_data(
// CHECK: %[[PLACE:.*]] = arith.index_cast
// CHECK: attention.fail_if {{.*}}expects a slice within
// CHECK: attention.fail_if {{.*}}expects a slice within
// CHECK: %[[HELD:.*]] = arith.select %{{.*}}, %{{.*}}, %[[PLACE]]
// CHECK: tensor.insert_slice %{{.*}} into %{{.*}}[%[[HELD]]]
func.func @slices_by_data(%x: tensor<?xf32>, %y: tensor<2xf32>, %places: tensor<1xi64>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %i = tensor.extract %places[%c0] : tensor<1xi64>
  %place = arith.index_cast %i : i64 to index
  %s = tensor.insert_slice %y into %x[%place] [2] [1] : tensor<2xf32> into tensor<?xf32>
  return %s : tensor<?xf32>
}

// CHECK-LABEL: func.func @extracts(
// CHECK: attention.fail_if {{.*}}expects an index within size {0} of dimension 0, but got {1}"
// CHECK: attention.fail_if {{.*}}expects elements along dimension 0, but got {0}"
// CHECK: %[[HELD:.*]] = arith.select
// CHECK: tensor.extract %{{.*}}[%[[HELD]]]
func.func @extracts(%x: tensor<?xf32>, %places: tensor<1xi64>) -> f32 {
  %c0 = arith.constant 0 : index
  %i = tensor.extract %places[%c0] : tensor<1xi64>
  %place = arith.index_cast %i : i64 to index
  %e = tensor.extract %x[%place] : tensor<?xf32>
  return %e : f32
}

// CHECK-LABEL: func.func @shapes(
// CHECK: attention.fail_if {{.*}}'tensor.cast' expects dimension 0 to be {0}, but got {1}"
// CHECK: attention.fail_if {{.*}}'tensor.expand_shape' expects sizes whose product is {0} for dimension 0, but got {1}"
func.func @shapes(%x: tensor<?xf32>, %n: index) -> (tensor<4xf32>, tensor<?x2xf32>) {
  %c = tensor.cast %x : tensor<?xf32> to tensor<4xf32>
  %e = tensor.expand_shape %x [[0, 1]] output_shape [%n, 2] : tensor<?xf32> into tensor<?x2xf32>
  return %c, %e : tensor<4xf32>, tensor<?x2xf32>
}

// CHECK-LABEL: func.func @multiplies(
// CHECK: attention.fail_if {{.*}}'linalg.matmul' expects dimension 0 of operand 1 to be the same as dimension 1 of an operand before it, but got {0} and {1}"
// CHECK: attention.fail_if {{.*}}expects dimension 0 of operand 2
// CHECK: attention.fail_if {{.*}}expects dimension 1 of operand 2
func.func @multiplies(%x: tensor<?x?xf32>, %y: tensor<?x?xf32>, %z: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %p = linalg.matmul ins(%x, %y : tensor<?x?xf32>, tensor<?x?xf32>) outs(%z : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %p : tensor<?x?xf32>
}

// Code of one element tells of a place beyond the tensor, and does not read there.
// CHECK-LABEL: func.func @looks_up(
// CHECK: linalg.generic
// CHECK: %[[PLACE:.*]] = arith.index_cast
// CHECK: %[[BAD:.*]] = arith.cmpi uge, %[[PLACE]]
// CHECK: attention.fail_if %[[BAD]] {{.*}}expects an index within size {0} of dimension 0, but got {1}"
// CHECK: scf.if %[[BAD]]
// CHECK: else
// CHECK: tensor.extract %{{.*}}[%[[PLACE]]]
func.func @looks_up(%t: tensor<?xf32>, %places: tensor<4xi64>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]} ins(%places : tensor<4xi64>) outs(%y : tensor<4xf32>) {
  ^bb0(%place: i64, %old: f32):
    %i = arith.index_cast %place : i64 to index
    %e = tensor.extract %t[%i] : tensor<?xf32>
    linalg.yield %e : f32
  } -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// Divisors that are known to be other than 0 are not looked at.
// CHECK-LABEL: func.func @divides(
// CHECK: attention.fail_if {{.*}}'arith.divsi' expects a divisor other than 0, but got 0"
// CHECK-NOT: expects a divisor
// CHECK: linalg.generic
// CHECK: attention.fail_if {{.*}}'arith.remsi' expects a divisor other than 0, but got 0"
// CHECK-NOT: expects a divisor
// CHECK: arith.divui {{.*}} : tensor<4xi32>
func.func @divides(%n: index, %m: index, %x: tensor<?xi32>, %y: tensor<?xi32>) -> (index, index, index, tensor<?xi32>, tensor<?xi32>) {
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %threes = arith.constant dense<3> : tensor<4xi32>
  %a = arith.divsi %n, %m : index
  %b = arith.divsi %n, %c3 : index
  %most = arith.maxsi %m, %c1 : index
  %c = arith.remui %n, %most : index
  %d = arith.remsi %x, %y : tensor<?xi32>
  %four = tensor.cast %x : tensor<?xi32> to tensor<4xi32>
  %e = arith.divui %four, %threes : tensor<4xi32>
  %f = tensor.cast %e : tensor<4xi32> to tensor<?xi32>
  return %a, %b, %c, %d, %f : index, index, index, tensor<?xi32>, tensor<?xi32>
}
