// A passkey is found again by a memory of four rows, long after it was read; plain recurrence is beside it.
//
// 28 symbols, segments of 16 of them, 2 layers of width 64, 4 heads of 16 columns. A symbol's position counts from the
// begin of its segment. Each layer: norm, softmax attention to a memory and causally to the segment, norm, gated linear
// units. Nothing grows with the length but what the caller holds, ids and logits.

#rows = affine_map<(batch, token, column) -> (batch, token, column)>
#same = affine_map<(batch, token, column) -> (token, column)>
!rows = tensor<?x?x64xf32>
!memory = tensor<?x4x64xf32>
!square = tensor<64x64xf32>
!up = tensor<128x64xf32>
!down = tensor<64x128xf32>
!gain = tensor<64xf32>

// x + positions, which count from the begin of the segment.
func.func private @placed(%x: !rows, %positions: tensor<16x64xf32>) -> !rows {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %batch = tensor.dim %x, %c0 : !rows
  %tokens = tensor.dim %x, %c1 : !rows
  %p = tensor.extract_slice %positions[0, 0] [%tokens, 64] [1, 1] : tensor<16x64xf32> to tensor<?x64xf32>
  %empty = tensor.empty(%batch, %tokens) : !rows
  %y = linalg.generic {indexing_maps = [#rows, #same, #rows], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %p : !rows, tensor<?x64xf32>) outs(%empty : !rows) {
  ^bb0(%e: f32, %f: f32, %unused: f32):
    %s = arith.addf %e, %f : f32
    linalg.yield %s : f32
  } -> !rows
  return %y : !rows
}

// Softmax attention of 4 heads; the last query sees all keys, each query before it one key less.
func.func private @attend_causally(%x: !rows, %u: !rows, %wq: !square, %wk: !square, %wv: !square, %wo: !square) -> !rows {
  %q = attention.project %x, %wq : !rows, !square
  %k = attention.project %u, %wk : !rows, !square
  %v = attention.project %u, %wv : !rows, !square
  %qh = attention.split_heads %q heads(4) : !rows
  %kh = attention.split_heads %k heads(4) : !rows
  %vh = attention.split_heads %v heads(4) : !rows
  %oh = attention.attend #attention.softmax %qh, %kh, %vh mask(#attention.causal)
      : tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>
  %o = attention.merge_heads %oh : tensor<?x4x?x16xf32>
  %y = attention.project %o, %wo : !rows, !square
  return %y : !rows
}

// The same of rows among each other, of which all see the first 4, and these see all.
func.func private @attend_around_memory(%u: !rows, %wq: !square, %wk: !square, %wv: !square, %wo: !square) -> !rows {
  %q = attention.project %u, %wq : !rows, !square
  %k = attention.project %u, %wk : !rows, !square
  %v = attention.project %u, %wv : !rows, !square
  %qh = attention.split_heads %q heads(4) : !rows
  %kh = attention.split_heads %k heads(4) : !rows
  %vh = attention.split_heads %v heads(4) : !rows
  %oh = attention.attend #attention.softmax %qh, %kh, %vh visible {
  ^bb0(%batch: index, %head: index, %query: index, %key: index):
    %c4 = arith.constant 4 : index
    %before = arith.cmpi ule, %key, %query : index
    %by_memory = arith.cmpi ult, %query, %c4 : index
    %of_memory = arith.cmpi ult, %key, %c4 : index
    %memory = arith.ori %by_memory, %of_memory : i1
    %seen = arith.ori %memory, %before : i1
    attention.yield %seen : i1
  } : tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>
  %o = attention.merge_heads %oh : tensor<?x4x?x16xf32>
  %y = attention.project %o, %wo : !rows, !square
  return %y : !rows
}

// x + gated linear units of x.
func.func private @feed(%x: !rows, %norm: !gain, %gate: !up, %up: !up, %down: !down) -> !rows {
  %h = attention.rms_norm %x, %norm epsilon(1.0e-5) : !rows, !gain
  %g = attention.project %h, %gate : !rows, !up
  %v = attention.project %h, %up : !rows, !up
  %s = attention.silu %g : tensor<?x?x128xf32>
  %m = arith.mulf %s, %v : tensor<?x?x128xf32>
  %fed = attention.project %m, %down : tensor<?x?x128xf32>, !down
  %y = arith.addf %x, %fed : !rows
  return %y : !rows
}

