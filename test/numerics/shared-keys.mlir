// Keys and values that are packed once for all queries, and not where too few read them: by shapes of one function.
// RUN: %python %S/agree.py %s 2e-6

// Two heads share keys, three tiles of queries each; the last key tile is not full, and the last query tile neither. Then one tile.
// CASE: full q=f32:2x2x300x64 k=f32:2x1x100x64 v=f32:2x1x100x64 -> o
// CASE: full q=f32:2x2x300x64 k=f32:2x1x300x64 v=f32:2x1x300x64 -> o
// CASE: full q=f32:1x2x257x64 k=f32:1x1x64x64 v=f32:1x1x64x64 -> o
// CASE: full q=f32:1x2x300x64 k=f32:1x1x0x64 v=f32:1x1x0x64 -> o
// CASE: full q=f32:0x2x300x64 k=f32:0x1x100x64 v=f32:0x1x100x64 -> o
// CASE: full q=f32:1x2x20x64 k=f32:1x1x100x64 v=f32:1x1x100x64 -> o
func.func @full(%q: tensor<?x2x?x64xf32> {attention.name = "q"}, %k: tensor<?x1x?x64xf32> {attention.name = "k"}, %v: tensor<?x1x?x64xf32> {attention.name = "v"}) -> (tensor<?x2x?x64xf32> {attention.name = "o"}) {
  %o = attention.attend #attention.softmax %q, %k, %v : tensor<?x2x?x64xf32>, tensor<?x1x?x64xf32>, tensor<?x1x?x64xf32>
  return %o : tensor<?x2x?x64xf32>
}

// Under a mask: four heads on one, two tiles of queries, or one, which is too few; more keys than these could see half of.
// CASE: causal q=f32:1x4x130x64 k=f32:1x1x197x64 v=f32:1x1x197x80 -> o
// CASE: causal q=f32:1x4x100x64 k=f32:1x1x197x64 v=f32:1x1x197x80 -> o
// CASE: causal q=f32:1x4x129x64 k=f32:1x1x2100x64 v=f32:1x1x2100x80 -> o
func.func @causal(%q: tensor<?x4x?x64xf32> {attention.name = "q"}, %k: tensor<?x1x?x64xf32> {attention.name = "k"}, %v: tensor<?x1x?x80xf32> {attention.name = "v"}) -> (tensor<?x4x?x80xf32> {attention.name = "o"}) {
  %o = attention.attend #attention.softmax %q, %k, %v mask(#attention.causal) : tensor<?x4x?x64xf32>, tensor<?x1x?x64xf32>, tensor<?x1x?x80xf32>
  return %o : tensor<?x4x?x80xf32>
}

// Heads side by side in rows of memory, and keys that do not exist.
// CASE: merged q=f32:2x150x192 k=f32:2x70x192 v=f32:2x70x192 e=i1:2x70 -> o
// No more than 10 keys of the first sequence, one in the middle of the other: most tiles have none, and are not packed.
// CASE: merged q=f32:2x150x192 k=f32:2x700x192 v=f32:2x700x192 e=i1:2x700=1*10,0*1030,1*1,0*359 -> o
func.func @merged(%q: tensor<?x?x192xf32> {attention.name = "q"}, %k: tensor<?x?x192xf32> {attention.name = "k"}, %v: tensor<?x?x192xf32> {attention.name = "v"}, %e: tensor<?x?xi1> {attention.name = "e"}) -> (tensor<?x?x192xf32> {attention.name = "o"}) {
  %qh = attention.split_heads %q heads(3) : tensor<?x?x192xf32>
  %kh = attention.split_heads %k heads(3) : tensor<?x?x192xf32>
  %vh = attention.split_heads %v heads(3) : tensor<?x?x192xf32>
  %o = attention.attend #attention.softmax %qh, %kh, %vh keys(%e : tensor<?x?xi1>) : tensor<?x3x?x64xf32>, tensor<?x3x?x64xf32>, tensor<?x3x?x64xf32>
  %m = attention.merge_heads %o : tensor<?x3x?x64xf32>
  return %m : tensor<?x?x192xf32>
}

// Sizes that are known before.
// CASE: known q=f32:1x2x256x64 k=f32:1x2x96x64 v=f32:1x2x96x64 -> o
func.func @known(%q: tensor<1x2x256x64xf32> {attention.name = "q"}, %k: tensor<1x2x96x64xf32> {attention.name = "k"}, %v: tensor<1x2x96x64xf32> {attention.name = "v"}) -> (tensor<1x2x256x64xf32> {attention.name = "o"}) {
  %o = attention.attend #attention.softmax %q, %k, %v : tensor<1x2x256x64xf32>, tensor<1x2x96x64xf32>, tensor<1x2x96x64xf32>
  return %o : tensor<1x2x256x64xf32>
}
