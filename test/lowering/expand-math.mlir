// RUN: attention-opt %s --attention-expand-math | FileCheck %s
// RUN: attention-opt %s --attention-expand-math --convert-scf-to-cf --convert-vector-to-llvm --convert-math-to-llvm --convert-math-to-libm --convert-to-llvm --reconcile-unrealized-casts \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void --shared-libs=%llvm_lib/libmlir_c_runner_utils.so,%llvm_lib/libmlir_runner_utils.so \
// RUN:   | FileCheck %s --check-prefix=VALUE

// CHECK-LABEL: func.func @exponentials_are_arithmetic
// CHECK-NOT:     math.
// CHECK:         return
func.func @exponentials_are_arithmetic(%x: vector<16xf32>, %y: f64) -> (vector<16xf32>, f64) {
  %a = math.exp2 %x : vector<16xf32>
  %b = math.exp %a : vector<16xf32>
  %c = math.exp %y : f64
  return %b, %c : vector<16xf32>, f64
}

// CHECK-LABEL: func.func @functions_of_halves_are_computed_in_f32
// CHECK:         arith.extf %{{.*}} : vector<8xbf16> to vector<8xf32>
// CHECK:         arith.truncf %{{.*}} : vector<8xf32> to vector<8xbf16>
func.func @functions_of_halves_are_computed_in_f32(%x: vector<8xbf16>) -> vector<8xbf16> {
  %a = math.exp2 %x : vector<8xbf16>
  return %a : vector<8xbf16>
}

// CHECK-LABEL: func.func @calls_remain
// CHECK:         math.tanh %{{.*}} : f64
func.func @calls_remain(%x: f64) -> f64 {
  %a = math.tanh %x : f64
  return %a : f64
}

// Against libm in f64, over ranges in which results are normal numbers.
func.func private @exp2(f64) -> f64
func.func private @exp(f64) -> f64
func.func private @tanh(f64) -> f64
func.func private @erf(f64) -> f64
func.func private @log(f64) -> f64
func.func private @log2(f64) -> f64
func.func private @log1p(f64) -> f64
func.func private @sin(f64) -> f64
func.func private @cos(f64) -> f64
func.func private @printF64(f64)
func.func private @printNewline()

func.func @f32_exp2(%x: f32) -> f32 {
  %y = math.exp2 %x : f32
  return %y : f32
}
func.func @f32_exp(%x: f32) -> f32 {
  %y = math.exp %x : f32
  return %y : f32
}
func.func @f32_tanh(%x: f32) -> f32 {
  %y = math.tanh %x : f32
  return %y : f32
}
func.func @f32_erf(%x: f32) -> f32 {
  %y = math.erf %x : f32
  return %y : f32
}
func.func @f32_log(%x: f32) -> f32 {
  %y = math.log %x : f32
  return %y : f32
}
func.func @f32_log2(%x: f32) -> f32 {
  %y = math.log2 %x : f32
  return %y : f32
}
func.func @f32_log1p(%x: f32) -> f32 {
  %y = math.log1p %x : f32
  return %y : f32
}
func.func @f32_sin(%x: f32) -> f32 {
  %y = math.sin %x : f32
  return %y : f32
}
func.func @f32_cos(%x: f32) -> f32 {
  %y = math.cos %x : f32
  return %y : f32
}
func.func @f64_exp2(%x: f64) -> f64 {
  %y = math.exp2 %x : f64
  return %y : f64
}
func.func @f64_exp(%x: f64) -> f64 {
  %y = math.exp %x : f64
  return %y : f64
}

// The largest error at 100001 points, relative to what is larger: the result or `floor`.
func.func @worst32(%f: (f32) -> f32, %exact: (f64) -> f64, %low: f64, %high: f64, %floor: f64) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %steps = arith.constant 100000 : index
  %n = arith.constant 100001 : index
  %none = arith.constant 0.0 : f64
  %many = arith.constant 1.0e5 : f64
  %range = arith.subf %high, %low : f64
  %step = arith.divf %range, %many : f64
  %worst = scf.for %i = %c0 to %n step %c1 iter_args(%so_far = %none) -> (f64) {
    %i64 = arith.index_cast %i : index to i64
    %at = arith.sitofp %i64 : i64 to f64
    %off = arith.mulf %at, %step : f64
    %x64 = arith.addf %low, %off : f64
    %x = arith.truncf %x64 : f64 to f32
    %rounded = arith.extf %x : f32 to f64
    %got = func.call_indirect %f(%x) : (f32) -> f32
    %got64 = arith.extf %got : f32 to f64
    %want = func.call_indirect %exact(%rounded) : (f64) -> f64
    %difference = arith.subf %got64, %want : f64
    %size = math.absf %difference : f64
    %scale = math.absf %want : f64
    %least = arith.maximumf %scale, %floor : f64
    %error = arith.divf %size, %least : f64
    %next = arith.maximumf %so_far, %error : f64
    scf.yield %next : f64
  }
  %limit = arith.constant 1.0e-6 : f64
  %ok = arith.cmpf olt, %worst, %limit : f64
  func.call @report(%ok, %worst) : (i1, f64) -> ()
  return
}

