// What a window no longer shows is forgotten: two layers with windows of their own, positions of both kinds, missing keys.
func.func @layers(%x: tensor<?x?x32xf32> {attention.name = "x", attention.tokens = 1 : i64}) -> (tensor<?x?x32xf32> {attention.name = "o", attention.tokens = 1 : i64}) {
  %h = attention.split_heads %x heads(2) : tensor<?x?x32xf32>
  %r = attention.rotary %h base(10000.0) : tensor<?x2x?x16xf32>
  %o = attention.attend #attention.softmax %r, %r, %h mask(#attention.all<[#attention.causal, #attention.window<70>]>) score {
  ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
    %distance = arith.subi %query, %key : index
    %int = arith.index_cast %distance : index to i64
    %float = arith.sitofp %int : i64 to f32
    %slope = arith.constant 0.05 : f32
    %far = arith.mulf %float, %slope : f32
    %t = arith.subf %s, %far : f32
    attention.yield %t : f32
  } : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>
  %p = attention.attend #attention.sigmoid %o, %h, %o mask(#attention.band<20, 0>) : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>
  %m = attention.merge_heads %p : tensor<?x2x?x16xf32>
  return %m : tensor<?x?x32xf32>
}

func.func @sums(%x: tensor<1x2x?x16xf32> {attention.name = "x", attention.tokens = 2 : i64}, %keys: tensor<1x?xi1> {attention.name = "keys", attention.tokens = 1 : i64}) -> (tensor<1x2x?x16xf32> {attention.name = "o", attention.tokens = 2 : i64}) {
  %o = attention.attend #attention.linear<feature = elu1, normalizer = keys> %x, %x, %x mask(#attention.all<[#attention.causal, #attention.window<300>]>) keys(%keys : tensor<1x?xi1>)
      : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}
