// Recurrences along depth whose steps see the past: each step is a layer.
func.func @sphere(%x: tensor<?x?x8xf32> {attention.name = "x", attention.tokens = 1 : i64}, %w: tensor<8x8xf32> {attention.name = "w"})
    -> (tensor<?x?x8xf32> {attention.name = "o", attention.tokens = 1 : i64}) {
  %o = attention.evolve %x steps(3) step(0.1) method(rk4) on(#attention.sphere) velocity {
  ^bb0(%p: tensor<?x?x8xf32>, %layer: index, %time: f32):
    %q = attention.project %p, %w : tensor<?x?x8xf32>, tensor<8x8xf32>
    %qh = attention.split_heads %q heads(2) : tensor<?x?x8xf32>
    %ph = attention.split_heads %p heads(2) : tensor<?x?x8xf32>
    %ah = attention.attend #attention.softmax %qh, %ph, %ph mask(#attention.causal) : tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>
    %a = attention.merge_heads %ah : tensor<?x2x?x4xf32>
    attention.yield %a : tensor<?x?x8xf32>
  } : (tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  return %o : tensor<?x?x8xf32>
}

// Momentum: the velocity remembers keys and values, the force a memory of constant size. It reads tokens from around it.
func.func @momentum(%x: tensor<?x?x8xf32> {attention.name = "x", attention.tokens = 1 : i64}, %y: tensor<?x?x8xf32> {attention.name = "y", attention.tokens = 1 : i64})
    -> (tensor<?x?x8xf32> {attention.name = "o", attention.tokens = 1 : i64}, tensor<?x?x8xf32> {attention.name = "end", attention.tokens = 1 : i64}) {
  %xe, %ye = attention.evolve %x, %y steps(12) step(0.05) method(adams_bashforth) damping(#attention.damping<log = 3.0, start = 1.0>) velocity {
  ^bb0(%p: tensor<?x?x8xf32>, %m: tensor<?x?x8xf32>, %layer: index, %time: f32):
    %ph = attention.split_heads %p heads(2) : tensor<?x?x8xf32>
    %mh = attention.split_heads %m heads(2) : tensor<?x?x8xf32>
    %ah = attention.attend #attention.softmax %ph, %ph, %mh mask(#attention.all<[#attention.causal, #attention.window<5>]>) : tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>
    %a = attention.merge_heads %ah : tensor<?x2x?x4xf32>
    attention.yield %a : tensor<?x?x8xf32>
  } force {
  ^bb0(%p: tensor<?x?x8xf32>, %m: tensor<?x?x8xf32>, %layer: index, %time: f32):
    %ph = attention.split_heads %p heads(1) : tensor<?x?x8xf32>
    %xh = attention.split_heads %x heads(1) : tensor<?x?x8xf32>
    %gh = attention.attend #attention.linear<normalizer = count> %ph, %xh, %xh mask(#attention.causal) : tensor<?x1x?x8xf32>, tensor<?x1x?x8xf32>, tensor<?x1x?x8xf32>
    %g = attention.merge_heads %gh : tensor<?x1x?x8xf32>
    %r = arith.subf %g, %p : tensor<?x?x8xf32>
    attention.yield %r : tensor<?x?x8xf32>
  } : (tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>)
  return %xe, %ye : tensor<?x?x8xf32>, tensor<?x?x8xf32>
}

// Layers with weights of their own.
func.func @layers(%x: tensor<?x?x8xf32> {attention.name = "x", attention.tokens = 1 : i64}, %w: tensor<5x8x8xf32> {attention.name = "w"})
    -> (tensor<?x?x8xf32> {attention.name = "o", attention.tokens = 1 : i64}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %o = scf.for %layer = %c0 to %c5 step %c1 iter_args(%p = %x) -> tensor<?x?x8xf32> {
    %own = tensor.extract_slice %w[%layer, 0, 0] [1, 8, 8] [1, 1, 1] : tensor<5x8x8xf32> to tensor<8x8xf32>
    %q = attention.project %p, %own : tensor<?x?x8xf32>, tensor<8x8xf32>
    %qh = attention.split_heads %q heads(2) : tensor<?x?x8xf32>
    %rh = attention.rotary %qh base(100.0) : tensor<?x2x?x4xf32>
    %ah = attention.attend #attention.softmax %rh, %rh, %qh mask(#attention.causal) scale(0.05) : tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>
    %a = attention.merge_heads %ah : tensor<?x2x?x4xf32>
    %bent = math.tanh %a : tensor<?x?x8xf32>
    %next = arith.addf %p, %bent : tensor<?x?x8xf32>
    scf.yield %next : tensor<?x?x8xf32>
  }
  return %o : tensor<?x?x8xf32>
}

// Segments and a convolution in a loop in a loop that counts by threes, and a loop in each segment.
func.func @nested(%x: tensor<?x?x8xf32> {attention.name = "x", attention.tokens = 1 : i64}, %m: tensor<?x2x8xf32> {attention.name = "m"})
    -> (tensor<?x?x8xf32> {attention.name = "o", attention.tokens = 1 : i64}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %zero = arith.constant 0.0 : f32
  %two = arith.constant 2 : i32
  %three = arith.constant 3 : i32
  %nine = arith.constant 9 : i32
  %o = scf.for %i = %two to %nine step %three iter_args(%outer = %x) -> tensor<?x?x8xf32> : i32 {
    %inner = scf.for %j = %c0 to %c2 step %c1 iter_args(%p = %outer) -> tensor<?x?x8xf32> {
      %y, %last = attention.segments %p carry(%m) length(4) {
      ^bb0(%segment: tensor<?x?x8xf32>, %memory: tensor<?x2x8xf32>):
        %rows = tensor.cast %memory : tensor<?x2x8xf32> to tensor<?x?x8xf32>
        %seen = tensor.concat dim(1) %rows, %segment : (tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
        %q = attention.split_heads %segment heads(1) : tensor<?x?x8xf32>
        %k = attention.split_heads %seen heads(1) : tensor<?x?x8xf32>
        %ah = attention.attend #attention.softmax %q, %k, %k mask(#attention.causal) : tensor<?x1x?x8xf32>, tensor<?x1x?x8xf32>, tensor<?x1x?x8xf32>
        %a = attention.merge_heads %ah : tensor<?x1x?x8xf32>
        %twice = scf.for %n = %c0 to %c2 step %c1 iter_args(%b = %a) -> tensor<?x?x8xf32> {
          %bh = attention.split_heads %b heads(2) : tensor<?x?x8xf32>
          %ch = attention.attend #attention.softmax %bh, %bh, %bh mask(#attention.causal) : tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>
          %c = attention.merge_heads %ch : tensor<?x2x?x4xf32>
          scf.yield %c : tensor<?x?x8xf32>
        }
        %mean = attention.mean_rows %twice : tensor<?x?x8xf32>
        %next = attention.broadcast_rows %mean like %memory : tensor<?x1x8xf32>, tensor<?x2x8xf32>
        attention.yield %twice, %next : tensor<?x?x8xf32>, tensor<?x2x8xf32>
      } : (tensor<?x?x8xf32>, tensor<?x2x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x2x8xf32>)
      %batch = tensor.dim %y, %c0 : tensor<?x?x8xf32>
      %tokens = tensor.dim %y, %c1 : tensor<?x?x8xf32>
      %padded = tensor.pad %y low[0, 2, 0] high[0, 0, 0] {
      ^bb0(%i0: index, %i1: index, %i2: index):
        tensor.yield %zero : f32
      } : tensor<?x?x8xf32> to tensor<?x?x8xf32>
      %before = tensor.extract_slice %padded[0, 0, 0] [%batch, %tokens, 8] [1, 1, 1] : tensor<?x?x8xf32> to tensor<?x?x8xf32>
      %sum = arith.addf %y, %before : tensor<?x?x8xf32>
      %bent = math.tanh %sum : tensor<?x?x8xf32>
      scf.yield %bent : tensor<?x?x8xf32>
    }
    %ph = attention.split_heads %inner heads(2) : tensor<?x?x8xf32>
    %ah = attention.attend #attention.softmax %ph, %ph, %ph mask(#attention.all<[#attention.causal, #attention.window<5>]>) : tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>
    %a = attention.merge_heads %ah : tensor<?x2x?x4xf32>
    scf.yield %a : tensor<?x?x8xf32>
  }
  return %o : tensor<?x?x8xf32>
}
