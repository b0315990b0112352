// Sizes, shapes and types at the edges of what tiles are made of.
// RUN: %python %S/agree.py %s 2e-6

// Columns of dynamic size.
// CASE: dynamic_columns x=f32:2x3x5 z=f32:2x3x5 -> y
// CASE: dynamic_columns x=f32:1x40x70 z=f32:1x40x70 -> y
// CASE: dynamic_columns x=f32:3x0x4 z=f32:3x0x4 -> y
// CASE: dynamic_columns x=f32:0x3x3 z=f32:0x3x3 -> y
// CASE: dynamic_columns x=f32:2x3x0 z=f32:2x3x0 -> y
// CASE: dynamic_columns x=f32:1x2x600 z=f32:1x2x600 -> y
func.func @dynamic_columns(%x: tensor<?x?x?xf32> {attention.name = "x"}, %z: tensor<?x?x?xf32> {attention.name = "z"}) -> (tensor<?x?x?xf32> {attention.name = "y"}) {
  %g = attention.silu %x : tensor<?x?x?xf32>
  %y = arith.mulf %g, %z : tensor<?x?x?xf32>
  return %y : tensor<?x?x?xf32>
}

// One dimension, and values that are not finite.
// CASE: one x=f32:0 -> y
// CASE: one x=f32:1 -> y
// CASE: one x=f32:17 -> y
// CASE: one x=f32:1000 -> y
// CASE: one x=f32:7=inf,-inf,nan,-100,100,1e30,-1e30 -> y
func.func @one(%x: tensor<?xf32> {attention.name = "x"}) -> (tensor<?xf32> {attention.name = "y"}) {
  %g = attention.gelu %x : tensor<?xf32>
  return %g : tensor<?xf32>
}

// Ops on rows, of a single row.
// CASE: vector_norm x=f32:30 g=f32:30 w=f32:7x30 -> y
func.func @vector_norm(%x: tensor<30xf32> {attention.name = "x"}, %g: tensor<30xf32> {attention.name = "g"}, %w: tensor<7x30xf32> {attention.name = "w"}) -> (tensor<7xf32> {attention.name = "y"}) {
  %n = attention.rms_norm %x, %g epsilon(1.0e-6) : tensor<30xf32>, tensor<30xf32>
  %p = attention.project %n, %w : tensor<30xf32>, tensor<7x30xf32>
  return %p : tensor<7xf32>
}

// Integers and truth values.
// CASE: integers x=i64:2x3 z=i64:2x3 -> y f c
// CASE: integers x=i64:1x40 z=i64:1x40 -> y f c
// CASE: integers x=i64:3x0 z=i64:3x0 -> y f c
func.func @integers(%x: tensor<?x?xi64> {attention.name = "x"}, %z: tensor<?x?xi64> {attention.name = "z"}) -> (tensor<?x?xi64> {attention.name = "y"}, tensor<?x?xf32> {attention.name = "f"}, tensor<?x?xi1> {attention.name = "c"}) {
  %c = arith.cmpi slt, %x, %z : tensor<?x?xi64>
  %m = arith.select %c, %x, %z : tensor<?x?xi1>, tensor<?x?xi64>
  %e = arith.extui %c : tensor<?x?xi1> to tensor<?x?xi64>
  %y = arith.addi %m, %e : tensor<?x?xi64>
  %f = arith.sitofp %y : tensor<?x?xi64> to tensor<?x?xf32>
  return %y, %f, %c : tensor<?x?xi64>, tensor<?x?xf32>, tensor<?x?xi1>
}

