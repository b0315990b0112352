// Mathematical functions on tiles are vector code: none is called for one number at a time.
// RUN: attention-compile %s --cpu=x86-64-v4 -o %t.ll
// RUN: FileCheck %s --input-file=%t.ll --implicit-check-not="call float @fmaf" --implicit-check-not="call float @floorf" \
// RUN:   --implicit-check-not="call float @expf" --implicit-check-not="call float @exp2f" --implicit-check-not="call float @erff"
// CHECK: @llvm.{{fma|fmuladd}}.v16f32
func.func @attend(%q: tensor<?x8x?x64xf32>, %k: tensor<?x8x?x64xf32>, %v: tensor<?x8x?x64xf32>) -> tensor<?x8x?x64xf32> {
  %o = attention.attend #attention.softmax %q, %k, %v : tensor<?x8x?x64xf32>, tensor<?x8x?x64xf32>, tensor<?x8x?x64xf32>
  return %o : tensor<?x8x?x64xf32>
}
func.func @activate(%x: tensor<?x?x64xf32>) -> tensor<?x?x64xf32> {
  %y = attention.gelu %x : tensor<?x?x64xf32>
  return %y : tensor<?x?x64xf32>
}
