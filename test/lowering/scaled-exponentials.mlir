// RUN: attention-opt %s --attention-expand-math="powers-of-2=true" | FileCheck %s
// RUN: attention-opt %s --attention-expand-math | FileCheck %s --check-prefix=WITHOUT

// WITHOUT-NOT: llvm.call_intrinsic

// Two instructions and a polynomial of degree 5 between them.
// CHECK-LABEL: func.func @register
// CHECK-SAME:    %[[X:[a-z0-9]+]]: vector<16xf32>
// CHECK:         %[[REST:.+]] = llvm.call_intrinsic "llvm.x86.avx512.mask.reduce.ps.512"(%[[X]], %{{.+}}, %[[X]], %{{.+}}, %{{.+}})
// CHECK-COUNT-5: vector.fma
// CHECK:         llvm.call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"(%[[POWER:.+]], %[[X]], %[[POWER]], %{{.+}}, %{{.+}})
// CHECK-NEXT:    return
func.func @register(%x: vector<16xf32>) -> vector<16xf32> {
  %y = math.exp2 %x : vector<16xf32>
  return %y : vector<16xf32>
}

// Of what is only rounded to bf16, one of degree 3.
// CHECK-LABEL: func.func @rounded
// CHECK:         "llvm.x86.avx512.mask.reduce.ps.512"
// CHECK-COUNT-3: vector.fma
// CHECK-NOT:     vector.fma
// CHECK:         {{.*}}"llvm.x86.avx512.mask.scalef.ps.512"
// CHECK-NEXT:    arith.truncf
func.func @rounded(%x: vector<16xf32>) -> vector<16xbf16> {
  %y = math.exp2 %x : vector<16xf32>
  %z = arith.truncf %y : vector<16xf32> to vector<16xbf16>
  return %z : vector<16xbf16>
}

// CHECK-LABEL: func.func @rounded_and_not
// CHECK-COUNT-5: vector.fma
func.func @rounded_and_not(%x: vector<16xf32>) -> (vector<16xf32>, vector<16xbf16>) {
  %y = math.exp2 %x : vector<16xf32>
  %z = arith.truncf %y : vector<16xf32> to vector<16xbf16>
  return %y, %z : vector<16xf32>, vector<16xbf16>
}

// CHECK-LABEL: func.func @scalar
// CHECK:         vector.broadcast %{{.+}} : f32 to vector<4xf32>
// CHECK:         "llvm.x86.avx512.mask.reduce.ps.128"
// CHECK-COUNT-5: vector.fma
// CHECK:         "llvm.x86.avx512.mask.scalef.ps.128"
// CHECK:         vector.extract %{{.+}}[0]
func.func @scalar(%x: f32) -> f32 {
  %y = math.exp2 %x : f32
  return %y : f32
}

// What is no register of float32 is left to arithmetic.
// CHECK-LABEL: func.func @others
// CHECK-NOT:     llvm.call_intrinsic
// CHECK:         return
func.func @others(%x: vector<2xf32>, %y: f64) -> (vector<2xf32>, f64) {
  %a = math.exp2 %x : vector<2xf32>
  %b = math.exp2 %y : f64
  return %a, %b : vector<2xf32>, f64
}