// Positions that float32 angles could not tell apart.
// CASE: far x=f32:1x2x19x64 p=i64:1=0 -> y i
// CASE: far x=f32:1x2x19x64 p=i64:1=4095 -> y i
// CASE: far x=f32:1x2x19x64 p=i64:1=1000000 -> y i
// CASE: far x=f32:1x2x19x64 p=i64:1=-7 -> y i
func.func @far(%x: tensor<1x2x?x64xf32> {attention.name = "x"}, %p: tensor<1xi64> {attention.name = "p"}) -> (tensor<1x2x?x64xf32> {attention.name = "y"}, tensor<1x2x?x64xf32> {attention.name = "i"}) {
  %y = attention.rotary %x base(10000.0) offset(%p : tensor<1xi64>) : tensor<1x2x?x64xf32>
  %i = attention.rotary %x base(500000.0) offset(%p : tensor<1xi64>) interleaved : tensor<1x2x?x64xf32>
  return %y, %i : tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>
}

// Heads that are returned, and heads that are computed in place.
// CASE: heads x=f32:2x0x36 g=f32:12 -> s m
// CASE: heads x=f32:2x1x36 g=f32:12 -> s m
// CASE: heads x=f32:2x130x36 g=f32:12 -> s m
func.func @heads(%x: tensor<2x?x36xf32> {attention.name = "x"}, %g: tensor<12xf32> {attention.name = "g"}) -> (tensor<2x3x?x12xf32> {attention.name = "s"}, tensor<2x?x36xf32> {attention.name = "m"}) {
  %h = attention.split_heads %x heads(3) : tensor<2x?x36xf32>
  %n = attention.rms_norm %h, %g epsilon(1.0e-6) : tensor<2x3x?x12xf32>, tensor<12xf32>
  %r = attention.rotary %n base(10000.0) dims(4) : tensor<2x3x?x12xf32>
  %m = attention.merge_heads %r : tensor<2x3x?x12xf32>
  return %h, %m : tensor<2x3x?x12xf32>, tensor<2x?x36xf32>
}

