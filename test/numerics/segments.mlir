// Recurrence along the sequence: memories of fixed and of varying size, condensation, whole-layer bodies, on lengths that end anywhere.
// RUN: %python %S/agree.py %s 2e-5

// The memory is what came before, as it was (segment by segment, of varying length).
// CASE: copy x=f32:1x0x16 start=f32:1x3x16 -> y last
// CASE: copy x=f32:1x1x16 start=f32:1x0x16 -> y last
// CASE: copy x=f32:1x5x16 start=f32:1x9x16 -> y last
// CASE: copy x=f32:1x20x16 start=f32:1x5x16 -> y last
// CASE: copy x=f32:3x33x16 start=f32:3x2x16 -> y last
// CASE: copy x=f32:0x7x16 start=f32:0x2x16 -> y last
func.func @copy(%x: tensor<?x?x16xf32> {attention.name = "x"}, %start: tensor<?x?x16xf32> {attention.name = "start"})
    -> (tensor<?x?x16xf32> {attention.name = "y"}, tensor<?x?x16xf32> {attention.name = "last"}) {
  %y, %last = attention.segments %x carry(%start) length(5) {
  ^bb0(%segment: tensor<?x?x16xf32>, %memory: tensor<?x?x16xf32>):
    %u = tensor.concat dim(1) %memory, %segment : (tensor<?x?x16xf32>, tensor<?x?x16xf32>) -> tensor<?x?x16xf32>
    %q = attention.split_heads %segment heads(2) : tensor<?x?x16xf32>
    %k = attention.split_heads %u heads(2) : tensor<?x?x16xf32>
    %oh = attention.attend #attention.softmax %q, %k, %k mask(#attention.causal) : tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>
    %o = attention.merge_heads %oh : tensor<?x2x?x8xf32>
    attention.yield %o, %segment : tensor<?x?x16xf32>, tensor<?x?x16xf32>
  } : (tensor<?x?x16xf32>, tensor<?x?x16xf32>) -> (tensor<?x?x16xf32>, tensor<?x?x16xf32>)
  return %y, %last : tensor<?x?x16xf32>, tensor<?x?x16xf32>
}

// Two memories that both start empty are two.
// CASE: two x=f32:2x0x8 -> y
// CASE: two x=f32:2x11x8 -> y
func.func @two(%x: tensor<?x?x8xf32> {attention.name = "x"}) -> (tensor<?x?x8xf32> {attention.name = "y"}) {
  %c0 = arith.constant 0 : index
  %batch = tensor.dim %x, %c0 : tensor<?x?x8xf32>
  %none = tensor.empty(%batch) : tensor<?x0x8xf32>
  %y, %last0, %last1 = attention.segments %x carry(%none, %none) length(4) {
  ^bb0(%segment: tensor<?x?x8xf32>, %memory0: tensor<?x?x8xf32>, %memory1: tensor<?x?x8xf32>):
    %s = attention.silu %segment : tensor<?x?x8xf32>
    %m0 = attention.mean_rows %memory0 : tensor<?x?x8xf32>
    %m1 = attention.mean_rows %memory1 : tensor<?x?x8xf32>
    %m = arith.subf %m0, %m1 : tensor<?x1x8xf32>
    %b = attention.broadcast_rows %m like %segment : tensor<?x1x8xf32>, tensor<?x?x8xf32>
    %o = arith.addf %s, %b : tensor<?x?x8xf32>
    attention.yield %o, %segment, %s : tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>
  } : (tensor<?x?x8xf32>, tensor<?x0x8xf32>, tensor<?x0x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>)
  return %y : tensor<?x?x8xf32>
}

// Each segment looks up its own rows; a projection of batch times rows.
// CASE: looked_up ids=i64:3x0 -> y
// CASE: looked_up ids=i64:2x9=0,1,2,3,4,5,4,3,2,1,1,1,0,0,5,2,3,4 -> y
func.func @looked_up(%ids: tensor<?x?xi64> {attention.name = "ids"}) -> (tensor<?x?x4xf32> {attention.name = "y"}) {
  %table = arith.constant dense<[[1.0, 2.0, 3.0], [0.5, -1.0, 0.0], [2.0, 2.0, -2.0], [0.0, 0.0, 1.0], [7.0, 0.5, 0.25], [-1.0, 3.0, -3.0]]> : tensor<6x3xf32>
  %w = arith.constant dense<[[1.0, 0.0, 2.0], [0.5, 1.0, 0.0], [0.0, -1.0, 1.0], [1.0, 1.0, 1.0]]> : tensor<4x3xf32>
  %x = attention.embed %table, %ids : tensor<6x3xf32>, tensor<?x?xi64>
  %y = attention.segments %x length(4) {
  ^bb0(%segment: tensor<?x?x3xf32>):
    %p = attention.project %segment, %w : tensor<?x?x3xf32>, tensor<4x3xf32>
    %m = attention.mean_rows %p : tensor<?x?x4xf32>
    %b = attention.broadcast_rows %m like %p : tensor<?x1x4xf32>, tensor<?x?x4xf32>
    %o = arith.addf %p, %b : tensor<?x?x4xf32>
    attention.yield %o : tensor<?x?x4xf32>
  } : (tensor<?x?x3xf32>) -> tensor<?x?x4xf32>
  return %y : tensor<?x?x4xf32>
}