func.func @worst64(%f: (f64) -> f64, %exact: (f64) -> f64, %low: f64, %high: f64) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = arith.constant 100001 : index
  %none = arith.constant 0.0 : f64
  %many = arith.constant 1.0e5 : f64
  %range = arith.subf %high, %low : f64
  %step = arith.divf %range, %many : f64
  %worst = scf.for %i = %c0 to %n step %c1 iter_args(%so_far = %none) -> (f64) {
    %i64 = arith.index_cast %i : index to i64
    %at = arith.sitofp %i64 : i64 to f64
    %off = arith.mulf %at, %step : f64
    %x = arith.addf %low, %off : f64
    %got = func.call_indirect %f(%x) : (f64) -> f64
    %want = func.call_indirect %exact(%x) : (f64) -> f64
    %difference = arith.subf %got, %want : f64
    %relative = arith.divf %difference, %want : f64
    %error = math.absf %relative : f64
    %next = arith.maximumf %so_far, %error : f64
    scf.yield %next : f64
  }
  %limit = arith.constant 1.0e-15 : f64
  %ok = arith.cmpf olt, %worst, %limit : f64
  func.call @report(%ok, %worst) : (i1, f64) -> ()
  return
}

// Prints 0 if all is well, otherwise the error.
func.func @report(%ok: i1, %worst: f64) {
  %none = arith.constant 0.0 : f64
  %shown = arith.select %ok, %none, %worst : f64
  func.call @printF64(%shown) : (f64) -> ()
  func.call @printNewline() : () -> ()
  return
}

func.func @show(%x: f32) {
  %y = func.call @f32_exp2(%x) : (f32) -> f32
  %z = func.call @f32_exp(%x) : (f32) -> f32
  %y64 = arith.extf %y : f32 to f64
  %z64 = arith.extf %z : f32 to f64
  func.call @printF64(%y64) : (f64) -> ()
  func.call @printNewline() : () -> ()
  func.call @printF64(%z64) : (f64) -> ()
  func.call @printNewline() : () -> ()
  return
}

