// out = x + y, by rows.
func.func @add(%x: tensor<?x16xf32> {attention.name = "x"}, %y: tensor<?x16xf32> {attention.name = "y"})
    -> (tensor<?x16xf32> {attention.name = "out"}) {
  %out = arith.addf %x, %y : tensor<?x16xf32>
  return %out : tensor<?x16xf32>
}
