// RUN: attention-opt %s -attention-embed-ptx=gpu=sm_90 -split-input-file -verify-diagnostics | FileCheck %s

// CHECK:       module attributes {attention.kernels = ["first", "second"]}
// CHECK:         llvm.mlir.global internal constant @attention.ptx("{{.*}}.target sm_90{{.*}}.entry first({{.*}}.entry second({{.*}}\00")
// CHECK-NOT:     gpu.module
module attributes {gpu.container_module} {
  gpu.module @kernels {
    llvm.func @first() attributes {gpu.kernel, nvvm.kernel} {
      llvm.return
    }
    llvm.func @second(%length: i64) attributes {gpu.kernel, nvvm.kernel} {
      llvm.return
    }
  }
}

// -----

// expected-error @below {{expects a function with a parallel loop, but got none}}
module {
}
