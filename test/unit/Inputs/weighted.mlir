// y = x (2 w): w is turned and doubled before the first run.
func.func @turn(%w: tensor<4x3xf32> {attention.weight = "w"}, %x: tensor<?x4xf32>) -> tensor<?x3xf32> {
  %empty = tensor.empty() : tensor<3x4xf32>
  %t = linalg.transpose ins(%w : tensor<4x3xf32>) outs(%empty : tensor<3x4xf32>) permutation = [1, 0]
  %d = arith.addf %t, %t : tensor<3x4xf32>
  %y = attention.project %x, %d : tensor<?x4xf32>, tensor<3x4xf32>
  return %y : tensor<?x3xf32>
}

// Values whose rows begin in the middle of a line are copied: by each task, or for all of them, where many queries read them.
func.func @mix(%q: tensor<1x2x?x64xf32>, %k: tensor<1x2x?x64xf32>, %v: tensor<1x2x?x64xf32>) -> tensor<1x2x?x64xf32> {
  %o = attention.attend #attention.softmax %q, %k, %v : tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>
  return %o : tensor<1x2x?x64xf32>
}
