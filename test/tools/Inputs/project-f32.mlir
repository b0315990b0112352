func.func @project(%x: tensor<?x64xf32> {attention.name = "x"}, %w: tensor<96x64xf32> {attention.weight = "w"}) -> (tensor<?x96xf32> {attention.name = "y"}) {
  %y = attention.project %x, %w : tensor<?x64xf32>, tensor<96x64xf32>
  return %y : tensor<?x96xf32>
}
