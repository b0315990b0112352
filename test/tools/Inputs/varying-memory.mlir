// The memory is the segment before: none at first.
func.func @before(%x: tensor<?x?x8xf32> {attention.name = "x", attention.tokens = 1 : i64})
    -> (tensor<?x?x8xf32> {attention.name = "o", attention.tokens = 1 : i64}) {
  %c0 = arith.constant 0 : index
  %b = tensor.dim %x, %c0 : tensor<?x?x8xf32>
  %none = tensor.empty(%b) : tensor<?x0x8xf32>
  %y, %last = attention.segments %x carry(%none) length(4) {
  ^bb0(%segment: tensor<?x?x8xf32>, %memory: tensor<?x?x8xf32>):
    %seen = tensor.concat dim(1) %memory, %segment : (tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
    %q = attention.split_heads %segment heads(2) : tensor<?x?x8xf32>
    %k = attention.split_heads %seen heads(2) : tensor<?x?x8xf32>
    %ah = attention.attend #attention.softmax %q, %k, %k mask(#attention.causal) : tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>
    %a = attention.merge_heads %ah : tensor<?x2x?x4xf32>
    attention.yield %a, %segment : tensor<?x?x8xf32>, tensor<?x?x8xf32>
  } : (tensor<?x?x8xf32>, tensor<?x0x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>)
  return %y : tensor<?x?x8xf32>
}

// The memory grows by a segment each, up to ten rows: the last ones. A loop of two layers.
func.func @grows(%x: tensor<?x?x8xf32> {attention.name = "x", attention.tokens = 1 : i64}, %m: tensor<?x1x8xf32> {attention.name = "m"})
    -> (tensor<?x?x8xf32> {attention.name = "o", attention.tokens = 1 : i64}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c10 = arith.constant 10 : index
  %o = scf.for %i = %c0 to %c2 step %c1 iter_args(%p = %x) -> tensor<?x?x8xf32> {
    %y, %last = attention.segments %p carry(%m) length(4) {
    ^bb0(%segment: tensor<?x?x8xf32>, %memory: tensor<?x?x8xf32>):
      %seen = tensor.concat dim(1) %memory, %segment : (tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
      %q = attention.split_heads %segment heads(2) : tensor<?x?x8xf32>
      %k = attention.split_heads %seen heads(2) : tensor<?x?x8xf32>
      %ah = attention.attend #attention.softmax %q, %k, %k mask(#attention.causal) : tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>
      %a = attention.merge_heads %ah : tensor<?x2x?x4xf32>
      %batch = tensor.dim %seen, %c0 : tensor<?x?x8xf32>
      %rows = tensor.dim %seen, %c1 : tensor<?x?x8xf32>
      %kept = arith.minsi %rows, %c10 : index
      %first = arith.subi %rows, %kept : index
      %next = tensor.extract_slice %seen[0, %first, 0] [%batch, %kept, 8] [1, 1, 1] : tensor<?x?x8xf32> to tensor<?x?x8xf32>
      attention.yield %a, %next : tensor<?x?x8xf32>, tensor<?x?x8xf32>
    } : (tensor<?x?x8xf32>, tensor<?x1x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>)
    scf.yield %y : tensor<?x?x8xf32>
  }
  return %o : tensor<?x?x8xf32>
}
