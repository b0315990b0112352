func.func @slice(%x: tensor<?x?xf32> {attention.name = "x"}) -> (tensor<?x3xf32> {attention.name = "y"}) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x?xf32>
  %y = tensor.extract_slice %x[0, 5] [%n, 3] [1, 1] : tensor<?x?xf32> to tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}
func.func @slice_by_data(%x: tensor<?xf32> {attention.name = "x"}, %place: tensor<1xi64> {attention.name = "place"}) -> (tensor<4xf32> {attention.name = "y"}) {
  %c0 = arith.constant 0 : index
  %i = tensor.extract %place[%c0] : tensor<1xi64>
  %at = arith.index_cast %i : i64 to index
  %y = tensor.extract_slice %x[%at] [4] [1] : tensor<?xf32> to tensor<4xf32>
  return %y : tensor<4xf32>
}
func.func @element(%x: tensor<?xf32> {attention.name = "x"}, %place: tensor<1xi64> {attention.name = "place"}) -> (tensor<1xf32> {attention.name = "y"}) {
  %c0 = arith.constant 0 : index
  %i = tensor.extract %place[%c0] : tensor<1xi64>
  %at = arith.index_cast %i : i64 to index
  %e = tensor.extract %x[%at] : tensor<?xf32>
  %y = tensor.from_elements %e : tensor<1xf32>
  return %y : tensor<1xf32>
}
func.func @cast(%x: tensor<?x?xf32> {attention.name = "x"}) -> (tensor<4x8xf32> {attention.name = "y"}) {
  %y = tensor.cast %x : tensor<?x?xf32> to tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
func.func @expand(%x: tensor<?x3xf32> {attention.name = "x"}) -> (tensor<?x4x3xf32> {attention.name = "y"}) {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %n = tensor.dim %x, %c0 : tensor<?x3xf32>
  %m = arith.divui %n, %c4 : index
  %y = tensor.expand_shape %x [[0, 1], [2]] output_shape [%m, 4, 3] : tensor<?x3xf32> into tensor<?x4x3xf32>
  return %y : tensor<?x4x3xf32>
}
func.func @product(%x: tensor<?x?xf32> {attention.name = "x"}, %z: tensor<?x?xf32> {attention.name = "z"}) -> (tensor<?x?xf32> {attention.name = "y"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x?xf32>
  %n = tensor.dim %z, %c1 : tensor<?x?xf32>
  %none = tensor.splat %zero[%m, %n] : tensor<?x?xf32>
  %y = linalg.matmul ins(%x, %z : tensor<?x?xf32>, tensor<?x?xf32>) outs(%none : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}
func.func @looked_up(%t: tensor<?xf32> {attention.name = "t"}, %places: tensor<?xi64> {attention.name = "places"}) -> (tensor<?xf32> {attention.name = "y"}) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %places, %c0 : tensor<?xi64>
  %none = tensor.empty(%n) : tensor<?xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]} ins(%places : tensor<?xi64>) outs(%none : tensor<?xf32>) {
  ^bb0(%place: i64, %old: f32):
    %i = arith.index_cast %place : i64 to index
    %e = tensor.extract %t[%i] : tensor<?xf32>
    linalg.yield %e : f32
  } -> tensor<?xf32>
  return %y : tensor<?xf32>
}
func.func @put(%x: tensor<?xf32> {attention.name = "x"}, %place: tensor<1xi64> {attention.name = "place"}) -> (tensor<?xf32> {attention.name = "y"}) {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1.0 : f32
  %i = tensor.extract %place[%c0] : tensor<1xi64>
  %at = arith.index_cast %i : i64 to index
  %y = tensor.insert %one into %x[%at] : tensor<?xf32>
  return %y : tensor<?xf32>
}
func.func @doubled(%x: tensor<?xf32> {attention.name = "x"}, %step: tensor<1xi64> {attention.name = "step"}) -> (tensor<?xf32> {attention.name = "y"}) {
  %c0 = arith.constant 0 : index
  %c9 = arith.constant 9 : index
  %i = tensor.extract %step[%c0] : tensor<1xi64>
  %by = arith.index_cast %i : i64 to index
  %y = scf.for %j = %c0 to %c9 step %by iter_args(%z = %x) -> (tensor<?xf32>) {
    %twice = arith.addf %z, %z : tensor<?xf32>
    scf.yield %twice : tensor<?xf32>
  }
  return %y : tensor<?xf32>
}
func.func @shorter(%x: tensor<?xf32> {attention.name = "x"}, %z: tensor<?xf32> {attention.name = "z"}) -> (tensor<?xf32> {attention.name = "y"}) {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1.0 : f32
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %m = tensor.dim %z, %c0 : tensor<?xf32>
  %less = arith.subi %n, %m : index
  %y = tensor.splat %one[%less] : tensor<?xf32>
  return %y : tensor<?xf32>
}
func.func @shared(%x: tensor<?xf32> {attention.name = "x"}, %z: tensor<?xf32> {attention.name = "z"}) -> (tensor<?xf32> {attention.name = "y"}) {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1.0 : f32
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %m = tensor.dim %z, %c0 : tensor<?xf32>
  %part = arith.divsi %n, %m : index
  %y = tensor.splat %one[%part] : tensor<?xf32>
  return %y : tensor<?xf32>
}
func.func @divided(%x: tensor<?xi64> {attention.name = "x"}, %z: tensor<?xi64> {attention.name = "z"}) -> (tensor<?xi64> {attention.name = "y"}) {
  %y = arith.remsi %x, %z : tensor<?xi64>
  return %y : tensor<?xi64>
}
func.func @repeated(%x: tensor<?x?x4xf32> {attention.name = "x"}, %z: tensor<?x?x3xf32> {attention.name = "z"}) -> (tensor<?x?x4xf32> {attention.name = "y"}) {
  %y = attention.broadcast_rows %x like %z : tensor<?x?x4xf32>, tensor<?x?x3xf32>
  return %y : tensor<?x?x4xf32>
}
func.func @by_distance(%q: tensor<1x2x?x8xf32> {attention.name = "q"}, %t: tensor<?x?xf32> {attention.name = "t"}) -> (tensor<1x2x?x8xf32> {attention.name = "y"}) {
  %y = attention.attend #attention.softmax %q, %q, %q mask(#attention.causal) score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %d = arith.subi %i, %j : index
    %e = tensor.extract %t[%h, %d] : tensor<?x?xf32>
    %r = arith.addf %s, %e : f32
    attention.yield %r : f32
  } : tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>
  return %y : tensor<1x2x?x8xf32>
}
func.func @by_head(%q: tensor<1x2x?x8xf32> {attention.name = "q"}, %t: tensor<?xf32> {attention.name = "t"}) -> (tensor<1x2x?x8xf32> {attention.name = "y"}) {
  %y = attention.attend #attention.softmax %q, %q, %q score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %e = tensor.extract %t[%h] : tensor<?xf32>
    %r = arith.mulf %s, %e : f32
    attention.yield %r : f32
  } : tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>
  return %y : tensor<1x2x?x8xf32>
}
