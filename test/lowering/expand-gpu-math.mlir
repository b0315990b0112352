// RUN: attention-opt %s --attention-expand-gpu-math --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @base_two_of_f32_is_an_instruction(
// CHECK-COUNT-2: llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f"
// CHECK-NOT:     math.
// CHECK:         return
func.func @base_two_of_f32_is_an_instruction(%x: vector<2xf32>) -> vector<2xf32> {
  %0 = math.exp2 %x : vector<2xf32>
  return %0 : vector<2xf32>
}

// The rounding error of x log2(e) is corrected by its low part.
// CHECK-LABEL: func.func @exponential_of_f32(
// CHECK-SAME:    %[[X:.*]]: f32
// CHECK:         %[[HIGH:.*]] = arith.mulf %[[X]], %{{.*}} : f32
// CHECK-COUNT-2: math.fma
// CHECK:         llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f"(%[[HIGH]])
// CHECK:         arith.mulf
// CHECK-NOT:     math.exp
func.func @exponential_of_f32(%x: f32) -> f32 {
  %0 = math.exp %x : f32
  return %0 : f32
}

// CHECK-LABEL: func.func @functions_of_f64_are_polynomials(
// CHECK-NOT:     llvm.call_intrinsic
// CHECK-NOT:     math.{{exp|log|tanh}}
// CHECK:         return
func.func @functions_of_f64_are_polynomials(%x: f64) -> f64 {
  %0 = math.exp2 %x : f64
  %1 = math.exp %0 : f64
  %2 = math.log %1 : f64
  %3 = math.log2 %2 : f64
  %4 = math.tanh %3 : f64
  return %4 : f64
}

// CHECK-LABEL: func.func @halves_are_computed_in_f32(
// CHECK:         arith.extf %{{.*}} : bf16 to f32
// CHECK:         llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f"
// CHECK:         arith.truncf %{{.*}} : f32 to bf16
func.func @halves_are_computed_in_f32(%x: bf16) -> bf16 {
  %0 = math.exp2 %x : bf16
  return %0 : bf16
}

// CHECK-LABEL: func.func @instructions_stay(
// CHECK:         math.sqrt
// CHECK:         math.floor
func.func @instructions_stay(%x: f32) -> f32 {
  %0 = math.sqrt %x : f32
  %1 = math.floor %0 : f32
  return %1 : f32
}

// -----

func.func @no_such_function(%x: f64) -> f64 {
  // expected-error @below {{expects a function that this target can compute, but got math.erf of 'f64'}}
  %0 = math.erf %x : f64
  return %0 : f64
}
