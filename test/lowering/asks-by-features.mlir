// Whether one query asks for the keys and values that come next depends on features: a processor foresees rows if it has AVX512_BF16 but neither AMX
// nor AVX-VNNI. Others ask beside each register that they read. Rows of values that are packed into pairs are not read like that: there each block of
// products asks for its share of both at once. Counted are the most prefetches between two products.
// DEFINE: %{model} = %s
// DEFINE: %{cpu} =
// DEFINE: %{most} = attention-compile %{model} --cpu=%{cpu} --triple=x86_64-unknown-linux-gnu -o %t.s && \
// DEFINE:           awk '/prefetch/ { ++n } /vfmadd|vdpbf16ps/ { if (n > most) most = n; all += n; n = 0 } END { print all + 0, most + 0 }' %t.s | FileCheck %s
// REDEFINE: %{cpu} = znver4
// RUN: %{most} --check-prefix=FORESEEN
// FORESEEN: {{^0 0$}}
// REDEFINE: %{cpu} = znver5
// RUN: %{most} --check-prefix=ALONG
// REDEFINE: %{cpu} = icelake-server
// RUN: %{most} --check-prefix=ALONG
// ALONG: {{^2[0-9][0-9] }}
// REDEFINE: %{cpu} = znver5
// REDEFINE: %{model} = %t.bf16.mlir
// RUN: sed 's/f32/bf16/g' %s > %t.bf16.mlir && %{most} --check-prefix=BLOCKS
// BLOCKS: {{^120 24$}}
!q = tensor<1x8x1x128xf32>
!k = tensor<1x2x?x128xf32>
func.func @attend(%q: !q {attention.name = "q"}, %k: !k {attention.name = "k"}, %v: !k {attention.name = "v"}) -> (!q {attention.name = "o"}) {
  %o = attention.attend #attention.softmax %q, %k, %v : !q, !k, !k
  return %o : !q
}
