// A key range visited in tiles of three, in halves that are joined, or at once by `attend`, means the same.
// RUN: attention-interpret %s whole --input q=random:2x4x7x8 --input k=random:2x2x10x8 --input v=random:2x4x10x5 --output o=%t.whole.npy
// RUN: attention-interpret %s streamed --input q=random:2x4x7x8 --input k=random:2x2x10x8 --input v=random:2x4x10x5 --output o=%t.streamed.npy
// RUN: attention-interpret %s joined --input q=random:2x4x7x8 --input k=random:2x2x10x8 --input v=random:2x4x10x5 --output o=%t.joined.npy
// RUN: cmp %t.whole.npy %t.streamed.npy
// RUN: cmp %t.whole.npy %t.joined.npy

!q = tensor<?x4x?x8xf32>
!k = tensor<?x2x?x8xf32>
!v = tensor<?x4x?x5xf32>
!partial = !attention.partial<#attention.softmax, tensor<?x4x?x5xf32>>

func.func @whole(%q: !q {attention.name = "q"}, %k: !k {attention.name = "k"}, %v: !v {attention.name = "v"}) -> (!v {attention.name = "o"}) {
  %o = attention.attend #attention.softmax %q, %k, %v mask(#attention.causal) : !q, !k, !v
  return %o : !v
}

func.func private @visited(%from: !partial, %q: !q, %k: !k, %v: !v, %first: index, %last: index, %query: index) -> !partial {
  %c0 = arith.constant 0 : index
  %batch = tensor.dim %k, %c0 : !k
  %n = arith.subi %last, %first : index
  %ks = tensor.extract_slice %k[0, 0, %first, 0] [%batch, 2, %n, 8] [1, 1, 1, 1] : !k to !k
  %vs = tensor.extract_slice %v[0, 0, %first, 0] [%batch, 4, %n, 5] [1, 1, 1, 1] : !v to !v
  %p = attention.visit %from, %q, %ks, %vs from(%query, %first) mask(#attention.causal) : !partial, !q, !k, !v
  return %p : !partial
}

// Where the first query stands when the last one stands at the last key.
func.func private @first_query(%q: !q, %k: !k) -> (index, index) {
  %c2 = arith.constant 2 : index
  %queries = tensor.dim %q, %c2 : !q
  %keys = tensor.dim %k, %c2 : !k
  %query = arith.subi %keys, %queries : index
  return %query, %keys : index, index
}

func.func @streamed(%q: !q {attention.name = "q"}, %k: !k {attention.name = "k"}, %v: !v {attention.name = "v"}) -> (!v {attention.name = "o"}) {
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : index
  %query, %keys = call @first_query(%q, %k) : (!q, !k) -> (index, index)
  %empty = attention.empty_partial #attention.softmax like %q, %k, %v : !q, !k, !v
  %p = scf.for %first = %c0 to %keys step %c3 iter_args(%before = %empty) -> (!partial) {
    %end = arith.addi %first, %c3 : index
    %last = arith.minsi %end, %keys : index
    %after = func.call @visited(%before, %q, %k, %v, %first, %last, %query) : (!partial, !q, !k, !v, index, index, index) -> !partial
    scf.yield %after : !partial
  }
  %o = attention.finish %p : !partial
  return %o : !v
}

func.func @joined(%q: !q {attention.name = "q"}, %k: !k {attention.name = "k"}, %v: !v {attention.name = "v"}) -> (!v {attention.name = "o"}) {
  %c0 = arith.constant 0 : index
  %c5 = arith.constant 5 : index
  %query, %keys = call @first_query(%q, %k) : (!q, !k) -> (index, index)
  %empty = attention.empty_partial #attention.softmax like %q, %k, %v : !q, !k, !v
  %first = call @visited(%empty, %q, %k, %v, %c0, %c5, %query) : (!partial, !q, !k, !v, index, index, index) -> !partial
  %second = call @visited(%empty, %q, %k, %v, %c5, %keys, %query) : (!partial, !q, !k, !v, index, index, index) -> !partial
  %p = attention.join %first, %second : !partial
  %o = attention.finish %p : !partial
  return %o : !v
}