// A layer whose rows see all rows of a memory, and the segment up to themselves.
func.func private @layer(%x: !rows, %memory: !rows, %n1: !gain, %wq: !square, %wk: !square, %wv: !square, %wo: !square,
                         %n2: !gain, %gate: !up, %up: !up, %down: !down) -> !rows {
  %xn = attention.rms_norm %x, %n1 epsilon(1.0e-5) : !rows, !gain
  %mn = attention.rms_norm %memory, %n1 epsilon(1.0e-5) : !rows, !gain
  %u = tensor.concat dim(1) %mn, %xn : (!rows, !rows) -> !rows
  %attended = call @attend_causally(%xn, %u, %wq, %wk, %wv, %wo) : (!rows, !rows, !square, !square, !square, !square) -> !rows
  %x1 = arith.addf %x, %attended : !rows
  %x2 = call @feed(%x1, %n2, %gate, %up, %down) : (!rows, !gain, !up, !up, !down) -> !rows
  return %x2 : !rows
}

// A layer through which the memory goes itself, as the first 4 rows.
func.func private @layer_around_memory(%u: !rows, %n1: !gain, %wq: !square, %wk: !square, %wv: !square, %wo: !square,
                                       %n2: !gain, %gate: !up, %up: !up, %down: !down) -> !rows {
  %n = attention.rms_norm %u, %n1 epsilon(1.0e-5) : !rows, !gain
  %attended = call @attend_around_memory(%n, %wq, %wk, %wv, %wo) : (!rows, !square, !square, !square, !square) -> !rows
  %u1 = arith.addf %u, %attended : !rows
  %u2 = call @feed(%u1, %n2, %gate, %up, %down) : (!rows, !gain, !up, !up, !down) -> !rows
  return %u2 : !rows
}

func.func private @answer(%x: !rows, %norm: !gain, %head: tensor<28x64xf32>) -> tensor<?x?x28xf32> {
  %h = attention.rms_norm %x, %norm epsilon(1.0e-5) : !rows, !gain
  %logits = attention.project %h, %head : !rows, tensor<28x64xf32>
  return %logits : tensor<?x?x28xf32>
}

// The memory's rows attend to those of the last layer.
func.func private @pool(%memory: !memory, %x: !rows, %nm: !gain, %nx: !gain, %wq: !square, %wk: !square, %wv: !square,
                        %wo: !square) -> !memory {
  %mn = attention.rms_norm %memory, %nm epsilon(1.0e-5) : !memory, !gain
  %xn = attention.rms_norm %x, %nx epsilon(1.0e-5) : !rows, !gain
  %q = attention.project %mn, %wq : !memory, !square
  %k = attention.project %xn, %wk : !rows, !square
  %v = attention.project %xn, %wv : !rows, !square
  %qh = attention.split_heads %q heads(4) : !memory
  %kh = attention.split_heads %k heads(4) : !rows
  %vh = attention.split_heads %v heads(4) : !rows
  %oh = attention.attend #attention.softmax %qh, %kh, %vh
      : tensor<?x4x4x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>
  %o = attention.merge_heads %oh : tensor<?x4x4x16xf32>
  %pooled = attention.project %o, %wo : !memory, !square
  return %pooled : !memory
}

// The next memory; a gate for each column says how much stays.
func.func private @keep(%memory: !memory, %read: !memory, %norm: !gain, %wg: tensor<64x128xf32>, %bias: !gain) -> !memory {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1.0 : f32
  %batch = tensor.dim %memory, %c0 : !memory
  %new = attention.rms_norm %read, %norm epsilon(1.0e-5) : !memory, !gain
  %both = tensor.concat dim(2) %memory, %new : (!memory, !memory) -> tensor<?x4x128xf32>
  %z = attention.project %both, %wg, %bias : tensor<?x4x128xf32>, tensor<64x128xf32>, !gain
  %minus = arith.negf %z : !memory
  %exp = math.exp %minus : !memory
  %ones = tensor.splat %one[%batch] : !memory
  %sum = arith.addf %ones, %exp : !memory
  %keep = arith.divf %ones, %sum : !memory
  %change = arith.subf %memory, %new : !memory
  %kept = arith.mulf %keep, %change : !memory
  %next = arith.addf %new, %kept : !memory
  return %next : !memory
}

