// A memory of a fixed size, read before the rows of a segment and condensed from them by attention and a gate.
func.func @pool(%x: tensor<1x?x16xf32> {attention.name = "x", attention.tokens = 1 : i64}, %m: tensor<1x3x16xf32> {attention.name = "m"},
                %w: tensor<16x16xf32> {attention.name = "w"}, %pos: tensor<1x6x16xf32> {attention.name = "pos"})
    -> (tensor<1x?x16xf32> {attention.name = "y", attention.tokens = 1 : i64}) {
  %y, %last = attention.segments %x carry(%m) length(6) {
  ^bb0(%segment: tensor<1x?x16xf32>, %memory: tensor<1x3x16xf32>):
    %c1 = arith.constant 1 : index
    %rows = tensor.dim %segment, %c1 : tensor<1x?x16xf32>
    %at = tensor.extract_slice %pos[0, 0, 0] [1, %rows, 16] [1, 1, 1] : tensor<1x6x16xf32> to tensor<1x?x16xf32>
    %s = arith.addf %segment, %at : tensor<1x?x16xf32>
    %u = tensor.concat dim(1) %memory, %s : (tensor<1x3x16xf32>, tensor<1x?x16xf32>) -> tensor<1x?x16xf32>
    %n = attention.project %u, %w : tensor<1x?x16xf32>, tensor<16x16xf32>
    %q = attention.split_heads %s heads(2) : tensor<1x?x16xf32>
    %k = attention.split_heads %n heads(2) : tensor<1x?x16xf32>
    %oh = attention.attend #attention.softmax %q, %k, %k mask(#attention.causal) scale(0.05) : tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>
    %o = attention.merge_heads %oh : tensor<1x2x?x8xf32>
    %y0 = arith.addf %s, %o : tensor<1x?x16xf32>
    %mh = attention.split_heads %memory heads(1) : tensor<1x3x16xf32>
    %yh = attention.split_heads %y0 heads(1) : tensor<1x?x16xf32>
    %ch = attention.attend #attention.softmax %mh, %yh, %yh : tensor<1x1x3x16xf32>, tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>
    %c = attention.merge_heads %ch : tensor<1x1x3x16xf32>
    %half = arith.constant dense<0.5> : tensor<1x3x16xf32>
    %sum = arith.addf %c, %memory : tensor<1x3x16xf32>
    %next = arith.mulf %sum, %half : tensor<1x3x16xf32>
    attention.yield %y0, %next : tensor<1x?x16xf32>, tensor<1x3x16xf32>
  } : (tensor<1x?x16xf32>, tensor<1x3x16xf32>) -> (tensor<1x?x16xf32>, tensor<1x3x16xf32>)
  return %y : tensor<1x?x16xf32>
}
