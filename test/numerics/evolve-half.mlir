// Points of 16 bits move in f32 and are rounded at the end, and where a region reads them.
// RUN: %python %S/agree.py %s 1e-2

// CASE: half x=bf16:2x7x8 w=bf16:8x8 -> y
func.func @half(%x: tensor<2x?x8xbf16> {attention.name = "x"}, %w: tensor<8x8xbf16> {attention.name = "w"}) -> (tensor<2x?x8xbf16> {attention.name = "y"}) {
  %y = attention.evolve %x steps(20) step(0.01) method(euler) on(#attention.sphere) velocity {
  ^bb0(%p: tensor<2x?x8xbf16>, %layer: index, %time: f32):
    %f = attention.project %p, %w : tensor<2x?x8xbf16>, tensor<8x8xbf16>
    attention.yield %f : tensor<2x?x8xbf16>
  } : (tensor<2x?x8xbf16>) -> tensor<2x?x8xbf16>
  return %y : tensor<2x?x8xbf16>
}
