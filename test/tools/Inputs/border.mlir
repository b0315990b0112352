// Every type, names that C cannot have, weights, and sizes known and unknown.
func.func @convert(
    %a: tensor<?x16xf32> {attention.name = "input.a"}, %b: tensor<4xf64> {attention.name = "for"},
    %c: tensor<?xf16> {attention.name = "runner"}, %d: tensor<bf16>, %w: tensor<4x4xf32> {attention.weight = "layer.0.weight"},
    %e: tensor<?xi1> {attention.name = "input_a"}, %f: tensor<2xi32> {attention.name = "2nd */"})
    -> (tensor<?x16xf32> {attention.name = "input.a"}, tensor<?xi64>) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %a, %c0 : tensor<?x16xf32>
  %r = tensor.empty(%n) : tensor<?xi64>
  return %a, %r : tensor<?x16xf32>, tensor<?xi64>
}
func.func private @helper(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
func.func @nothing() {
  return
}
