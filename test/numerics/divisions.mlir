// Divisions. Of integers where vectors reach past the end of tensors: lanes without an element divide by 0.
// RUN: %python %S/agree.py %s 2e-6

// CASE: whole x=i64:7=9,-9,5,0,100,-7,3 y=i64:7=2,2,-3,4,7,-7,1 -> d r u c f
// CASE: whole x=i64:0 y=i64:0 -> d r u c f
func.func @whole(%x: tensor<?xi64> {attention.name = "x"}, %y: tensor<?xi64> {attention.name = "y"})
    -> (tensor<?xi64> {attention.name = "d"}, tensor<?xi64> {attention.name = "r"}, tensor<?xi64> {attention.name = "u"}, tensor<?xi64> {attention.name = "c"}, tensor<?xi64> {attention.name = "f"}) {
  %d = arith.divsi %x, %y : tensor<?xi64>
  %r = arith.remsi %x, %y : tensor<?xi64>
  %u = arith.remui %x, %y : tensor<?xi64>
  %c = arith.ceildivsi %x, %y : tensor<?xi64>
  %f = arith.floordivsi %x, %y : tensor<?xi64>
  return %d, %r, %u, %c, %f : tensor<?xi64>, tensor<?xi64>, tensor<?xi64>, tensor<?xi64>, tensor<?xi64>
}

// Keys that do not exist have no length to divide by.
// CASE: pairs q=f32:1x1x9x8 lengths=i64:9=1,2,3,4,1,2,3,4,5 -> o
// CASE: pairs q=f32:1x1x33x8 lengths=i64:33=2,3,1,1,2,2,3,3,5,2,3,1,1,2,2,3,3,5,2,3,1,1,2,2,3,3,5,2,3,1,1,2,2 -> o
func.func @pairs(%q: tensor<1x1x?x8xf32> {attention.name = "q"}, %lengths: tensor<?xi64> {attention.name = "lengths"}) -> (tensor<1x1x?x8xf32> {attention.name = "o"}) {
  %zero = arith.constant 0 : i64
  %o = attention.attend #attention.softmax %q, %q, %q mask(#attention.causal) visible {
  ^bb0(%batch: index, %head: index, %query: index, %key: index):
    %length = tensor.extract %lengths[%key] : tensor<?xi64>
    %at = arith.index_cast %query : index to i64
    %rest = arith.remsi %at, %length : i64
    %seen = arith.cmpi eq, %rest, %zero : i64
    attention.yield %seen : i1
  } : tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>
  return %o : tensor<1x1x?x8xf32>
}

// Rows divided by the sum of their weights: 2^-140, 2^-69, 2^102, 0 and 9 2^120, whose inverses are no normal numbers, or none.
// CASE: rows q=f32:1x1x5x1=7.174648137343064e-43,8.470329472543003e-22,1.2676506002282294e30,0,1.329227995784916e36 k=f32:1x1x5x1=1,1,2,4,1 v=f32:1x1x5x2=1,-2,3,1,2,5,-4,7,8,-1 -> o
func.func @rows(%q: tensor<1x1x?x1xf32> {attention.name = "q"}, %k: tensor<1x1x?x1xf32> {attention.name = "k"}, %v: tensor<1x1x?x2xf32> {attention.name = "v"}) -> (tensor<1x1x?x2xf32> {attention.name = "o"}) {
  %o = attention.attend #attention.linear<normalizer = keys> %q, %k, %v mask(#attention.causal) : tensor<1x1x?x1xf32>, tensor<1x1x?x1xf32>, tensor<1x1x?x2xf32>
  return %o : tensor<1x1x?x2xf32>
}
