// A small character language model twice: plain softmax attention, and softmax attention with momentum. Both call the same
// functions of a layer equally often. 96 characters (ids are ASCII codes less 31, and 0 for the end of a line), width 64, 4 layers of
// 4 heads; the weights of the layers are stacked.

!rows = tensor<?x?x64xf32>
!square = tensor<64x64xf32>
!squares = tensor<4x64x64xf32>
!ups = tensor<4x128x64xf32>
!downs = tensor<4x64x128xf32>
!vectors = tensor<4x64xf32>
!rates = tensor<4x2x3xf32>

// rms_norm(x) times row l of the weights.
func.func private @norm(%l: index, %x: !rows, %weights: !vectors) -> !rows {
  %weight = tensor.extract_slice %weights[%l, 0] [1, 64] [1, 1] : !vectors to tensor<64xf32>
  %y = attention.rms_norm %x, %weight epsilon(1.0e-5) : !rows, tensor<64xf32>
  return %y : !rows
}

func.func private @square(%l: index, %x: !rows, %weights: !squares) -> !rows {
  %weight = tensor.extract_slice %weights[%l, 0, 0] [1, 64, 64] [1, 1, 1] : !squares to !square
  %y = attention.project %x, %weight : !rows, !square
  return %y : !rows
}

func.func private @attention(%l: index, %x: !rows, %wq: !squares, %wk: !squares, %wv: !squares, %wo: !squares) -> !rows {
  %q = call @square(%l, %x, %wq) : (index, !rows, !squares) -> !rows
  %k = call @square(%l, %x, %wk) : (index, !rows, !squares) -> !rows
  %v = call @square(%l, %x, %wv) : (index, !rows, !squares) -> !rows
  %qh = attention.split_heads %q heads(4) : !rows
  %kh = attention.split_heads %k heads(4) : !rows
  %vh = attention.split_heads %v heads(4) : !rows
  %qr = attention.rotary %qh base(10000.0) : tensor<?x4x?x16xf32>
  %kr = attention.rotary %kh base(10000.0) : tensor<?x4x?x16xf32>
  %oh = attention.attend #attention.softmax %qr, %kr, %vh mask(#attention.causal)
      : tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>
  %o = attention.merge_heads %oh : tensor<?x4x?x16xf32>
  %y = call @square(%l, %o, %wo) : (index, !rows, !squares) -> !rows
  return %y : !rows
}

func.func private @feed(%l: index, %x: !rows, %gates: !ups, %ups: !ups, %downs: !downs) -> !rows {
  %gate = tensor.extract_slice %gates[%l, 0, 0] [1, 128, 64] [1, 1, 1] : !ups to tensor<128x64xf32>
  %up = tensor.extract_slice %ups[%l, 0, 0] [1, 128, 64] [1, 1, 1] : !ups to tensor<128x64xf32>
  %down = tensor.extract_slice %downs[%l, 0, 0] [1, 64, 128] [1, 1, 1] : !downs to tensor<64x128xf32>
  %g = attention.project %x, %gate : !rows, tensor<128x64xf32>
  %u = attention.project %x, %up : !rows, tensor<128x64xf32>
  %s = attention.silu %g : tensor<?x?x128xf32>
  %m = arith.mulf %s, %u : tensor<?x?x128xf32>
  %y = attention.project %m, %down : tensor<?x?x128xf32>, tensor<64x128xf32>
  return %y : !rows
}

func.func private @logits(%x: !rows, %norm: tensor<64xf32>, %head: tensor<96x64xf32>) -> tensor<?x?x96xf32> {
  %h = attention.rms_norm %x, %norm epsilon(1.0e-5) : !rows, tensor<64xf32>
  %y = attention.project %h, %head : !rows, tensor<96x64xf32>
  return %y : tensor<?x?x96xf32>
}

// x <- x + f(norm x), f attention and feed-forward in turns
func.func private @plain_layer(%l: index, %x: !rows, %attention_norm: !vectors, %wq: !squares, %wk: !squares, %wv: !squares,
                               %wo: !squares, %feed_norm: !vectors, %gate: !ups, %up: !ups, %down: !downs) -> !rows {
  %h = call @norm(%l, %x, %attention_norm) : (index, !rows, !vectors) -> !rows
  %a = call @attention(%l, %h, %wq, %wk, %wv, %wo) : (index, !rows, !squares, !squares, !squares, !squares) -> !rows
  %x1 = arith.addf %x, %a : !rows
  %h1 = call @norm(%l, %x1, %feed_norm) : (index, !rows, !vectors) -> !rows
  %f = call @feed(%l, %h1, %gate, %up, %down) : (index, !rows, !ups, !ups, !downs) -> !rows
  %x2 = arith.addf %x1, %f : !rows
  return %x2 : !rows
}

