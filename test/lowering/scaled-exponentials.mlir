// RUN: attention-opt %s --attention-expand-math="powers-of-2=true" | FileCheck %s
// RUN: attention-opt %s --attention-expand-math | FileCheck %s --check-prefix=WITHOUT
// RUN: attention-opt %s --attention-expand-math="powers-of-2=true matrix-bf16=true" --cse | FileCheck %s --check-prefix=CUT

// WITHOUT-NOT: llvm.call_intrinsic

// Two instructions and a polynomial of degree 5 between them; what would be subnormal is 0, as products with that take long.
// CHECK-LABEL: func.func @register
// CHECK-SAME:    %[[X:[a-z0-9]+]]: vector<16xf32>
// CHECK:         %[[REST:.+]] = llvm.call_intrinsic "llvm.x86.avx512.mask.reduce.ps.512"(%[[X]], %{{.+}}, %[[X]], %{{.+}}, %{{.+}})
// CHECK-COUNT-5: vector.fma
// CHECK:         %[[SCALED:.+]] = llvm.call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"(%[[POWER:.+]], %[[X]], %[[POWER]], %{{.+}}, %{{.+}})
// CHECK:         %[[NORMAL:.+]] = arith.cmpf uge, %[[X]],
// CHECK:         %[[RESULT:.+]] = arith.select %[[NORMAL]], %[[SCALED]],
// CHECK-NEXT:    return %[[RESULT]]
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

// With a matrix unit, the upper halves of two registers become one of bf16, and who widens it has the lower halves cleared.
// CUT-LABEL: func.func @summed
// CUT:         %[[FIRST:.+]] = llvm.call_intrinsic "llvm.x86.avx512.mask.reduce.ps.512"
// CUT:         %[[SECOND:.+]] = llvm.call_intrinsic "llvm.x86.avx512.mask.reduce.ps.512"
// CUT-COUNT-3: vector.fma {{.*}} : vector<32xf32>
// CUT-COUNT-2: llvm.call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"
// CUT:         %[[POWER:.+]] = vector.shuffle {{.*}} : vector<16xf32>, vector<16xf32>
// CUT:         %[[BITS:.+]] = vector.bitcast %[[POWER]] : vector<32xf32> to vector<32xi32>
// CUT:         %[[UPPER:.+]] = arith.andi %[[BITS]], %{{.+}} : vector<32xi32>
// CUT:         %[[WIDE:.+]] = vector.bitcast %[[UPPER]]
// CUT:         %[[HALVES:.+]] = vector.bitcast %[[POWER]] : vector<32xf32> to vector<64xi16>
// CUT:         %[[ODD:.+]] = vector.shuffle %[[HALVES]], %[[HALVES]] [1, 3, 5, {{.*}}, 61, 63]
// CUT:         %[[NARROW:.+]] = vector.bitcast %[[ODD]] : vector<32xi16> to vector<32xbf16>
// CUT:         return %[[NARROW]], %[[WIDE]]
func.func @summed(%x: vector<32xf32>) -> (vector<32xbf16>, vector<32xf32>) {
  %y = math.exp2 %x : vector<32xf32>
  %z = arith.truncf %y : vector<32xf32> to vector<32xbf16>
  %w = arith.extf %z : vector<32xbf16> to vector<32xf32>
  return %z, %w : vector<32xbf16>, vector<32xf32>
}

// CUT-LABEL:   func.func @rounded_and_not
// CUT-COUNT-5: vector.fma
// CUT:         arith.truncf
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

// The rest of a natural one is bounded, so that n alone decides where it is infinite.
// CHECK-LABEL: func.func @natural
// CHECK-SAME:    %[[X:[a-z0-9]+]]: vector<16xf32>
// CHECK:         %[[N:.+]] = math.roundeven
// CHECK:         %[[REST:.+]] = arith.addf %{{.+}}, %[[X]]
// CHECK:         %[[BOUNDED:.+]] = llvm.call_intrinsic "llvm.x86.avx512.mask.range.ps.512"(%[[REST]],
// CHECK-COUNT-5: vector.fma
// CHECK:         llvm.call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"(%[[POWER:.+]], %[[N]], %[[POWER]], %{{.+}}, %{{.+}})
// CHECK:         arith.cmpf uge, %[[X]],
// CHECK:         arith.select
// CHECK-NEXT:    return
func.func @natural(%x: vector<16xf32>) -> vector<16xf32> {
  %y = math.exp %x : vector<16xf32>
  return %y : vector<16xf32>
}

// CHECK-LABEL: func.func @rounded_natural
// CHECK:         arith.mulf
// CHECK:         "llvm.x86.avx512.mask.reduce.ps.512"
// CHECK-COUNT-3: vector.fma
// CHECK-NOT:     vector.fma
// CHECK:         arith.truncf
func.func @rounded_natural(%x: vector<16xf32>) -> vector<16xbf16> {
  %y = math.exp %x : vector<16xf32>
  %z = arith.truncf %y : vector<16xf32> to vector<16xbf16>
  return %z : vector<16xbf16>
}

// CHECK-LABEL: func.func @natural_scalar
// CHECK:         "llvm.x86.avx512.mask.scalef.ps.128"
func.func @natural_scalar(%x: f32) -> f32 {
  %y = math.exp %x : f32
  return %y : f32
}