// Segment memory, condensed by attention. Causal within a segment, too.
func.func @pooled_memory(%ids: tensor<?x?xi64> {attention.name = "ids", attention.tokens = 1 : i64},
                         %embed: tensor<28x64xf32> {attention.weight = "embed.weight"},
                         %positions: tensor<16x64xf32> {attention.weight = "pos"},
                         %n10: !gain {attention.weight = "layers.0.n1.weight"},
                         %wq0: !square {attention.weight = "layers.0.attn.wq.weight"},
                         %wk0: !square {attention.weight = "layers.0.attn.wk.weight"},
                         %wv0: !square {attention.weight = "layers.0.attn.wv.weight"},
                         %wo0: !square {attention.weight = "layers.0.attn.wo.weight"},
                         %n20: !gain {attention.weight = "layers.0.n2.weight"},
                         %gate0: !up {attention.weight = "layers.0.gate.weight"},
                         %up0: !up {attention.weight = "layers.0.up.weight"},
                         %down0: !down {attention.weight = "layers.0.down.weight"},
                         %n11: !gain {attention.weight = "layers.1.n1.weight"},
                         %wq1: !square {attention.weight = "layers.1.attn.wq.weight"},
                         %wk1: !square {attention.weight = "layers.1.attn.wk.weight"},
                         %wv1: !square {attention.weight = "layers.1.attn.wv.weight"},
                         %wo1: !square {attention.weight = "layers.1.attn.wo.weight"},
                         %n21: !gain {attention.weight = "layers.1.n2.weight"},
                         %gate1: !up {attention.weight = "layers.1.gate.weight"},
                         %up1: !up {attention.weight = "layers.1.up.weight"},
                         %down1: !down {attention.weight = "layers.1.down.weight"},
                         %start: tensor<4x64xf32> {attention.weight = "mem0"},
                         %nm: !gain {attention.weight = "n_m.weight"},
                         %nx: !gain {attention.weight = "n_x.weight"},
                         %wq: !square {attention.weight = "pool.wq.weight"},
                         %wk: !square {attention.weight = "pool.wk.weight"},
                         %wv: !square {attention.weight = "pool.wv.weight"},
                         %wo: !square {attention.weight = "pool.wo.weight"},
                         %mnorm: !gain {attention.weight = "mnorm.weight"},
                         %wg: tensor<64x128xf32> {attention.weight = "wg.weight"},
                         %bias: !gain {attention.weight = "wg.bias"},
                         %norm: !gain {attention.weight = "norm.weight"},
                         %head: tensor<28x64xf32> {attention.weight = "head.weight"})
    -> (tensor<?x?x28xf32> {attention.name = "logits", attention.tokens = 1 : i64}) {
  %c0 = arith.constant 0 : index
  %batch = tensor.dim %ids, %c0 : tensor<?x?xi64>
  %e = attention.embed %embed, %ids : tensor<28x64xf32>, tensor<?x?xi64>
  %empty = tensor.empty(%batch) : !memory
  %first = linalg.broadcast ins(%start : tensor<4x64xf32>) outs(%empty : !memory) dimensions = [0]
  %logits, %last = attention.segments %e carry(%first) length(16) {
  ^bb0(%segment: !rows, %memory: !memory):
    %rows = tensor.cast %memory : !memory to !rows
    %x0 = func.call @placed(%segment, %positions) : (!rows, tensor<16x64xf32>) -> !rows
    %x1 = func.call @layer(%x0, %rows, %n10, %wq0, %wk0, %wv0, %wo0, %n20, %gate0, %up0, %down0)
        : (!rows, !rows, !gain, !square, !square, !square, !square, !gain, !up, !up, !down) -> !rows
    %x2 = func.call @layer(%x1, %rows, %n11, %wq1, %wk1, %wv1, %wo1, %n21, %gate1, %up1, %down1)
        : (!rows, !rows, !gain, !square, !square, !square, !square, !gain, !up, !up, !down) -> !rows
    %read = func.call @pool(%memory, %x2, %nm, %nx, %wq, %wk, %wv, %wo)
        : (!memory, !rows, !gain, !gain, !square, !square, !square, !square) -> !memory
    %next = func.call @keep(%memory, %read, %mnorm, %wg, %bias) : (!memory, !memory, !gain, tensor<64x128xf32>, !gain) -> !memory
    %y = func.call @answer(%x2, %norm, %head) : (!rows, !gain, tensor<28x64xf32>) -> tensor<?x?x28xf32>
    attention.yield %y, %next : tensor<?x?x28xf32>, !memory
  } : (!rows, !memory) -> (tensor<?x?x28xf32>, !memory)
  return %logits : tensor<?x?x28xf32>
}

