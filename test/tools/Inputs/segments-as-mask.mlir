// Segments of 16 whose memory is the segment before are attention under a mask: a row sees its segment, up to itself, and the one before.
func.func @segments(%x: tensor<2x?x32xf32> {attention.name = "x"}, %w: tensor<32x32xf32> {attention.name = "w"}) -> (tensor<2x?x32xf32> {attention.name = "y"}) {
  %none = tensor.empty() : tensor<2x0x32xf32>
  %y, %last = attention.segments %x carry(%none) length(16) {
  ^bb0(%segment: tensor<2x?x32xf32>, %memory: tensor<2x?x32xf32>):
    %u = tensor.concat dim(1) %memory, %segment : (tensor<2x?x32xf32>, tensor<2x?x32xf32>) -> tensor<2x?x32xf32>
    %v = attention.project %u, %w : tensor<2x?x32xf32>, tensor<32x32xf32>
    %qh = attention.split_heads %segment heads(4) : tensor<2x?x32xf32>
    %kh = attention.split_heads %u heads(4) : tensor<2x?x32xf32>
    %vh = attention.split_heads %v heads(4) : tensor<2x?x32xf32>
    %oh = attention.attend #attention.softmax %qh, %kh, %vh mask(#attention.causal) : tensor<2x4x?x8xf32>, tensor<2x4x?x8xf32>, tensor<2x4x?x8xf32>
    %o = attention.merge_heads %oh : tensor<2x4x?x8xf32>
    attention.yield %o, %segment : tensor<2x?x32xf32>, tensor<2x?x32xf32>
  } : (tensor<2x?x32xf32>, tensor<2x0x32xf32>) -> (tensor<2x?x32xf32>, tensor<2x?x32xf32>)
  return %y : tensor<2x?x32xf32>
}

func.func @mask(%x: tensor<2x?x32xf32> {attention.name = "x"}, %w: tensor<32x32xf32> {attention.name = "w"}) -> (tensor<2x?x32xf32> {attention.name = "y"}) {
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %v = attention.project %x, %w : tensor<2x?x32xf32>, tensor<32x32xf32>
  %qh = attention.split_heads %x heads(4) : tensor<2x?x32xf32>
  %vh = attention.split_heads %v heads(4) : tensor<2x?x32xf32>
  %oh = attention.attend #attention.softmax %qh, %qh, %vh mask(#attention.causal) visible {
  ^bb0(%batch: index, %head: index, %query: index, %key: index):
    %own = arith.divui %query, %c16 : index
    %other = arith.divui %key, %c16 : index
    %next = arith.addi %other, %c1 : index
    %near = arith.cmpi uge, %next, %own : index
    attention.yield %near : i1
  } : tensor<2x4x?x8xf32>, tensor<2x4x?x8xf32>, tensor<2x4x?x8xf32>
  %o = attention.merge_heads %oh : tensor<2x4x?x8xf32>
  return %o : tensor<2x?x32xf32>
}
