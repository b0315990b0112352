// Values for each row, repeated along the rows, in one kernel: every way of combining, starts of any kind, widths that fill no tile, types.
// RUN: %python %S/agree.py %s 2e-5

// CASE: softmax x=f32:3x5x20 -> y
// CASE: softmax x=f32:1x0x20 -> y
// CASE: softmax x=f32:2x130x20 -> y
func.func @softmax(%x: tensor<?x?x20xf32> {attention.name = "x"}) -> (tensor<?x?x20xf32> {attention.name = "y"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %least = arith.constant 0xff800000 : f32
  %b = tensor.dim %x, %c0 : tensor<?x?x20xf32>
  %n = tensor.dim %x, %c1 : tensor<?x?x20xf32>
  %all = tensor.empty(%b, %n) : tensor<?x?x20xf32>
  %rows = tensor.empty(%b, %n) : tensor<?x?xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%rows : tensor<?x?xf32>) -> tensor<?x?xf32>
  %starts = tensor.splat %least[%b, %n] : tensor<?x?xf32>
  %max = linalg.reduce {arith.maximumf} ins(%x : tensor<?x?x20xf32>) outs(%starts : tensor<?x?xf32>) dimensions = [2]
  %most = linalg.broadcast ins(%max : tensor<?x?xf32>) outs(%all : tensor<?x?x20xf32>) dimensions = [2]
  %below = arith.subf %x, %most : tensor<?x?x20xf32>
  %e = math.exp %below : tensor<?x?x20xf32>
  %sum = linalg.reduce {arith.addf} ins(%e : tensor<?x?x20xf32>) outs(%zeros : tensor<?x?xf32>) dimensions = [2]
  %sums = linalg.broadcast ins(%sum : tensor<?x?xf32>) outs(%all : tensor<?x?x20xf32>) dimensions = [2]
  %y = arith.divf %e, %sums : tensor<?x?x20xf32>
  return %y : tensor<?x?x20xf32>
}

// CASE: starts x=f64:7x16 a=f64:7 -> y
// CASE: starts x=f64:33x16 a=f64:33 -> y
func.func @starts(%x: tensor<?x16xf64> {attention.name = "x"}, %a: tensor<?xf64> {attention.name = "a"}) -> (tensor<?x16xf64> {attention.name = "y"}) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x16xf64>
  %all = tensor.empty(%n) : tensor<?x16xf64>
  %product = linalg.reduce {arith.mulf} ins(%x : tensor<?x16xf64>) outs(%a : tensor<?xf64>) dimensions = [1]
  %products = linalg.broadcast ins(%product : tensor<?xf64>) outs(%all : tensor<?x16xf64>) dimensions = [1]
  %y = arith.addf %x, %products : tensor<?x16xf64>
  return %y : tensor<?x16xf64>
}

// The start of the reduction has a shape of its own kind, so rows stay in their batches.
// CASE: batches x=f32:2x9x3 a=f32:2x9 w=f32:3x3 -> y
// CASE: batches x=f32:3x140x3 a=f32:3x140 w=f32:3x3 -> y
func.func @batches(%x: tensor<?x?x3xf32> {attention.name = "x"}, %a: tensor<?x?xf32> {attention.name = "a"},
                   %w: tensor<3x3xf32> {attention.name = "w"}) -> (tensor<?x?x3xf32> {attention.name = "y"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %n = tensor.dim %x, %c1 : tensor<?x?x3xf32>
  %all = tensor.empty(%b, %n) : tensor<?x?x3xf32>
  %p = attention.project %x, %w : tensor<?x?x3xf32>, tensor<3x3xf32>
  %least = linalg.reduce {arith.minimumf} ins(%p : tensor<?x?x3xf32>) outs(%a : tensor<?x?xf32>) dimensions = [2]
  %leasts = linalg.broadcast ins(%least : tensor<?x?xf32>) outs(%all : tensor<?x?x3xf32>) dimensions = [2]
  %y = arith.subf %p, %leasts : tensor<?x?x3xf32>
  return %y : tensor<?x?x3xf32>
}

// Constant sizes and starts.
// CASE: fixed x=f32:4x6 -> y
func.func @fixed(%x: tensor<4x6xf32> {attention.name = "x"}) -> (tensor<4x6xf32> {attention.name = "y"}) {
  %ones = arith.constant dense<1.0> : tensor<4xf32>
  %all = tensor.empty() : tensor<4x6xf32>
  %square = arith.mulf %x, %x : tensor<4x6xf32>
  %sum = linalg.reduce {arith.addf} ins(%square : tensor<4x6xf32>) outs(%ones : tensor<4xf32>) dimensions = [1]
  %sums = linalg.broadcast ins(%sum : tensor<4xf32>) outs(%all : tensor<4x6xf32>) dimensions = [1]
  %y = arith.divf %x, %sums : tensor<4x6xf32>
  return %y : tensor<4x6xf32>
}