// The last six rows stay: a memory that grows to its bound. Rows are scored by their distance from the memory's begin.
// CASE: last_rows x=f64:1x0x8 -> y last
// CASE: last_rows x=f64:1x3x8 -> y last
// CASE: last_rows x=f64:1x8x8 -> y last
// CASE: last_rows x=f64:1x31x8 -> y last
func.func @last_rows(%x: tensor<1x?x8xf64> {attention.name = "x"})
    -> (tensor<1x?x8xf64> {attention.name = "y"}, tensor<1x?x8xf64> {attention.name = "last"}) {
  %none = tensor.empty() : tensor<1x0x8xf64>
  %y, %last = attention.segments %x carry(%none) length(4) {
  ^bb0(%segment: tensor<1x?x8xf64>, %memory: tensor<1x?x8xf64>):
    %c1 = arith.constant 1 : index
    %c6 = arith.constant 6 : index
    %u = tensor.concat dim(1) %memory, %segment : (tensor<1x?x8xf64>, tensor<1x?x8xf64>) -> tensor<1x?x8xf64>
    %q = attention.split_heads %segment heads(1) : tensor<1x?x8xf64>
    %k = attention.split_heads %u heads(1) : tensor<1x?x8xf64>
    %oh = attention.attend #attention.softmax %q, %k, %k mask(#attention.causal) score {
    ^bb1(%s: f64, %batch: index, %head: index, %query: index, %key: index):
      %i = arith.index_cast %key : index to i64
      %f = arith.sitofp %i : i64 to f64
      %c = math.sin %f : f64
      %t = arith.addf %s, %c : f64
      attention.yield %t : f64
    } : tensor<1x1x?x8xf64>, tensor<1x1x?x8xf64>, tensor<1x1x?x8xf64>
    %o = attention.merge_heads %oh : tensor<1x1x?x8xf64>
    %rows = tensor.dim %u, %c1 : tensor<1x?x8xf64>
    %kept = arith.minsi %rows, %c6 : index
    %first = arith.subi %rows, %kept : index
    %next = tensor.extract_slice %u[0, %first, 0] [1, %kept, 8] [1, 1, 1] : tensor<1x?x8xf64> to tensor<1x?x8xf64>
    attention.yield %o, %next : tensor<1x?x8xf64>, tensor<1x?x8xf64>
  } : (tensor<1x?x8xf64>, tensor<1x0x8xf64>) -> (tensor<1x?x8xf64>, tensor<1x?x8xf64>)
  return %y, %last : tensor<1x?x8xf64>, tensor<1x?x8xf64>
}

// Memory of fixed size, condensed by attention of its own rows and a gate; two carries, one of them read a segment late.
// CASE: condensed x=f32:2x0x16 m=f32:2x3x16 w=f32:16x16 -> y last late
// CASE: condensed x=f32:2x6x16 m=f32:2x3x16 w=f32:16x16 -> y last late
// CASE: condensed x=f32:2x29x16 m=f32:2x3x16 w=f32:16x16 -> y last late
func.func @condensed(%x: tensor<2x?x16xf32> {attention.name = "x"}, %m: tensor<2x3x16xf32> {attention.name = "m"}, %w: tensor<16x16xf32> {attention.name = "w"})
    -> (tensor<2x?x16xf32> {attention.name = "y"}, tensor<2x3x16xf32> {attention.name = "last"}, tensor<2x3x16xf32> {attention.name = "late"}) {
  %y, %last, %late = attention.segments %x carry(%m, %m) length(6) {
  ^bb0(%segment: tensor<2x?x16xf32>, %memory: tensor<2x3x16xf32>, %before: tensor<2x3x16xf32>):
    %cast = tensor.cast %before : tensor<2x3x16xf32> to tensor<2x?x16xf32>
    %u = tensor.concat dim(1) %cast, %segment : (tensor<2x?x16xf32>, tensor<2x?x16xf32>) -> tensor<2x?x16xf32>
    %n = attention.project %u, %w : tensor<2x?x16xf32>, tensor<16x16xf32>
    %q = attention.split_heads %segment heads(2) : tensor<2x?x16xf32>
    %k = attention.split_heads %n heads(2) : tensor<2x?x16xf32>
    %oh = attention.attend #attention.softmax %q, %k, %k scale(0.05) : tensor<2x2x?x8xf32>, tensor<2x2x?x8xf32>, tensor<2x2x?x8xf32>
    %o = attention.merge_heads %oh : tensor<2x2x?x8xf32>
    %y0 = arith.addf %segment, %o : tensor<2x?x16xf32>
    %mh = attention.split_heads %memory heads(1) : tensor<2x3x16xf32>
    %yh = attention.split_heads %y0 heads(1) : tensor<2x?x16xf32>
    %ch = attention.attend #attention.softmax %mh, %yh, %yh : tensor<2x1x3x16xf32>, tensor<2x1x?x16xf32>, tensor<2x1x?x16xf32>
    %c = attention.merge_heads %ch : tensor<2x1x3x16xf32>
    %half = arith.constant dense<0.5> : tensor<2x3x16xf32>
    %sum = arith.addf %c, %memory : tensor<2x3x16xf32>
    %next = arith.mulf %sum, %half : tensor<2x3x16xf32>
    attention.yield %y0, %next, %memory : tensor<2x?x16xf32>, tensor<2x3x16xf32>, tensor<2x3x16xf32>
  } : (tensor<2x?x16xf32>, tensor<2x3x16xf32>, tensor<2x3x16xf32>) -> (tensor<2x?x16xf32>, tensor<2x3x16xf32>, tensor<2x3x16xf32>)
  return %y, %last, %late : tensor<2x?x16xf32>, tensor<2x3x16xf32>, tensor<2x3x16xf32>
}

