// A character language model in which log-exp attention remembers: its state does not grow with the text.
//
// 96 characters, 4 layers of width 128, 4 heads of 32 columns. Each layer: norm, a causal convolution over 4 characters,
// log-exp attention, norm, gated linear units. Ids are ASCII codes less 31, and 0 for the end of a line.

#all = affine_map<(batch, token, column) -> (batch, token, column)>
#column = affine_map<(batch, token, column) -> (column)>
!rows = tensor<?x?x128xf32>
!square = tensor<128x128xf32>

// y[t] = sum_i weight[i] * x[t - i], with zeros before the start.
func.func private @shift(%x: !rows, %weight: tensor<4x128xf32>) -> !rows {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %batch = tensor.dim %x, %c0 : !rows
  %tokens = tensor.dim %x, %c1 : !rows
  %padded = tensor.pad %x low[0, 3, 0] high[0, 0, 0] {
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %zero : f32
  } : !rows to !rows
  %x1 = tensor.extract_slice %padded[0, 2, 0] [%batch, %tokens, 128] [1, 1, 1] : !rows to !rows
  %x2 = tensor.extract_slice %padded[0, 1, 0] [%batch, %tokens, 128] [1, 1, 1] : !rows to !rows
  %x3 = tensor.extract_slice %padded[0, 0, 0] [%batch, %tokens, 128] [1, 1, 1] : !rows to !rows
  %w0 = tensor.extract_slice %weight[0, 0] [1, 128] [1, 1] : tensor<4x128xf32> to tensor<128xf32>
  %w1 = tensor.extract_slice %weight[1, 0] [1, 128] [1, 1] : tensor<4x128xf32> to tensor<128xf32>
  %w2 = tensor.extract_slice %weight[2, 0] [1, 128] [1, 1] : tensor<4x128xf32> to tensor<128xf32>
  %w3 = tensor.extract_slice %weight[3, 0] [1, 128] [1, 1] : tensor<4x128xf32> to tensor<128xf32>
  %empty = tensor.empty(%batch, %tokens) : !rows
  %y = linalg.generic {indexing_maps = [#all, #all, #all, #all, #column, #column, #column, #column, #all],
                       iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %x1, %x2, %x3, %w0, %w1, %w2, %w3
          : !rows, !rows, !rows, !rows, tensor<128xf32>, tensor<128xf32>, tensor<128xf32>, tensor<128xf32>)
      outs(%empty : !rows) {
  ^bb0(%e0: f32, %e1: f32, %e2: f32, %e3: f32, %v0: f32, %v1: f32, %v2: f32, %v3: f32, %unused: f32):
    %p0 = arith.mulf %e0, %v0 : f32
    %p1 = arith.mulf %e1, %v1 : f32
    %p2 = arith.mulf %e2, %v2 : f32
    %p3 = arith.mulf %e3, %v3 : f32
    %s1 = arith.addf %p0, %p1 : f32
    %s2 = arith.addf %s1, %p2 : f32
    %s3 = arith.addf %s2, %p3 : f32
    linalg.yield %s3 : f32
  } -> !rows
  return %y : !rows
}

// x + p, with p[t] = log(sigmoid(a[t]) exp(p[t - 1]) + exp(b[t])) for each column, p = 0 before the start, and (a, b) a
// linear map of x. The recurrence is linear attention with 128 heads of one column; its first character also writes what
// the state before the start leaves.
func.func private @positions(%x: !rows, %weight: tensor<256x128xf32>, %bias: tensor<256xf32>) -> !rows {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %batch = tensor.dim %x, %c0 : !rows
  %tokens = tensor.dim %x, %c1 : !rows
  %both = attention.project %x, %weight, %bias : !rows, tensor<256x128xf32>, tensor<256xf32>
  %a = tensor.extract_slice %both[0, 0, 0] [%batch, %tokens, 128] [1, 1, 1] : tensor<?x?x256xf32> to !rows
  %b = tensor.extract_slice %both[0, 0, 128] [%batch, %tokens, 128] [1, 1, 1] : tensor<?x?x256xf32> to !rows
  %ones = tensor.splat %one[%batch, %tokens] : !rows
  %zeros = tensor.splat %zero[%batch, %tokens] : !rows

  // log(sigmoid(a)) = min(a, 0) - log(1 + exp(-|a|))
  %size = math.absf %a : !rows
  %minus = arith.negf %size : !rows
  %small = math.exp %minus : !rows
  %soft = math.log1p %small : !rows
  %least = arith.minimumf %a, %zeros : !rows
  %decay = arith.subf %least, %soft : !rows

  // 1 where a character comes before, 0 at the first.
  %padded = tensor.pad %ones low[0, 1, 0] high[0, 0, 0] {
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %zero : f32
  } : !rows to !rows
  %before = tensor.extract_slice %padded[0, 0, 0] [%batch, %tokens, 128] [1, 1, 1] : !rows to !rows
  %first = arith.subf %ones, %before : !rows
  %sigmoid = math.exp %decay : !rows
  %start = arith.mulf %first, %sigmoid : !rows
  %new = math.exp %b : !rows
  %write = arith.addf %start, %new : !rows

  %ones_heads = attention.split_heads %ones heads(128) : !rows
  %write_heads = attention.split_heads %write heads(128) : !rows
  %decay_heads = attention.split_heads %decay heads(128) : !rows
  %sums = attention.attend #attention.linear %ones_heads, %write_heads, %ones_heads mask(#attention.causal)
      decay(%decay_heads : tensor<?x128x?x1xf32>) : tensor<?x128x?x1xf32>, tensor<?x128x?x1xf32>, tensor<?x128x?x1xf32>
  %merged = attention.merge_heads %sums : tensor<?x128x?x1xf32>
  %p = math.log %merged : !rows
  %y = arith.addf %x, %p : !rows
  return %y : !rows
}

func.func private @layer(%x: !rows, %attn_norm: tensor<128xf32>, %shift: tensor<4x128xf32>,
                         %wq: !square, %wk: !square, %wv: !square, %wo: !square,
                         %mlp_norm: tensor<128xf32>, %gate: tensor<256x128xf32>, %up: tensor<256x128xf32>,
                         %down: tensor<128x256xf32>) -> !rows {
  %h = attention.rms_norm %x, %attn_norm epsilon(1.0e-5) : !rows, tensor<128xf32>
  %y = call @shift(%h, %shift) : (!rows, tensor<4x128xf32>) -> !rows
  %q = attention.project %y, %wq : !rows, !square
  %k = attention.project %y, %wk : !rows, !square
  %v = attention.project %y, %wv : !rows, !square
  %qh = attention.split_heads %q heads(4) : !rows
  %kh = attention.split_heads %k heads(4) : !rows
  %vh = attention.split_heads %v heads(4) : !rows
  %oh = attention.attend #attention.log_exp %qh, %kh, %vh mask(#attention.causal)
      : tensor<?x4x?x32xf32>, tensor<?x4x?x32xf32>, tensor<?x4x?x32xf32>
  %o = attention.merge_heads %oh : tensor<?x4x?x32xf32>
  %attended = attention.project %o, %wo : !rows, !square
  %x1 = arith.addf %x, %attended : !rows

  %h1 = attention.rms_norm %x1, %mlp_norm epsilon(1.0e-5) : !rows, tensor<128xf32>
  %g = attention.project %h1, %gate : !rows, tensor<256x128xf32>
  %u = attention.project %h1, %up : !rows, tensor<256x128xf32>
  %s = attention.silu %g : tensor<?x?x256xf32>
  %m = arith.mulf %s, %u : tensor<?x?x256xf32>
  %fed = attention.project %m, %down : tensor<?x?x256xf32>, tensor<128x256xf32>
  %x2 = arith.addf %x1, %fed : !rows
  return %x2 : !rows
}

// The logarithms, up to a constant, of the probabilities of the next character.
func.func @next(%ids: tensor<?x?xi64> {attention.name = "ids", attention.tokens = 1 : i64},
                %embed: tensor<96x128xf32> {attention.weight = "embed.weight"},
                %pos: tensor<256x128xf32> {attention.weight = "pos.weight"},
                %pos_bias: tensor<256xf32> {attention.weight = "pos.bias"},
                %attn_norm0: tensor<128xf32> {attention.weight = "layers.0.attn.norm.weight"},
                %shift0: tensor<4x128xf32> {attention.weight = "layers.0.attn.f.shift.weight"},
                %wq0: !square {attention.weight = "layers.0.attn.f.wq.weight"},
                %wk0: !square {attention.weight = "layers.0.attn.f.wk.weight"},
                %wv0: !square {attention.weight = "layers.0.attn.f.wv.weight"},
                %wo0: !square {attention.weight = "layers.0.attn.f.wo.weight"},
                %mlp_norm0: tensor<128xf32> {attention.weight = "layers.0.mlp.norm.weight"},
                %gate0: tensor<256x128xf32> {attention.weight = "layers.0.mlp.f.gate.weight"},
                %up0: tensor<256x128xf32> {attention.weight = "layers.0.mlp.f.up.weight"},
                %down0: tensor<128x256xf32> {attention.weight = "layers.0.mlp.f.down.weight"},
                %attn_norm1: tensor<128xf32> {attention.weight = "layers.1.attn.norm.weight"},
                %shift1: tensor<4x128xf32> {attention.weight = "layers.1.attn.f.shift.weight"},
                %wq1: !square {attention.weight = "layers.1.attn.f.wq.weight"},
                %wk1: !square {attention.weight = "layers.1.attn.f.wk.weight"},
                %wv1: !square {attention.weight = "layers.1.attn.f.wv.weight"},
                %wo1: !square {attention.weight = "layers.1.attn.f.wo.weight"},
                %mlp_norm1: tensor<128xf32> {attention.weight = "layers.1.mlp.norm.weight"},
                %gate1: tensor<256x128xf32> {attention.weight = "layers.1.mlp.f.gate.weight"},
                %up1: tensor<256x128xf32> {attention.weight = "layers.1.mlp.f.up.weight"},
                %down1: tensor<128x256xf32> {attention.weight = "layers.1.mlp.f.down.weight"},
                %attn_norm2: tensor<128xf32> {attention.weight = "layers.2.attn.norm.weight"},
                %shift2: tensor<4x128xf32> {attention.weight = "layers.2.attn.f.shift.weight"},
                %wq2: !square {attention.weight = "layers.2.attn.f.wq.weight"},
                %wk2: !square {attention.weight = "layers.2.attn.f.wk.weight"},
                %wv2: !square {attention.weight = "layers.2.attn.f.wv.weight"},
                %wo2: !square {attention.weight = "layers.2.attn.f.wo.weight"},
                %mlp_norm2: tensor<128xf32> {attention.weight = "layers.2.mlp.norm.weight"},
                %gate2: tensor<256x128xf32> {attention.weight = "layers.2.mlp.f.gate.weight"},
                %up2: tensor<256x128xf32> {attention.weight = "layers.2.mlp.f.up.weight"},
                %down2: tensor<128x256xf32> {attention.weight = "layers.2.mlp.f.down.weight"},
                %attn_norm3: tensor<128xf32> {attention.weight = "layers.3.attn.norm.weight"},
                %shift3: tensor<4x128xf32> {attention.weight = "layers.3.attn.f.shift.weight"},
                %wq3: !square {attention.weight = "layers.3.attn.f.wq.weight"},
                %wk3: !square {attention.weight = "layers.3.attn.f.wk.weight"},
                %wv3: !square {attention.weight = "layers.3.attn.f.wv.weight"},
                %wo3: !square {attention.weight = "layers.3.attn.f.wo.weight"},
                %mlp_norm3: tensor<128xf32> {attention.weight = "layers.3.mlp.norm.weight"},
                %gate3: tensor<256x128xf32> {attention.weight = "layers.3.mlp.f.gate.weight"},
                %up3: tensor<256x128xf32> {attention.weight = "layers.3.mlp.f.up.weight"},
                %down3: tensor<128x256xf32> {attention.weight = "layers.3.mlp.f.down.weight"},
                %norm: tensor<128xf32> {attention.weight = "norm.weight"},
                %head: tensor<96x128xf32> {attention.weight = "head.weight"})
    -> (tensor<?x?x96xf32> {attention.name = "logits", attention.tokens = 1 : i64}) {
  %e = attention.embed %embed, %ids : tensor<96x128xf32>, tensor<?x?xi64>
  %x0 = call @positions(%e, %pos, %pos_bias) : (!rows, tensor<256x128xf32>, tensor<256xf32>) -> !rows
  %x1 = call @layer(%x0, %attn_norm0, %shift0, %wq0, %wk0, %wv0, %wo0, %mlp_norm0, %gate0, %up0, %down0)
      : (!rows, tensor<128xf32>, tensor<4x128xf32>, !square, !square, !square, !square, tensor<128xf32>,
         tensor<256x128xf32>, tensor<256x128xf32>, tensor<128x256xf32>) -> !rows
  %x2 = call @layer(%x1, %attn_norm1, %shift1, %wq1, %wk1, %wv1, %wo1, %mlp_norm1, %gate1, %up1, %down1)
      : (!rows, tensor<128xf32>, tensor<4x128xf32>, !square, !square, !square, !square, tensor<128xf32>,
         tensor<256x128xf32>, tensor<256x128xf32>, tensor<128x256xf32>) -> !rows
  %x3 = call @layer(%x2, %attn_norm2, %shift2, %wq2, %wk2, %wv2, %wo2, %mlp_norm2, %gate2, %up2, %down2)
      : (!rows, tensor<128xf32>, tensor<4x128xf32>, !square, !square, !square, !square, tensor<128xf32>,
         tensor<256x128xf32>, tensor<256x128xf32>, tensor<128x256xf32>) -> !rows
  %x4 = call @layer(%x3, %attn_norm3, %shift3, %wq3, %wk3, %wv3, %wo3, %mlp_norm3, %gate3, %up3, %down3)
      : (!rows, tensor<128xf32>, tensor<4x128xf32>, !square, !square, !square, !square, tensor<128xf32>,
         tensor<256x128xf32>, tensor<256x128xf32>, tensor<128x256xf32>) -> !rows
  %h = attention.rms_norm %x4, %norm epsilon(1.0e-5) : !rows, tensor<128xf32>
  %logits = attention.project %h, %head : !rows, tensor<96x128xf32>
  return %logits : tensor<?x?x96xf32>
}