// Kernels between upstream ops on tensors.
// CASE: upstream x=f32:2x3x12 z=f32:2x3x12 -> y p e s
// CASE: upstream x=f32:1x40x12 z=f32:1x40x12 -> y p e s
// CASE: upstream x=f32:3x0x12 z=f32:3x0x12 -> y p e s
// CASE: upstream x=f32:0x2x12 z=f32:0x2x12 -> y p e s
func.func @upstream(%x: tensor<?x?x12xf32> {attention.name = "x"}, %z: tensor<?x?x12xf32> {attention.name = "z"}) -> (tensor<?x?x24xf32> {attention.name = "y"}, tensor<?x?x12xf32> {attention.name = "p"}, tensor<?x6x2xf32> {attention.name = "e"}, tensor<?x?x6xf32> {attention.name = "s"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = tensor.dim %x, %c0 : tensor<?x?x12xf32>
  %n = tensor.dim %x, %c1 : tensor<?x?x12xf32>
  %s = attention.silu %x : tensor<?x?x12xf32>
  %y = tensor.concat dim(2) %s, %z : (tensor<?x?x12xf32>, tensor<?x?x12xf32>) -> tensor<?x?x24xf32>
  %zero = arith.constant 1.5 : f32
  %p = tensor.pad %s low[0, 1, 0] high[0, 2, 0] {
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %zero : f32
  } : tensor<?x?x12xf32> to tensor<?x?x12xf32>
  %c = tensor.collapse_shape %s [[0, 1], [2]] : tensor<?x?x12xf32> into tensor<?x12xf32>
  %bn = arith.muli %b, %n : index
  %e = tensor.expand_shape %c [[0], [1, 2]] output_shape [%bn, 6, 2] : tensor<?x12xf32> into tensor<?x6x2xf32>
  %t = tensor.extract_slice %s[0, 0, 3] [%b, %n, 6] [1, 1, 1] : tensor<?x?x12xf32> to tensor<?x?x6xf32>
  %u = attention.gelu %t : tensor<?x?x6xf32>
  return %y, %p, %e, %u : tensor<?x?x24xf32>, tensor<?x?x12xf32>, tensor<?x6x2xf32>, tensor<?x?x6xf32>
}

// Double precision.
// CASE: f64 x=f64:2x3x30 w=f64:20x30 g=f64:20 b=f64:20 -> y r
// CASE: f64 x=f64:1x40x30 w=f64:20x30 g=f64:20 b=f64:20 -> y r
// CASE: f64 x=f64:3x0x30 w=f64:20x30 g=f64:20 b=f64:20 -> y r
// CASE: f64 x=f64:0x2x30 w=f64:20x30 g=f64:20 b=f64:20 -> y r
func.func @f64(%x: tensor<?x?x30xf64> {attention.name = "x"}, %w: tensor<20x30xf64> {attention.name = "w"}, %g: tensor<20xf64> {attention.name = "g"}, %b: tensor<20xf64> {attention.name = "b"}) -> (tensor<?x?x20xf64> {attention.name = "y"}, tensor<?x2x?x10xf64> {attention.name = "r"}) {
  %p = attention.project %x, %w, %b : tensor<?x?x30xf64>, tensor<20x30xf64>, tensor<20xf64>
  %a = attention.gelu %p : tensor<?x?x20xf64>
  %n = attention.layer_norm %a, %g, %b epsilon(1.0e-6) : tensor<?x?x20xf64>, tensor<20xf64>, tensor<20xf64>
  %s = attention.silu %n : tensor<?x?x20xf64>
  %t = attention.gelu approximate %s : tensor<?x?x20xf64>
  %h = attention.split_heads %t heads(2) : tensor<?x?x20xf64>
  %r = attention.rotary %h base(10000.0) : tensor<?x2x?x10xf64>
  return %t, %r : tensor<?x?x20xf64>, tensor<?x2x?x10xf64>
}

// Maxima and minima of NaN are NaN, whichever operand it is, and a rectifier does not hide one.
// CASE: extremes x=f32:7=nan,1,-3,inf,nan,-inf,2 z=f32:7=3,nan,2,nan,nan,nan,2 -> a b r
// CASE: extremes x=f32:20 z=f32:20 -> a b r
func.func @extremes(%x: tensor<?xf32> {attention.name = "x"}, %z: tensor<?xf32> {attention.name = "z"}) -> (tensor<?xf32> {attention.name = "a"}, tensor<?xf32> {attention.name = "b"}, tensor<?xf32> {attention.name = "r"}) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %none = tensor.splat %zero[%n] : tensor<?xf32>
  %a = arith.maximumf %x, %z : tensor<?xf32>
  %b = arith.minimumf %x, %z : tensor<?xf32>
  %r = arith.maximumf %x, %none : tensor<?xf32>
  return %a, %b, %r : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}

// Differences from 1 keep their digits: ratios are of the size of 1 whatever x is.
// CASE: near_one x=f32:9=1e-8,-1e-8,1e-3,-0.3,0.4,2.5,-20,1e-30,30 w=f64:9=1e-15,-1e-12,1e-3,-0.3,0.4,2.5,0.9,1e-200,30 -> e f l
func.func @near_one(%x: tensor<?xf32> {attention.name = "x"}, %w: tensor<?xf64> {attention.name = "w"}) -> (tensor<?xf32> {attention.name = "e"}, tensor<?xf64> {attention.name = "f"}, tensor<?xf64> {attention.name = "l"}) {
  %p = math.expm1 %x : tensor<?xf32>
  %e = arith.divf %p, %x : tensor<?xf32>
  %q = math.expm1 %w : tensor<?xf64>
  %f = arith.divf %q, %w : tensor<?xf64>
  %g = math.log1p %w : tensor<?xf64>
  %l = arith.divf %g, %w : tensor<?xf64>
  return %e, %f, %l : tensor<?xf32>, tensor<?xf64>, tensor<?xf64>
}