// Pooling, segments of one size, no carry of tokens; output of other columns.
// CASE: pooled x=f32:1x12x16 w=f32:8x16 -> y mean
func.func @pooled(%x: tensor<1x12x16xf32> {attention.name = "x"}, %w: tensor<8x16xf32> {attention.name = "w"})
    -> (tensor<1x12x8xf32> {attention.name = "y"}, tensor<1x1x16xf32> {attention.name = "mean"}) {
  %zero = arith.constant dense<0.0> : tensor<1x1x16xf32>
  %y, %mean = attention.segments %x carry(%zero) length(3) {
  ^bb0(%segment: tensor<1x3x16xf32>, %memory: tensor<1x1x16xf32>):
    %m = attention.broadcast_rows %memory like %segment : tensor<1x1x16xf32>, tensor<1x3x16xf32>
    %s = arith.addf %segment, %m : tensor<1x3x16xf32>
    %o = attention.project %s, %w : tensor<1x3x16xf32>, tensor<8x16xf32>
    %next = attention.mean_rows %s : tensor<1x3x16xf32>
    attention.yield %o, %next : tensor<1x3x8xf32>, tensor<1x1x16xf32>
  } : (tensor<1x12x16xf32>, tensor<1x1x16xf32>) -> (tensor<1x12x8xf32>, tensor<1x1x16xf32>)
  return %y, %mean : tensor<1x12x8xf32>, tensor<1x1x16xf32>
}

// Segments of segments, a flow inside of one, and a state of a recurrence within.
// CASE: nested x=f32:1x0x8 -> y
// CASE: nested x=f32:1x25x8 -> y
func.func @nested(%x: tensor<1x?x8xf32> {attention.name = "x"}) -> (tensor<1x?x8xf32> {attention.name = "y"}) {
  %y = attention.segments %x length(7) {
  ^bb0(%outer: tensor<1x?x8xf32>):
    %flow = attention.evolve %outer steps(3) step(0.25) method(heun) velocity {
    ^bb1(%p: tensor<1x?x8xf32>, %layer: index, %time: f32):
      %f = math.sin %p : tensor<1x?x8xf32>
      attention.yield %f : tensor<1x?x8xf32>
    } : (tensor<1x?x8xf32>) -> tensor<1x?x8xf32>
    %in = attention.segments %flow length(3) {
    ^bb1(%inner: tensor<1x?x8xf32>):
      %h = attention.split_heads %inner heads(1) : tensor<1x?x8xf32>
      %a = attention.attend #attention.log_exp<values = linear> %h, %h, %h mask(#attention.causal) : tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>
      %o = attention.merge_heads %a : tensor<1x1x?x8xf32>
      attention.yield %o : tensor<1x?x8xf32>
    } : (tensor<1x?x8xf32>) -> tensor<1x?x8xf32>
    attention.yield %in : tensor<1x?x8xf32>
  } : (tensor<1x?x8xf32>) -> tensor<1x?x8xf32>
  return %y : tensor<1x?x8xf32>
}

// Joined rows elsewhere are joined.
// CASE: joined a=f32:1x3x8 b=f32:1x5x8 -> y
// CASE: joined a=f32:1x0x8 b=f32:1x1x8 -> y
func.func @joined(%a: tensor<1x?x8xf32> {attention.name = "a"}, %b: tensor<1x?x8xf32> {attention.name = "b"}) -> (tensor<1x?x8xf32> {attention.name = "y"}) {
  %u = tensor.concat dim(1) %a, %b, %a : (tensor<1x?x8xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> tensor<1x?x8xf32>
  %h = attention.split_heads %u heads(1) : tensor<1x?x8xf32>
  %oh = attention.attend #attention.sigmoid %h, %h, %h mask(#attention.window<4>) : tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>
  %o = attention.merge_heads %oh : tensor<1x1x?x8xf32>
  %y = arith.addf %o, %u : tensor<1x?x8xf32>
  return %y : tensor<1x?x8xf32>
}