func.func @main() {
  %none = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %minus_one = arith.constant -1.0 : f64
  %tiny = arith.constant 1.0e-30 : f64

  // VALUE: {{^}}0{{$}}
  %exp2 = func.constant @f32_exp2 : (f32) -> f32
  %exp2_exact = func.constant @exp2 : (f64) -> f64
  %exp2_low = arith.constant -126.0 : f64
  %exp2_high = arith.constant 127.9999 : f64
  func.call @worst32(%exp2, %exp2_exact, %exp2_low, %exp2_high, %none) : ((f32) -> f32, (f64) -> f64, f64, f64, f64) -> ()
  // VALUE-NEXT: {{^}}0{{$}}
  func.call @worst32(%exp2, %exp2_exact, %minus_one, %one, %none) : ((f32) -> f32, (f64) -> f64, f64, f64, f64) -> ()
  // VALUE-NEXT: {{^}}0{{$}}
  %exp = func.constant @f32_exp : (f32) -> f32
  %exp_exact = func.constant @exp : (f64) -> f64
  %exp_low = arith.constant -87.33 : f64
  %exp_high = arith.constant 88.72 : f64
  func.call @worst32(%exp, %exp_exact, %exp_low, %exp_high, %none) : ((f32) -> f32, (f64) -> f64, f64, f64, f64) -> ()
  // VALUE-NEXT: {{^}}0{{$}}
  %ten = arith.constant 10.0 : f64
  %minus_ten = arith.constant -10.0 : f64
  %tanh = func.constant @f32_tanh : (f32) -> f32
  %tanh_exact = func.constant @tanh : (f64) -> f64
  func.call @worst32(%tanh, %tanh_exact, %minus_ten, %ten, %tiny) : ((f32) -> f32, (f64) -> f64, f64, f64, f64) -> ()
  // VALUE-NEXT: {{^}}0{{$}}
  %erf = func.constant @f32_erf : (f32) -> f32
  %erf_exact = func.constant @erf : (f64) -> f64
  func.call @worst32(%erf, %erf_exact, %minus_ten, %ten, %one) : ((f32) -> f32, (f64) -> f64, f64, f64, f64) -> ()
  // VALUE-NEXT: {{^}}0{{$}}
  %small = arith.constant 1.0e-3 : f64
  %large = arith.constant 1.0e6 : f64
  %log = func.constant @f32_log : (f32) -> f32
  %log_exact = func.constant @log : (f64) -> f64
  func.call @worst32(%log, %log_exact, %small, %large, %one) : ((f32) -> f32, (f64) -> f64, f64, f64, f64) -> ()
  // VALUE-NEXT: {{^}}0{{$}}
  %log2 = func.constant @f32_log2 : (f32) -> f32
  %log2_exact = func.constant @log2 : (f64) -> f64
  func.call @worst32(%log2, %log2_exact, %small, %large, %one) : ((f32) -> f32, (f64) -> f64, f64, f64, f64) -> ()
  // VALUE-NEXT: {{^}}0{{$}}
  %log1p = func.constant @f32_log1p : (f32) -> f32
  %log1p_exact = func.constant @log1p : (f64) -> f64
  func.call @worst32(%log1p, %log1p_exact, %none, %ten, %tiny) : ((f32) -> f32, (f64) -> f64, f64, f64, f64) -> ()
  // VALUE-NEXT: {{^}}0{{$}}
  %thousands = arith.constant 4.0e3 : f64
  %minus_thousands = arith.constant -4.0e3 : f64
  %sin = func.constant @f32_sin : (f32) -> f32
  %sin_exact = func.constant @sin : (f64) -> f64
  func.call @worst32(%sin, %sin_exact, %minus_thousands, %thousands, %one) : ((f32) -> f32, (f64) -> f64, f64, f64, f64) -> ()
  // VALUE-NEXT: {{^}}0{{$}}
  %cos = func.constant @f32_cos : (f32) -> f32
  %cos_exact = func.constant @cos : (f64) -> f64
  func.call @worst32(%cos, %cos_exact, %minus_thousands, %thousands, %one) : ((f32) -> f32, (f64) -> f64, f64, f64, f64) -> ()
  // VALUE-NEXT: {{^}}0{{$}}
  %wide_exp2 = func.constant @f64_exp2 : (f64) -> f64
  %wide_low = arith.constant -1022.0 : f64
  %wide_high = arith.constant 1023.9999 : f64
  func.call @worst64(%wide_exp2, %exp2_exact, %wide_low, %wide_high) : ((f64) -> f64, (f64) -> f64, f64, f64) -> ()
  // VALUE-NEXT: {{^}}0{{$}}
  %wide_exp = func.constant @f64_exp : (f64) -> f64
  %wide_exp_low = arith.constant -708.3 : f64
  %wide_exp_high = arith.constant 709.7 : f64
  func.call @worst64(%wide_exp, %exp_exact, %wide_exp_low, %wide_exp_high) : ((f64) -> f64, (f64) -> f64, f64, f64) -> ()

  // At the ends: -inf, inf, NaN, 0, and far outside.
  // VALUE-NEXT: {{^}}0{{$}}
  // VALUE-NEXT: {{^}}0{{$}}
  %minus_inf = arith.constant 0xFF800000 : f32
  func.call @show(%minus_inf) : (f32) -> ()
  // VALUE-NEXT: {{^}}inf
  // VALUE-NEXT: {{^}}inf
  %inf = arith.constant 0x7F800000 : f32
  func.call @show(%inf) : (f32) -> ()
  // VALUE-NEXT: nan
  // VALUE-NEXT: nan
  %nan = arith.constant 0x7FC00001 : f32
  func.call @show(%nan) : (f32) -> ()
  // VALUE-NEXT: {{^}}1{{$}}
  // VALUE-NEXT: {{^}}1{{$}}
  %zero = arith.constant 0.0 : f32
  func.call @show(%zero) : (f32) -> ()
  // VALUE-NEXT: {{^}}inf
  // VALUE-NEXT: {{^}}inf
  %far = arith.constant 1000.0 : f32
  func.call @show(%far) : (f32) -> ()
  // VALUE-NEXT: {{^}}0{{$}}
  // VALUE-NEXT: {{^}}0{{$}}
  %minus_far = arith.constant -1000.0 : f32
  func.call @show(%minus_far) : (f32) -> ()
  return
}