// CASE: ends x=f32:6=inf,-inf,nan,0,-1,-100 w=f64:6=inf,-1,nan,0,-2,1e300 -> e f l
func.func @ends(%x: tensor<?xf32> {attention.name = "x"}, %w: tensor<?xf64> {attention.name = "w"}) -> (tensor<?xf32> {attention.name = "e"}, tensor<?xf64> {attention.name = "f"}, tensor<?xf64> {attention.name = "l"}) {
  %e = math.expm1 %x : tensor<?xf32>
  %f = math.expm1 %w : tensor<?xf64>
  %l = math.log1p %w : tensor<?xf64>
  return %e, %f, %l : tensor<?xf32>, tensor<?xf64>, tensor<?xf64>
}

// CASE: kinds x=f32:8=inf,-inf,nan,0,-1,3,1e30,2 w=f64:8=inf,-inf,5,0,-1,1e-310,1e30,2 -> i n j m c
func.func @kinds(%x: tensor<?xf32> {attention.name = "x"}, %w: tensor<?xf64> {attention.name = "w"})
    -> (tensor<?xi1> {attention.name = "i"}, tensor<?xi1> {attention.name = "n"}, tensor<?xi1> {attention.name = "j"}, tensor<?xi1> {attention.name = "m"}, tensor<?xf64> {attention.name = "c"}) {
  %c0 = arith.constant 0 : index
  %least = arith.constant -0.5 : f64
  %most = arith.constant 1.5 : f64
  %count = tensor.dim %w, %c0 : tensor<?xf64>
  %low = tensor.splat %least[%count] : tensor<?xf64>
  %high = tensor.splat %most[%count] : tensor<?xf64>
  %i = math.isinf %x : tensor<?xf32>
  %n = math.isnormal %x : tensor<?xf32>
  %j = math.isinf %w : tensor<?xf64>
  %m = math.isnormal %w : tensor<?xf64>
  %c = math.clampf %w to [%low, %high] : tensor<?xf64>
  return %i, %n, %j, %m, %c : tensor<?xi1>, tensor<?xi1>, tensor<?xi1>, tensor<?xi1>, tensor<?xf64>
}

// Norms and reductions of rows whose halves were turned, with elementwise work between; also of a part of the row, and of neighbours.
// CASE: turned_norms x=f32:2x3x9x16 g=f32:16 b=f32:16 -> r l e p i s
// CASE: turned_norms x=f32:1x3x70x16 g=f32:16 b=f32:16 -> r l e p i s
// CASE: turned_norms x=f32:2x3x0x16 g=f32:16 b=f32:16 -> r l e p i s
func.func @turned_norms(%x: tensor<?x3x?x16xf32> {attention.name = "x"}, %g: tensor<16xf32> {attention.name = "g"}, %b: tensor<16xf32> {attention.name = "b"})
    -> (tensor<?x3x?x16xf32> {attention.name = "r"}, tensor<?x3x?x16xf32> {attention.name = "l"}, tensor<?x3x?x16xf32> {attention.name = "e"}, tensor<?x3x?x16xf32> {attention.name = "p"}, tensor<?x3x?x16xf32> {attention.name = "i"}, tensor<?x3x?xf32> {attention.name = "s"}) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %zero = arith.constant 0.0 : f32
  %t0 = attention.rotary %x base(10000.0) : tensor<?x3x?x16xf32>
  %r = attention.rms_norm %t0, %g epsilon(1.0e-2) : tensor<?x3x?x16xf32>, tensor<16xf32>
  %t1 = attention.rotary %x base(100.0) : tensor<?x3x?x16xf32>
  %l = attention.layer_norm %t1, %g, %b epsilon(1.0e-2) : tensor<?x3x?x16xf32>, tensor<16xf32>, tensor<16xf32>
  %t2 = attention.rotary %x base(10.0) : tensor<?x3x?x16xf32>
  %s2 = attention.silu %t2 : tensor<?x3x?x16xf32>
  %e = attention.rms_norm %s2, %g epsilon(1.0e-2) : tensor<?x3x?x16xf32>, tensor<16xf32>
  %t3 = attention.rotary %x base(50.0) dims(8) : tensor<?x3x?x16xf32>
  %p = attention.rms_norm %t3, %g epsilon(1.0e-2) : tensor<?x3x?x16xf32>, tensor<16xf32>
  %t4 = attention.rotary %x base(70.0) interleaved : tensor<?x3x?x16xf32>
  %i = attention.rms_norm %t4, %g epsilon(1.0e-2) : tensor<?x3x?x16xf32>, tensor<16xf32>
  %t5 = attention.rotary %x base(20.0) : tensor<?x3x?x16xf32>
  %batch = tensor.dim %x, %c0 : tensor<?x3x?x16xf32>
  %rows = tensor.dim %x, %c2 : tensor<?x3x?x16xf32>
  %none = tensor.splat %zero[%batch, %rows] : tensor<?x3x?xf32>
  %s = linalg.reduce { arith.addf } ins(%t5 : tensor<?x3x?x16xf32>) outs(%none : tensor<?x3x?xf32>) dimensions = [3]
  return %r, %l, %e, %p, %i, %s : tensor<?x3x?x16xf32>, tensor<?x3x?x16xf32>, tensor<?x3x?x16xf32>, tensor<?x3x?x16xf32>, tensor<?x3x?x16xf32>, tensor<?x3x?xf32>
}

