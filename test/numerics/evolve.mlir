// Recurrence along depth: methods on sizes that are known at run time, on the sphere with and without momenta, separate steps, types.
// RUN: %python %S/agree.py %s 2e-5

// A layer of attention and a residual moves particles on the sphere; rows of zeros stay.
// CASE: sphere x=f32:2x21x24 w=f32:24x24 -> y
// CASE: sphere x=f32:1x1x24 w=f32:24x24 -> y
// CASE: sphere x=f32:3x0x24 w=f32:24x24 -> y
// CASE: sphere x=f32:0x5x24 w=f32:24x24 -> y
// CASE: sphere x=f32:1x97x24 w=f32:24x24 -> y
func.func @sphere(%x: tensor<?x?x24xf32> {attention.name = "x"}, %w: tensor<24x24xf32> {attention.name = "w"}) -> (tensor<?x?x24xf32> {attention.name = "y"}) {
  %y = attention.evolve %x steps(5) step(0.3) method(heun) on(#attention.sphere) velocity {
  ^bb0(%p: tensor<?x?x24xf32>, %layer: index, %time: f32):
    %q = attention.project %p, %w : tensor<?x?x24xf32>, tensor<24x24xf32>
    %qh = attention.split_heads %q heads(2) : tensor<?x?x24xf32>
    %ph = attention.split_heads %p heads(2) : tensor<?x?x24xf32>
    %ah = attention.attend #attention.softmax %qh, %ph, %ph : tensor<?x2x?x12xf32>, tensor<?x2x?x12xf32>, tensor<?x2x?x12xf32>
    %a = attention.merge_heads %ah : tensor<?x2x?x12xf32>
    attention.yield %a : tensor<?x?x24xf32>
  } : (tensor<?x?x24xf32>) -> tensor<?x?x24xf32>
  return %y : tensor<?x?x24xf32>
}

