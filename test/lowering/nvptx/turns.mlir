// RUN: attention-compile %s --target=cuda --gpu=sm_90a -o %t.ll
// RUN: FileCheck %s < %t.ll
// RUN: attention-emulate %s narrow --gpu=sm_90a --input q=random:1x70x8:1 --input k=random:1x70x8:2 --input v=random:1x70x16:3 --output o=%t.npy
// RUN: attention-interpret %s narrow --input q=random:1x70x8:1 --input k=random:1x70x8:2 --input v=random:1x70x16:3 --output o=%t.want.npy
// RUN: env PYTHONPATH=%S/../.. %python %S/../../numerics/Inputs/near.py 1e-3 %t.want.npy %t.npy

// Two groups of warps take turns at the matrix units.
// CHECK-LABEL: define ptx_kernel void @wide_6(
// CHECK: call void @llvm.nvvm.barrier.cta.arrive.aligned.count
func.func @wide(%q: tensor<1x1x?x64xf16> {attention.name = "q"}, %k: tensor<1x1x?x64xf16> {attention.name = "k"}, %v: tensor<1x1x?x64xf16> {attention.name = "v"}) -> (tensor<1x1x?x64xf16> {attention.name = "o"}) {
  %o = attention.attend #attention.softmax %q, %k, %v mask(#attention.causal) : tensor<1x1x?x64xf16>, tensor<1x1x?x64xf16>, tensor<1x1x?x64xf16>
  return %o : tensor<1x1x?x64xf16>
}

// Tensor copies bring values, but not keys, whose rows are 8 bytes: all warps copy those, and wait for each other before their first product. A group that has its turn would wait for one that waits for its own.
// CHECK-LABEL: define ptx_kernel void @narrow_0(
// CHECK-NOT: call void @llvm.nvvm.barrier.cta.arrive.aligned.count
// CHECK: nvvm.mbarrier.arrive
// CHECK-NOT: call void @llvm.nvvm.barrier.cta.arrive.aligned.count
func.func @narrow(%q: tensor<1x?x8xf16> {attention.name = "q"}, %k: tensor<1x?x8xf16> {attention.name = "k"}, %v: tensor<1x?x16xf16> {attention.name = "v"}) -> (tensor<1x2x?x8xf16> {attention.name = "o"}) {
  %a = attention.split_heads %q heads(2) : tensor<1x?x8xf16>
  %b = attention.split_heads %k heads(2) : tensor<1x?x8xf16>
  %c = attention.split_heads %v heads(2) : tensor<1x?x16xf16>
  %o = attention.attend #attention.softmax %a, %b, %c mask(#attention.causal) : tensor<1x2x?x4xf16>, tensor<1x2x?x4xf16>, tensor<1x2x?x8xf16>
  return %o : tensor<1x2x?x8xf16>
}
