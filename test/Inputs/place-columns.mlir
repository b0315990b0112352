// x, with columns of zeros around: rows of x lie apart in y.
func.func @place(%x: tensor<2x?x20xf32> {attention.name = "x"}) -> (tensor<2x?x40xf32> {attention.name = "y"}) {
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %x, %c1 : tensor<2x?x20xf32>
  %empty = tensor.empty(%n) : tensor<2x?x40xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%empty : tensor<2x?x40xf32>) -> tensor<2x?x40xf32>
  %y = tensor.insert_slice %x into %zeros[0, 0, 10] [2, %n, 20] [1, 1, 1] : tensor<2x?x20xf32> into tensor<2x?x40xf32>
  return %y : tensor<2x?x40xf32>
}