// Segment memory, rewritten by the layers. A segment's rows see, by way of the memory, what comes later in it: this is no
// function that could be fed token by token.
func.func @rewritten_memory(%ids: tensor<?x?xi64> {attention.name = "ids"},
                            %embed: tensor<28x64xf32> {attention.weight = "embed.weight"},
                            %positions: tensor<16x64xf32> {attention.weight = "pos"},
                            %n10: !gain {attention.weight = "layers.0.n1.weight"},
                            %wq0: !square {attention.weight = "layers.0.attn.wq.weight"},
                            %wk0: !square {attention.weight = "layers.0.attn.wk.weight"},
                            %wv0: !square {attention.weight = "layers.0.attn.wv.weight"},
                            %wo0: !square {attention.weight = "layers.0.attn.wo.weight"},
                            %n20: !gain {attention.weight = "layers.0.n2.weight"},
                            %gate0: !up {attention.weight = "layers.0.gate.weight"},
                            %up0: !up {attention.weight = "layers.0.up.weight"},
                            %down0: !down {attention.weight = "layers.0.down.weight"},
                            %n11: !gain {attention.weight = "layers.1.n1.weight"},
                            %wq1: !square {attention.weight = "layers.1.attn.wq.weight"},
                            %wk1: !square {attention.weight = "layers.1.attn.wk.weight"},
                            %wv1: !square {attention.weight = "layers.1.attn.wv.weight"},
                            %wo1: !square {attention.weight = "layers.1.attn.wo.weight"},
                            %n21: !gain {attention.weight = "layers.1.n2.weight"},
                            %gate1: !up {attention.weight = "layers.1.gate.weight"},
                            %up1: !up {attention.weight = "layers.1.up.weight"},
                            %down1: !down {attention.weight = "layers.1.down.weight"},
                            %start: tensor<4x64xf32> {attention.weight = "mem0"},
                            %mnorm: !gain {attention.weight = "mnorm.weight"},
                            %wg: tensor<64x128xf32> {attention.weight = "wg.weight"},
                            %bias: !gain {attention.weight = "wg.bias"},
                            %norm: !gain {attention.weight = "norm.weight"},
                            %head: tensor<28x64xf32> {attention.weight = "head.weight"})
    -> (tensor<?x?x28xf32> {attention.name = "logits"}) {
  %c0 = arith.constant 0 : index
  %batch = tensor.dim %ids, %c0 : tensor<?x?xi64>
  %e = attention.embed %embed, %ids : tensor<28x64xf32>, tensor<?x?xi64>
  %empty = tensor.empty(%batch) : !memory
  %first = linalg.broadcast ins(%start : tensor<4x64xf32>) outs(%empty : !memory) dimensions = [0]
  %logits, %last = attention.segments %e carry(%first) length(16) {
  ^bb0(%segment: !rows, %memory: !memory):
    %c1 = arith.constant 1 : index
    %rows = tensor.cast %memory : !memory to !rows
    %x0 = func.call @placed(%segment, %positions) : (!rows, tensor<16x64xf32>) -> !rows
    %u0 = tensor.concat dim(1) %rows, %x0 : (!rows, !rows) -> !rows
    %u1 = func.call @layer_around_memory(%u0, %n10, %wq0, %wk0, %wv0, %wo0, %n20, %gate0, %up0, %down0)
        : (!rows, !gain, !square, !square, !square, !square, !gain, !up, !up, !down) -> !rows
    %u2 = func.call @layer_around_memory(%u1, %n11, %wq1, %wk1, %wv1, %wo1, %n21, %gate1, %up1, %down1)
        : (!rows, !gain, !square, !square, !square, !square, !gain, !up, !up, !down) -> !rows
    %tokens = tensor.dim %segment, %c1 : !rows
    %read = tensor.extract_slice %u2[0, 0, 0] [%batch, 4, 64] [1, 1, 1] : !rows to !memory
    %x2 = tensor.extract_slice %u2[0, 4, 0] [%batch, %tokens, 64] [1, 1, 1] : !rows to !rows
    %next = func.call @keep(%memory, %read, %mnorm, %wg, %bias) : (!memory, !memory, !gain, tensor<64x128xf32>, !gain) -> !memory
    %y = func.call @answer(%x2, %norm, %head) : (!rows, !gain, tensor<28x64xf32>) -> tensor<?x?x28xf32>
    attention.yield %y, %next : tensor<?x?x28xf32>, !memory
  } : (!rows, !memory) -> (tensor<?x?x28xf32>, !memory)
  return %logits : tensor<?x?x28xf32>
}