// Logarithms of numbers below the smallest normal one.
// CASE: logs x=f32:9=1e-45,-1e-45,1e-40,-1e-40,1.1754943e-38,1.17549435e-38,0,2,nan -> a b
func.func @logs(%x: tensor<?xf32> {attention.name = "x"}) -> (tensor<?xf32> {attention.name = "a"}, tensor<?xf32> {attention.name = "b"}) {
  %a = math.log %x : tensor<?xf32>
  %b = math.log2 %x : tensor<?xf32>
  return %a, %b : tensor<?xf32>, tensor<?xf32>
}

// Tensors without dimensions.
// CASE: scalars x=f32:3 s=f32:1=2 -> a b
func.func @scalars(%x: tensor<?xf32> {attention.name = "x"}, %s: tensor<1xf32> {attention.name = "s"}) -> (tensor<f32> {attention.name = "a"}, tensor<?xf32> {attention.name = "b"}) {
  %c0 = arith.constant 0 : index
  %none = arith.constant dense<0.0> : tensor<f32>
  %two = arith.constant dense<2.0> : tensor<f32>
  %total = linalg.reduce {arith.addf} ins(%x : tensor<?xf32>) outs(%none : tensor<f32>) dimensions = [0]
  %a = arith.mulf %total, %two : tensor<f32>
  %factor = tensor.extract %s[%c0] : tensor<1xf32>
  %part = tensor.from_elements %factor : tensor<f32>
  %bent = math.tanh %part : tensor<f32>
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %empty = tensor.empty(%n) : tensor<?xf32>
  %all = linalg.broadcast ins(%bent : tensor<f32>) outs(%empty : tensor<?xf32>) dimensions = [0]
  %b = arith.addf %x, %all : tensor<?xf32>
  return %a, %b : tensor<f32>, tensor<?xf32>
}

// Rows that are looked up for their number alone.
// CASE: like_embedded table=f32:5x2 ids=i64:2x3=0,4,1,2,3,0 x=f32:2x7x20 -> y
// CASE: like_embedded table=f32:5x2 ids=i64:1x0 x=f32:1x7x20 -> y
func.func @like_embedded(%table: tensor<5x2xf32> {attention.name = "table"}, %ids: tensor<?x?xi64> {attention.name = "ids"}, %x: tensor<?x?x20xf32> {attention.name = "x"})
    -> (tensor<?x?x20xf32> {attention.name = "y"}) {
  %e = attention.embed %table, %ids : tensor<5x2xf32>, tensor<?x?xi64>
  %m = attention.mean_rows %x : tensor<?x?x20xf32>
  %y = attention.broadcast_rows %m like %e : tensor<?x1x20xf32>, tensor<?x?x2xf32>
  return %y : tensor<?x?x20xf32>
}
