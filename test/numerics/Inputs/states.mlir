#variant = #attention.VARIANT
!q = tensor<?x4x?x16xf32>
!k = tensor<?x2x?x16xf32>
!v = tensor<?x2x?x8xf32>
!o = tensor<?x4x?x8xf32>
!partial = !attention.partial<#variant, tensor<?x4x?x8xf32>>
!carry = !attention.carry<#variant, tensor<?x4x16x8xf32>>

func.func @whole(%q: !q {attention.name = "q"}, %k: !k {attention.name = "k"}, %v: !v {attention.name = "v"}) -> (!o {attention.name = "o"}) {
  %o = attention.attend #variant %q, %k, %v mask(#attention.causal) scale(0.25) : !q, !k, !v
  return %o : !o
}

// Keys from `first` to `last`, of which the first stands at its own index.
func.func private @visited(%from: !partial, %q: !q, %k: !k, %v: !v, %first: index, %last: index) -> !partial {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %batch = tensor.dim %k, %c0 : !k
  %queries = tensor.dim %q, %c2 : !q
  %keys = tensor.dim %k, %c2 : !k
  %query = arith.subi %keys, %queries : index
  %n = arith.subi %last, %first : index
  %ks = tensor.extract_slice %k[0, 0, %first, 0] [%batch, 2, %n, 16] [1, 1, 1, 1] : !k to !k
  %vs = tensor.extract_slice %v[0, 0, %first, 0] [%batch, 2, %n, 8] [1, 1, 1, 1] : !v to !v
  %p = attention.visit %from, %q, %ks, %vs from(%query, %first) mask(#attention.causal) scale(0.25) : !partial, !q, !k, !v
  return %p : !partial
}

func.func @joined(%q: !q {attention.name = "q"}, %k: !k {attention.name = "k"}, %v: !v {attention.name = "v"}) -> (!o {attention.name = "o"}) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c11 = arith.constant 11 : index
  %keys = tensor.dim %k, %c2 : !k
  %empty = attention.empty_partial #variant like %q, %k, %v : !q, !k, !v
  %a = call @visited(%empty, %q, %k, %v, %c0, %c11) : (!partial, !q, !k, !v, index, index) -> !partial
  %b = call @visited(%empty, %q, %k, %v, %c11, %keys) : (!partial, !q, !k, !v, index, index) -> !partial
  %p = attention.join %a, %b : !partial
  %o = attention.finish %p : !partial
  return %o : !o
}

// Joined from the right, with a unit on either side.
func.func @joined_in_three(%q: !q {attention.name = "q"}, %k: !k {attention.name = "k"}, %v: !v {attention.name = "v"}) -> (!o {attention.name = "o"}) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c7 = arith.constant 7 : index
  %c11 = arith.constant 11 : index
  %keys = tensor.dim %k, %c2 : !k
  %empty = attention.empty_partial #variant like %q, %k, %v : !q, !k, !v
  %a = call @visited(%empty, %q, %k, %v, %c0, %c7) : (!partial, !q, !k, !v, index, index) -> !partial
  %b = call @visited(%empty, %q, %k, %v, %c7, %c11) : (!partial, !q, !k, !v, index, index) -> !partial
  %c = call @visited(%empty, %q, %k, %v, %c11, %keys) : (!partial, !q, !k, !v, index, index) -> !partial
  %bc = attention.join %b, %c : !partial
  %abc = attention.join %a, %bc : !partial
  %left = attention.join %empty, %abc : !partial
  %p = attention.join %left, %empty : !partial
  %o = attention.finish %p : !partial
  return %o : !o
}

func.func @streamed(%q: !q {attention.name = "q"}, %k: !k {attention.name = "k"}, %v: !v {attention.name = "v"}) -> (!o {attention.name = "o"}) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c5 = arith.constant 5 : index
  %batch = tensor.dim %k, %c0 : !k
  %queries = tensor.dim %q, %c2 : !q
  %keys = tensor.dim %k, %c2 : !k
  %query = arith.subi %keys, %queries : index
  %empty = attention.empty_partial #variant like %q, %k, %v : !q, !k, !v
  %past = attention.empty_carry #variant like %q, %k, %v : !q, !k, !v
  %p, %c = scf.for %first = %c0 to %keys step %c5 iter_args(%before = %empty, %carry = %past) -> (!partial, !carry) {
    %rest = arith.subi %keys, %first : index
    %n = arith.minsi %rest, %c5 : index
    %ks = tensor.extract_slice %k[0, 0, %first, 0] [%batch, 2, %n, 16] [1, 1, 1, 1] : !k to !k
    %vs = tensor.extract_slice %v[0, 0, %first, 0] [%batch, 2, %n, 8] [1, 1, 1, 1] : !v to !v
    %after = attention.visit %before, %q, %ks, %vs carry(%carry : !carry) from(%query, %first) mask(#attention.causal) scale(0.25) : !partial, !q, !k, !v
    %next = attention.advance %carry, %ks, %vs from(%first) : !carry, !k, !v
    scf.yield %after, %next : !partial, !carry
  }
  %o = attention.finish %p : !partial
  return %o : !o
}