// Plain recurrence: each layer reads what it was given for the segment before, which reaches back a segment for each layer.
func.func @plain_recurrence(%ids: tensor<?x?xi64> {attention.name = "ids", attention.tokens = 1 : i64},
                            %embed: tensor<28x64xf32> {attention.weight = "embed.weight"},
                            %positions: tensor<16x64xf32> {attention.weight = "pos"},
                            %n10: !gain {attention.weight = "layers.0.n1.weight"},
                            %wq0: !square {attention.weight = "layers.0.attn.wq.weight"},
                            %wk0: !square {attention.weight = "layers.0.attn.wk.weight"},
                            %wv0: !square {attention.weight = "layers.0.attn.wv.weight"},
                            %wo0: !square {attention.weight = "layers.0.attn.wo.weight"},
                            %n20: !gain {attention.weight = "layers.0.n2.weight"},
                            %gate0: !up {attention.weight = "layers.0.gate.weight"},
                            %up0: !up {attention.weight = "layers.0.up.weight"},
                            %down0: !down {attention.weight = "layers.0.down.weight"},
                            %n11: !gain {attention.weight = "layers.1.n1.weight"},
                            %wq1: !square {attention.weight = "layers.1.attn.wq.weight"},
                            %wk1: !square {attention.weight = "layers.1.attn.wk.weight"},
                            %wv1: !square {attention.weight = "layers.1.attn.wv.weight"},
                            %wo1: !square {attention.weight = "layers.1.attn.wo.weight"},
                            %n21: !gain {attention.weight = "layers.1.n2.weight"},
                            %gate1: !up {attention.weight = "layers.1.gate.weight"},
                            %up1: !up {attention.weight = "layers.1.up.weight"},
                            %down1: !down {attention.weight = "layers.1.down.weight"},
                            %norm: !gain {attention.weight = "norm.weight"},
                            %head: tensor<28x64xf32> {attention.weight = "head.weight"})
    -> (tensor<?x?x28xf32> {attention.name = "logits", attention.tokens = 1 : i64}) {
  %c0 = arith.constant 0 : index
  %batch = tensor.dim %ids, %c0 : tensor<?x?xi64>
  %e = attention.embed %embed, %ids : tensor<28x64xf32>, tensor<?x?xi64>
  %none = tensor.empty(%batch) : tensor<?x0x64xf32>
  %logits, %last0, %last1 = attention.segments %e carry(%none, %none) length(16) {
  ^bb0(%segment: !rows, %before0: !rows, %before1: !rows):
    %x0 = func.call @placed(%segment, %positions) : (!rows, tensor<16x64xf32>) -> !rows
    %x1 = func.call @layer(%x0, %before0, %n10, %wq0, %wk0, %wv0, %wo0, %n20, %gate0, %up0, %down0)
        : (!rows, !rows, !gain, !square, !square, !square, !square, !gain, !up, !up, !down) -> !rows
    %x2 = func.call @layer(%x1, %before1, %n11, %wq1, %wk1, %wv1, %wo1, %n21, %gate1, %up1, %down1)
        : (!rows, !rows, !gain, !square, !square, !square, !square, !gain, !up, !up, !down) -> !rows
    %y = func.call @answer(%x2, %norm, %head) : (!rows, !gain, tensor<28x64xf32>) -> tensor<?x?x28xf32>
    attention.yield %y, %x0, %x1 : tensor<?x?x28xf32>, !rows, !rows
  } : (!rows, tensor<?x0x64xf32>, tensor<?x0x64xf32>) -> (tensor<?x?x28xf32>, !rows, !rows)
  return %logits : tensor<?x?x28xf32>
}
