// Softmax in the user's own words is reduced as the built-in one is: no key by itself.
// RUN: attention-opt %s --pass-pipeline='builtin.module(func.func(attention-unfold-attend,attention-tile-queries,attention-stream-keys,attention-to-tiles),symbol-dce,canonicalize,cse)' | FileCheck %s

// CHECK-NOT: attention.variant
attention.variant @softmax state [f32, f32] identity {
  %m = arith.constant 0xFF800000 : f32
  %z = arith.constant 0.0 : f32
  attention.yield %m, %z : f32, f32
} lift {
^bb0(%s: f32):
  %one = arith.constant 1.0 : f32
  attention.yield %s, %one, %one : f32, f32, f32
} compose {
^bb0(%m1: f32, %z1: f32, %m2: f32, %z2: f32):
  %m = arith.maximumf %m1, %m2 : f32
  %d1 = arith.subf %m1, %m : f32
  %d2 = arith.subf %m2, %m : f32
  %f1 = math.exp %d1 : f32
  %f2 = math.exp %d2 : f32
  %a = arith.mulf %z1, %f1 : f32
  %b = arith.mulf %z2, %f2 : f32
  %z = arith.addf %a, %b : f32
  attention.yield %m, %z, %f1, %f2 : f32, f32, f32, f32
} finish {
^bb0(%m: f32, %z: f32):
  %one = arith.constant 1.0 : f32
  %r = arith.divf %one, %z : f32
  attention.yield %r : f32
}

// CHECK-LABEL: func.func @reduced
// CHECK: scf.for %
// CHECK-SAME: -> (vector<64xf32>, vector<64xf32>, vector<64xf32>, vector<64x16xf32>)
// CHECK-NOT: scf.for %
// CHECK: vector.multi_reduction <maximumf>, {{.*}} vector<64x128xf32> to vector<64xf32>
// CHECK: math.exp {{.*}} vector<64x128xf32>
// CHECK-NOT: math.exp {{.*}} vector<64x128xf32>
// CHECK: vector.multi_reduction <add>, {{.*}} vector<64x128xf32> to vector<64xf32>
// CHECK-NOT: scf.for %
// CHECK: scf.yield
func.func @reduced(%q: tensor<1x2x64x16xf32>, %k: tensor<1x2x256x16xf32>, %v: tensor<1x2x256x16xf32>) -> tensor<1x2x64x16xf32> {
  %o = attention.attend #attention.custom<@softmax> %q, %k, %v : tensor<1x2x64x16xf32>, tensor<1x2x256x16xf32>, tensor<1x2x256x16xf32>
  return %o : tensor<1x2x64x16xf32>
}