func.func @plain(%ids: tensor<?x?xi64> {attention.name = "ids", attention.tokens = 1 : i64},
                 %embed: tensor<96x64xf32> {attention.weight = "embed"},
                 %attention_norm: !vectors {attention.weight = "attention_norm"},
                 %wq: !squares {attention.weight = "wq"}, %wk: !squares {attention.weight = "wk"},
                 %wv: !squares {attention.weight = "wv"}, %wo: !squares {attention.weight = "wo"},
                 %feed_norm: !vectors {attention.weight = "feed_norm"},
                 %gate: !ups {attention.weight = "gate"}, %up: !ups {attention.weight = "up"},
                 %down: !downs {attention.weight = "down"},
                 %norm: tensor<64xf32> {attention.weight = "norm"}, %head: tensor<96x64xf32> {attention.weight = "head"})
    -> (tensor<?x?x96xf32> {attention.name = "logits", attention.tokens = 1 : i64}) {
  %l0 = arith.constant 0 : index
  %l1 = arith.constant 1 : index
  %l2 = arith.constant 2 : index
  %l3 = arith.constant 3 : index
  %x0 = attention.embed %embed, %ids : tensor<96x64xf32>, tensor<?x?xi64>
  %x1 = call @plain_layer(%l0, %x0, %attention_norm, %wq, %wk, %wv, %wo, %feed_norm, %gate, %up, %down)
      : (index, !rows, !vectors, !squares, !squares, !squares, !squares, !vectors, !ups, !ups, !downs) -> !rows
  %x2 = call @plain_layer(%l1, %x1, %attention_norm, %wq, %wk, %wv, %wo, %feed_norm, %gate, %up, %down)
      : (index, !rows, !vectors, !squares, !squares, !squares, !squares, !vectors, !ups, !ups, !downs) -> !rows
  %x3 = call @plain_layer(%l2, %x2, %attention_norm, %wq, %wk, %wv, %wo, %feed_norm, %gate, %up, %down)
      : (index, !rows, !vectors, !squares, !squares, !squares, !squares, !vectors, !ups, !ups, !downs) -> !rows
  %x4 = call @plain_layer(%l3, %x3, %attention_norm, %wq, %wk, %wv, %wo, %feed_norm, %gate, %up, %down)
      : (index, !rows, !vectors, !squares, !squares, !squares, !squares, !vectors, !ups, !ups, !downs) -> !rows
  %logits = call @logits(%x4, %norm, %head) : (!rows, tensor<64xf32>, tensor<96x64xf32>) -> tensor<?x?x96xf32>
  return %logits : tensor<?x?x96xf32>
}

// scale x, the scale being 1 / (1 + exp(-r)) or log(1 + exp(r))
func.func private @sigmoid_times(%r: f32, %x: !rows) -> !rows {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f32
  %batch = tensor.dim %x, %c0 : !rows
  %tokens = tensor.dim %x, %c1 : !rows
  %minus = arith.negf %r : f32
  %e = math.exp %minus : f32
  %d = arith.addf %one, %e : f32
  %scale = arith.divf %one, %d : f32
  %all = tensor.splat %scale[%batch, %tokens] : !rows
  %y = arith.mulf %all, %x : !rows
  return %y : !rows
}

func.func private @softplus_times(%r: f32, %x: !rows) -> !rows {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %batch = tensor.dim %x, %c0 : !rows
  %tokens = tensor.dim %x, %c1 : !rows
  %e = math.exp %r : f32
  %scale = math.log1p %e : f32
  %all = tensor.splat %scale[%batch, %tokens] : !rows
  %y = arith.mulf %all, %x : !rows
  return %y : !rows
}

// x + mu v: where the momentum is about to take x.
func.func private @ahead(%l: index, %part: index, %x: !rows, %v: !rows, %rates: !rates) -> !rows {
  %c0 = arith.constant 0 : index
  %mu = tensor.extract %rates[%l, %part, %c0] : !rates
  %moved = call @sigmoid_times(%mu, %v) : (f32, !rows) -> !rows
  %y = arith.addf %x, %moved : !rows
  return %y : !rows
}

// norm(beta v + gamma f)
func.func private @kick(%l: index, %part: index, %v: !rows, %f: !rows, %rates: !rates, %norm: !vectors) -> !rows {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %beta = tensor.extract %rates[%l, %part, %c1] : !rates
  %gamma = tensor.extract %rates[%l, %part, %c2] : !rates
  %kept = call @sigmoid_times(%beta, %v) : (f32, !rows) -> !rows
  %pushed = call @softplus_times(%gamma, %f) : (f32, !rows) -> !rows
  %sum = arith.addf %kept, %pushed : !rows
  %y = call @norm(%l, %sum, %norm) : (index, !rows, !vectors) -> !rows
  return %y : !rows
}