// CASE: zeros x=f32:2x3=0,0,0,3,0,4 -> y
// CASE: zeros x=f32:1x3 -> y
// CASE: zeros x=f32:0x3 -> y
func.func @zeros(%x: tensor<?x3xf32> {attention.name = "x"}) -> (tensor<?x3xf32> {attention.name = "y"}) {
  %y = attention.evolve %x steps(3) step(0.5) method(rk4) on(#attention.sphere) velocity {
  ^bb0(%p: tensor<?x3xf32>, %layer: index, %time: f32):
    %f = math.sin %p : tensor<?x3xf32>
    attention.yield %f : tensor<?x3xf32>
  } : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// CASE: row x=f32:5 -> y
func.func @row(%x: tensor<5xf32> {attention.name = "x"}) -> (tensor<5xf32> {attention.name = "y"}) {
  %y = attention.evolve %x steps(4) step(0.25) method(euler) on(#attention.sphere) velocity {
  ^bb0(%p: tensor<5xf32>, %layer: index, %time: f32):
    %f = math.cos %p : tensor<5xf32>
    attention.yield %f : tensor<5xf32>
  } : (tensor<5xf32>) -> tensor<5xf32>
  return %y : tensor<5xf32>
}

// Separate steps, coefficients by layer, rates of a size that follows from a weight.
// CASE: momenta x=f64:2x19x16 y=f64:2x19x16 w=f64:16x16 c=f64:6 hx=f64:1=0.11 hy=f64:1=0.07 -> a b c2 d e f
// CASE: momenta x=f64:1x1x16 y=f64:1x1x16 w=f64:16x16 c=f64:6 hx=f64:1=0.05 hy=f64:1=0 -> a b c2 d e f
// CASE: momenta x=f64:1x0x16 y=f64:1x0x16 w=f64:16x16 c=f64:6 hx=f64:1=0.05 hy=f64:1=0.5 -> a b c2 d e f
func.func @momenta(%x: tensor<?x?x16xf64> {attention.name = "x"}, %y: tensor<?x?x16xf64> {attention.name = "y"}, %w: tensor<16x16xf64> {attention.name = "w"}, %c: tensor<6xf64> {attention.name = "c"}, %hxs: tensor<1xf64> {attention.name = "hx"}, %hys: tensor<1xf64> {attention.name = "hy"})
    -> (tensor<?x?x16xf64> {attention.name = "a"}, tensor<?x?x16xf64> {attention.name = "b"}, tensor<?x?x16xf64> {attention.name = "c2"}, tensor<?x?x16xf64> {attention.name = "d"}, tensor<?x?x16xf64> {attention.name = "e"}, tensor<?x?x16xf64> {attention.name = "f"}) {
  %zero = arith.constant 0 : index
  %hx = tensor.extract %hxs[%zero] : tensor<1xf64>
  %hy = tensor.extract %hys[%zero] : tensor<1xf64>
  %a, %b = attention.evolve %x, %y steps(6) step(%hx, %hy : f64, f64) method(exponential) damping(#attention.damping<log = 2.0, linear = 0.3, start = 0.5>) velocity {
  ^bb0(%p: tensor<?x?x16xf64>, %m: tensor<?x?x16xf64>, %layer: index, %time: f64):
    %v = math.sin %m : tensor<?x?x16xf64>
    attention.yield %v : tensor<?x?x16xf64>
  } force {
  ^bb0(%p: tensor<?x?x16xf64>, %m: tensor<?x?x16xf64>, %layer: index, %time: f64):
    %g = tensor.extract %c[%layer] : tensor<6xf64>
    %f = attention.project %p, %w : tensor<?x?x16xf64>, tensor<16x16xf64>
    %zero0 = arith.constant 0 : index
    %one0 = arith.constant 1 : index
    %n0 = tensor.dim %p, %zero0 : tensor<?x?x16xf64>
    %n1 = tensor.dim %p, %one0 : tensor<?x?x16xf64>
    %s = tensor.splat %g[%n0, %n1] : tensor<?x?x16xf64>
    %r = arith.mulf %f, %s : tensor<?x?x16xf64>
    attention.yield %r : tensor<?x?x16xf64>
  } : (tensor<?x?x16xf64>, tensor<?x?x16xf64>) -> (tensor<?x?x16xf64>, tensor<?x?x16xf64>)
  %c2, %d = attention.evolve %x, %y steps(5) step(%hx : f64) method(adams_bashforth) damping(#attention.damping<linear = 0.3>) velocity {
  ^bb0(%p: tensor<?x?x16xf64>, %m: tensor<?x?x16xf64>, %layer: index, %time: f64):
    %v = attention.project %m, %w : tensor<?x?x16xf64>, tensor<16x16xf64>
    attention.yield %v : tensor<?x?x16xf64>
  } force {
  ^bb0(%p: tensor<?x?x16xf64>, %m: tensor<?x?x16xf64>, %layer: index, %time: f64):
    %mh = attention.split_heads %m heads(2) : tensor<?x?x16xf64>
    %ah = attention.attend #attention.softmax %mh, %mh, %mh : tensor<?x2x?x8xf64>, tensor<?x2x?x8xf64>, tensor<?x2x?x8xf64>
    %r = attention.merge_heads %ah : tensor<?x2x?x8xf64>
    attention.yield %r : tensor<?x?x16xf64>
  } : (tensor<?x?x16xf64>, tensor<?x?x16xf64>) -> (tensor<?x?x16xf64>, tensor<?x?x16xf64>)
  %e, %f = attention.evolve %x, %y steps(1) step(%hx : f64) method(presymplectic) velocity {
  ^bb0(%p: tensor<?x?x16xf64>, %m: tensor<?x?x16xf64>, %layer: index, %time: f64):
    attention.yield %m : tensor<?x?x16xf64>
  } force {
  ^bb0(%p: tensor<?x?x16xf64>, %m: tensor<?x?x16xf64>, %layer: index, %time: f64):
    attention.yield %y : tensor<?x?x16xf64>
  } : (tensor<?x?x16xf64>, tensor<?x?x16xf64>) -> (tensor<?x?x16xf64>, tensor<?x?x16xf64>)
  return %a, %b, %c2, %d, %e, %f : tensor<?x?x16xf64>, tensor<?x?x16xf64>, tensor<?x?x16xf64>, tensor<?x?x16xf64>, tensor<?x?x16xf64>, tensor<?x?x16xf64>
}
