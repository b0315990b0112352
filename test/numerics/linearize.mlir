// What is computed after quadratic attention became something cheaper, against the meaning of the text as it stands.
// RUN: %python %S/agree.py %s 2e-5
// RUN: attention-opt %s -inline -attention-linearize | FileCheck %s
// CHECK-NOT: #attention.softmax
// CHECK-LABEL: func.func @means
// CHECK-NOT: attention.attend

!t = tensor<?x2x?x16xf32>
!i = tensor<?x2x?x16xi1>

// CASE: features q=f32:1x2x33x16 k=f32:1x2x33x16 v=f32:1x2x33x16 e=i1:1x33 -> a b
// CASE: features q=f32:2x2x3x16 k=f32:2x2x70x16 v=f32:2x2x70x16 e=i1:2x70 -> a b
// CASE: features q=f32:1x2x5x16 k=f32:1x2x0x16 v=f32:1x2x0x16 e=i1:1x0 -> a b
func.func @features(%q: !t {attention.name = "q"}, %k: !t {attention.name = "k"}, %v: !t {attention.name = "v"}, %e: tensor<?x?xi1> {attention.name = "e"}) -> (!t {attention.name = "a"}, !t {attention.name = "b"}) {
  %fq = call @elu1(%q) : (!t) -> !t
  %fk = call @elu1(%k) : (!t) -> !t
  %a = attention.attend #attention.softmax %fq, %fk, %v mask(#attention.causal) keys(%e : tensor<?x?xi1>) scale(0.3) score {
  ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
    %l = math.log %s : f32
    attention.yield %l : f32
  } : !t, !t, !t
  %eq = math.exp %q : !t
  %b = attention.attend #attention.softmax %eq, %fk, %v score {
  ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
    %l = math.log %s : f32
    attention.yield %l : f32
  } : !t, !t, !t
  return %a, %b : !t, !t
}

func.func private @elu1(%x: !t) -> !t {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %batch = tensor.dim %x, %c0 : !t
  %n = tensor.dim %x, %c2 : !t
  %f0 = arith.constant 0.0 : f32
  %f1 = arith.constant 1.0 : f32
  %zero = tensor.splat %f0[%batch, %n] : !t
  %one = tensor.splat %f1[%batch, %n] : !t
  %positive = arith.cmpf ogt, %x, %zero : !t
  %raised = arith.addf %x, %one : !t
  %exp = math.exp %x : !t
  %f = arith.select %positive, %raised, %exp : !i, !t
  return %f : !t
}

// CASE: means x=f32:1x37x6 y=f32:1x4x8 -> a b c
// CASE: means x=f32:3x1x6 y=f32:3x4x8 -> a b c
// CASE: means x=f32:2x0x6 y=f32:2x4x8 -> a b c
func.func @means(%x: tensor<?x?x6xf32> {attention.name = "x"}, %y: tensor<?x?x8xf32> {attention.name = "y"})
    -> (tensor<?x?x6xf32> {attention.name = "a"}, tensor<?x2x?x3xf32> {attention.name = "b"}, tensor<?x2x?x3xf32> {attention.name = "c"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %batch = tensor.dim %x, %c0 : tensor<?x?x6xf32>
  %queries = tensor.dim %y, %c1 : tensor<?x?x8xf32>
  %keys = tensor.dim %x, %c1 : tensor<?x?x6xf32>
  %f = arith.constant 0.5 : f32
  %q = tensor.splat %f[%batch, %queries] : tensor<?x2x?x1xf32>
  %k = tensor.splat %f[%batch, %keys] : tensor<?x2x?x1xf32>
  %v = attention.split_heads %x heads(2) : tensor<?x?x6xf32>
  %m = attention.attend #attention.linear<normalizer = count> %q, %k, %v : tensor<?x2x?x1xf32>, tensor<?x2x?x1xf32>, tensor<?x2x?x3xf32>
  %a = attention.merge_heads %m : tensor<?x2x?x3xf32>
  %b = attention.attend #attention.linear %q, %k, %v scale(4.0) : tensor<?x2x?x1xf32>, tensor<?x2x?x1xf32>, tensor<?x2x?x3xf32>
  %c = attention.attend #attention.linear<feature = elu1, normalizer = keys> %q, %k, %v : tensor<?x2x?x1xf32>, tensor<?x2x?x1xf32>, tensor<?x2x?x3xf32>
  return %a, %b, %c : tensor<?x?x6xf32>, tensor<?x2x?x3xf32>, tensor<?x2x?x3xf32>
}
