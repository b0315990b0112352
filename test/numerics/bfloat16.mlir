// bfloat16 is multiplied in pairs where the processor does: odd numbers of keys and columns, and NaN in whatever lies behind an end.
// RUN: %python %S/agree.py %s 2e-2
// RUN: %python %S/agree.py %s 2e-2 --cpu=x86-64-v3
// RUN: %if emulated-amx %{ env LD_PRELOAD=%amx %python %S/agree.py %s 2e-2 --cpu=native+amx-bf16 %}

// CASE: plain q=bf16:2x4x77x17 k=bf16:2x2x33x17!1 v=bf16:2x2x33x5 -> a b c
// CASE: plain q=bf16:1x4x9x17 k=bf16:1x2x200x17 v=bf16:1x2x200x5!1 -> a b c
// CASE: plain q=bf16:1x4x130x17!1 k=bf16:1x2x1x17 v=bf16:1x2x1x5 -> a b c
// CASE: plain q=bf16:2x4x1x17 k=bf16:2x2x2051x17!0 v=bf16:2x2x2051x5!0 -> a b c
// CASE: plain q=bf16:1x4x3x17 k=bf16:1x2x0x17 v=bf16:1x2x0x5 -> a b c
func.func @plain(%q: tensor<?x4x?x17xbf16> {attention.name = "q"}, %k: tensor<?x2x?x17xbf16> {attention.name = "k"}, %v: tensor<?x2x?x5xbf16> {attention.name = "v"})
    -> (tensor<?x4x?x5xbf16> {attention.name = "a"}, tensor<?x4x?x5xbf16> {attention.name = "b"}, tensor<?x4x?x5xbf16> {attention.name = "c"}) {
  %a = attention.attend #attention.softmax %q, %k, %v : tensor<?x4x?x17xbf16>, tensor<?x2x?x17xbf16>, tensor<?x2x?x5xbf16>
  %b = attention.attend #attention.softmax %q, %k, %v mask(#attention.causal) : tensor<?x4x?x17xbf16>, tensor<?x2x?x17xbf16>, tensor<?x2x?x5xbf16>
  %c = attention.attend #attention.sigmoid %q, %k, %v mask(#attention.window<9>) : tensor<?x4x?x17xbf16>, tensor<?x2x?x17xbf16>, tensor<?x2x?x5xbf16>
  return %a, %b, %c : tensor<?x4x?x5xbf16>, tensor<?x4x?x5xbf16>, tensor<?x4x?x5xbf16>
}

// Heads beside each other: columns behind a head's last one are the next head's. Masked keys hold NaN.
// CASE: heads q=bf16:1x67x96 k=bf16:1x67x96!2 v=bf16:1x67x96 e=i1:1x67 -> a
// CASE: heads q=bf16:1x67x96 k=bf16:1x67x96 v=bf16:1x67x96!2 e=i1:1x67 -> a
// CASE: missing q=bf16:1x2x65x24 k=bf16:1x2x6x24!2 v=bf16:1x2x6x40!2 e=i1:1x6=1,0,1,0,1,0 -> a
func.func @heads(%q: tensor<?x?x96xbf16> {attention.name = "q"}, %k: tensor<?x?x96xbf16> {attention.name = "k"}, %v: tensor<?x?x96xbf16> {attention.name = "v"}, %e: tensor<?x?xi1> {attention.name = "e"})
    -> (tensor<?x?x96xbf16> {attention.name = "a"}) {
  %qh = attention.split_heads %q heads(4) : tensor<?x?x96xbf16>
  %kh = attention.split_heads %k heads(4) : tensor<?x?x96xbf16>
  %vh = attention.split_heads %v heads(4) : tensor<?x?x96xbf16>
  %o = attention.attend #attention.softmax %qh, %kh, %vh keys(%e : tensor<?x?xi1>) : tensor<?x4x?x24xbf16>, tensor<?x4x?x24xbf16>, tensor<?x4x?x24xbf16>
  %a = attention.merge_heads %o : tensor<?x4x?x24xbf16>
  return %a : tensor<?x?x96xbf16>
}
func.func @missing(%q: tensor<?x2x?x24xbf16> {attention.name = "q"}, %k: tensor<?x2x?x24xbf16> {attention.name = "k"}, %v: tensor<?x2x?x40xbf16> {attention.name = "v"}, %e: tensor<?x?xi1> {attention.name = "e"})
    -> (tensor<?x2x?x40xbf16> {attention.name = "a"}) {
  %a = attention.attend #attention.softmax %q, %k, %v keys(%e : tensor<?x?xi1>) : tensor<?x2x?x24xbf16>, tensor<?x2x?x24xbf16>, tensor<?x2x?x40xbf16>
  return %a : tensor<?x2x?x40xbf16>
}

// Projections of odd depths, a token alone and many.
// CASE: projected x=bf16:1x1x37 w=bf16:19x37 -> y
// CASE: projected x=bf16:2x65x37!1 w=bf16:19x37 -> y
// CASE: projected x=bf16:2x65x37 w=bf16:19x37!0 -> y
func.func @projected(%x: tensor<?x?x37xbf16> {attention.name = "x"}, %w: tensor<19x37xbf16> {attention.name = "w"}) -> (tensor<?x?x19xbf16> {attention.name = "y"}) {
  %y = attention.project %x, %w : tensor<?x?x37xbf16>, tensor<19x37xbf16>
  return %y : tensor<?x?x19xbf16>
}
