// x rounded to f16 and to bf16, and back.
func.func @round(%x: tensor<64xf32> {attention.name = "x"})
    -> (tensor<64xf16> {attention.name = "half"}, tensor<64xf32> {attention.name = "back"}, tensor<64xbf16> {attention.name = "brain"}) {
  %h = arith.truncf %x : tensor<64xf32> to tensor<64xf16>
  %w = arith.extf %h : tensor<64xf16> to tensor<64xf32>
  %b = arith.truncf %x : tensor<64xf32> to tensor<64xbf16>
  return %h, %w, %b : tensor<64xf16>, tensor<64xf32>, tensor<64xbf16>
}