// v <- norm(beta v + gamma f(norm(x + mu v))), x <- x + v, f attention and feed-forward in turns
func.func private @momentum_layer(%l: index, %x: !rows, %v: !rows, %rates: !rates, %attention_norm: !vectors, %wq: !squares,
                                  %wk: !squares, %wv: !squares, %wo: !squares, %attention_momentum: !vectors,
                                  %feed_norm: !vectors, %gate: !ups, %up: !ups, %down: !downs, %feed_momentum: !vectors)
    -> (!rows, !rows) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %p = call @ahead(%l, %c0, %x, %v, %rates) : (index, index, !rows, !rows, !rates) -> !rows
  %h = call @norm(%l, %p, %attention_norm) : (index, !rows, !vectors) -> !rows
  %a = call @attention(%l, %h, %wq, %wk, %wv, %wo) : (index, !rows, !squares, !squares, !squares, !squares) -> !rows
  %v1 = call @kick(%l, %c0, %v, %a, %rates, %attention_momentum) : (index, index, !rows, !rows, !rates, !vectors) -> !rows
  %x1 = arith.addf %x, %v1 : !rows
  %p1 = call @ahead(%l, %c1, %x1, %v1, %rates) : (index, index, !rows, !rows, !rates) -> !rows
  %h1 = call @norm(%l, %p1, %feed_norm) : (index, !rows, !vectors) -> !rows
  %f = call @feed(%l, %h1, %gate, %up, %down) : (index, !rows, !ups, !ups, !downs) -> !rows
  %v2 = call @kick(%l, %c1, %v1, %f, %rates, %feed_momentum) : (index, index, !rows, !rows, !rates, !vectors) -> !rows
  %x2 = arith.addf %x1, %v2 : !rows
  return %x2, %v2 : !rows, !rows
}

func.func @momentum(%ids: tensor<?x?xi64> {attention.name = "ids", attention.tokens = 1 : i64},
                    %embed: tensor<96x64xf32> {attention.weight = "embed"},
                    %rates: !rates {attention.weight = "rates"},
                    %attention_norm: !vectors {attention.weight = "attention_norm"},
                    %wq: !squares {attention.weight = "wq"}, %wk: !squares {attention.weight = "wk"},
                    %wv: !squares {attention.weight = "wv"}, %wo: !squares {attention.weight = "wo"},
                    %attention_momentum: !vectors {attention.weight = "attention_momentum"},
                    %feed_norm: !vectors {attention.weight = "feed_norm"},
                    %gate: !ups {attention.weight = "gate"}, %up: !ups {attention.weight = "up"},
                    %down: !downs {attention.weight = "down"},
                    %feed_momentum: !vectors {attention.weight = "feed_momentum"},
                    %norm: tensor<64xf32> {attention.weight = "norm"}, %head: tensor<96x64xf32> {attention.weight = "head"})
    -> (tensor<?x?x96xf32> {attention.name = "logits", attention.tokens = 1 : i64}) {
  %l0 = arith.constant 0 : index
  %l1 = arith.constant 1 : index
  %l2 = arith.constant 2 : index
  %l3 = arith.constant 3 : index
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %batch = tensor.dim %ids, %c0 : tensor<?x?xi64>
  %tokens = tensor.dim %ids, %c1 : tensor<?x?xi64>
  %x0 = attention.embed %embed, %ids : tensor<96x64xf32>, tensor<?x?xi64>
  %v0 = tensor.splat %zero[%batch, %tokens] : !rows
  %x1, %v1 = call @momentum_layer(%l0, %x0, %v0, %rates, %attention_norm, %wq, %wk, %wv, %wo, %attention_momentum,
                               %feed_norm, %gate, %up, %down, %feed_momentum)
      : (index, !rows, !rows, !rates, !vectors, !squares, !squares, !squares, !squares, !vectors,
         !vectors, !ups, !ups, !downs, !vectors) -> (!rows, !rows)
  %x2, %v2 = call @momentum_layer(%l1, %x1, %v1, %rates, %attention_norm, %wq, %wk, %wv, %wo, %attention_momentum,
                               %feed_norm, %gate, %up, %down, %feed_momentum)
      : (index, !rows, !rows, !rates, !vectors, !squares, !squares, !squares, !squares, !vectors,
         !vectors, !ups, !ups, !downs, !vectors) -> (!rows, !rows)
  %x3, %v3 = call @momentum_layer(%l2, %x2, %v2, %rates, %attention_norm, %wq, %wk, %wv, %wo, %attention_momentum,
                               %feed_norm, %gate, %up, %down, %feed_momentum)
      : (index, !rows, !rows, !rates, !vectors, !squares, !squares, !squares, !squares, !vectors,
         !vectors, !ups, !ups, !downs, !vectors) -> (!rows, !rows)
  %x4, %v4 = call @momentum_layer(%l3, %x3, %v3, %rates, %attention_norm, %wq, %wk, %wv, %wo, %attention_momentum,
                               %feed_norm, %gate, %up, %down, %feed_momentum)
      : (index, !rows, !rows, !rates, !vectors, !squares, !squares, !squares, !squares, !vectors,
         !vectors, !ups, !ups, !downs, !vectors) -> (!rows, !rows)
  %logits = call @logits(%x4, %norm, %head) : (!rows, tensor<64xf32>, tensor<96x64xf32>) -> tensor<?x?x96xf32>
  return %logits : tensor<?x?x96xf32>
}
