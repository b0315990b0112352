// RUN: attention-opt %s --attention-check-laws -split-input-file -verify-diagnostics
// RUN: attention-opt %contract/custom/model.mlir --attention-check-laws

attention.variant @sum state [f32] identity {
  %z = arith.constant 0.0 : f32
  attention.yield %z : f32
} lift {
^bb0(%s: f32):
  %one = arith.constant 1.0 : f32
  attention.yield %s, %one : f32, f32
} compose {
^bb0(%a: f32, %b: f32):
  %one = arith.constant 1.0 : f32
  %c = arith.addf %a, %b : f32
  attention.yield %c, %one, %one : f32, f32, f32
} finish {
^bb0(%a: f32):
  attention.yield %a : f32
}

// -----

// Subtraction from zero is not what it was.
// expected-error @below {{expects identity to be a unit on the left}}
// expected-remark-re @below {{scores ({{.*}}) give state ({{.*}}) with weights ({{.*}}) and state ({{.*}}) with weights ({{.*}})}}
attention.variant @difference state [f32] identity {
  %z = arith.constant 0.0 : f32
  attention.yield %z : f32
} lift {
^bb0(%s: f32):
  %one = arith.constant 1.0 : f32
  attention.yield %s, %one : f32, f32
} compose {
^bb0(%a: f32, %b: f32):
  %one = arith.constant 1.0 : f32
  %c = arith.subf %a, %b : f32
  attention.yield %c, %one, %one : f32, f32, f32
} finish {
^bb0(%a: f32):
  attention.yield %a : f32
}

// -----

// The weights are halved with each composition: the state alone would pass.
// expected-error @below {{expects identity to be a unit on the left}}
// expected-remark @below {{scores}}
attention.variant @halves state [f32] identity {
  %z = arith.constant 0.0 : f32
  attention.yield %z : f32
} lift {
^bb0(%s: f32):
  %one = arith.constant 1.0 : f32
  attention.yield %s, %one : f32, f32
} compose {
^bb0(%a: f32, %b: f32):
  %h = arith.constant 0.5 : f32
  %c = arith.addf %a, %b : f32
  attention.yield %c, %h, %h : f32, f32, f32
} finish {
^bb0(%a: f32):
  attention.yield %a : f32
}

// -----

// The greater state, but zero where they are of different signs.
// expected-error @below {{expects compose to be associative}}
// expected-remark-re @below {{scores ({{[^,]*, [^,]*, [^,]*}}) give state (0) with weights (1, 1, 1) and state ({{.*}}) with weights (1, 1, 1)}}
attention.variant @choice state [f32] identity {
  %z = arith.constant 0.0 : f32
  attention.yield %z : f32
} lift {
^bb0(%s: f32):
  %one = arith.constant 1.0 : f32
  attention.yield %s, %one : f32, f32
} compose {
^bb0(%a: f32, %b: f32):
  %one = arith.constant 1.0 : f32
  %z = arith.constant 0.0 : f32
  %p = arith.mulf %a, %b : f32
  %differ = arith.cmpf olt, %p, %z : f32
  %s = arith.addf %a, %b : f32
  %c = arith.select %differ, %z, %s : f32
  attention.yield %c, %one, %one : f32, f32, f32
} finish {
^bb0(%a: f32):
  attention.yield %a : f32
}

// -----

// What the interpreter cannot run is named.
attention.variant @division state [f32] identity {
  %z = arith.constant 0.0 : f32
  attention.yield %z : f32
} lift {
^bb0(%s: f32):
  %one = arith.constant 1.0 : f32
  attention.yield %s, %one : f32, f32
} compose {
^bb0(%a: f32, %b: f32):
  %one = arith.constant 1.0 : f32
  %zero = arith.constant 0 : i32
  // expected-error @below {{expects a divisor other than 0, but got 0}}
  %n = arith.divsi %zero, %zero : i32
  attention.yield %a, %one, %one : f32, f32, f32
} finish {
^bb0(%a: f32):
  attention.yield %a : f32
}
