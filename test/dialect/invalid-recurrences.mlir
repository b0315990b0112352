// Each numbered constraint is refused by one line that says what was expected and what was given.
// RUN: attention-opt %s -split-input-file -verify-diagnostics

//===- segments -----------------------------------------------------------===//

func.func @segments_c1(%x: tensor<1x8x4xf32>) {
  // expected-error @below {{expects a length of 1 or more, but got 0}}
  %y = attention.segments %x length(0) {
  ^bb0(%s: tensor<1x?x4xf32>):
    attention.yield %s : tensor<1x?x4xf32>
  } : (tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
  return
}

// -----

func.func @segments_c2(%x: tensor<1x8x4xf32>) {
  // expected-error @below {{expects the region to take a segment that fits 'tensor<1x4x4xf32>' and 0 carries, but got ('tensor<1x3x4xf32>')}}
  %y = attention.segments %x length(4) {
  ^bb0(%s: tensor<1x3x4xf32>):
    attention.yield %s : tensor<1x3x4xf32>
  } : (tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
  return
}

// -----

func.func @segments_c2_short(%x: tensor<1x8x4xf32>) {
  // expected-error @below {{expects the region to take a segment that fits 'tensor<1x?x4xf32>' and 0 carries, but got ('tensor<1x3x4xf32>')}}
  %y = attention.segments %x length(3) {
  ^bb0(%s: tensor<1x3x4xf32>):
    attention.yield %s : tensor<1x3x4xf32>
  } : (tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
  return
}

// -----

func.func @segments_c2_carries(%x: tensor<1x8x4xf32>) {
  // expected-error @below {{expects the region to take a segment that fits 'tensor<1x4x4xf32>' and 0 carries, but got ('tensor<1x?x4xf32>', 'tensor<1xf32>')}}
  %y = attention.segments %x length(4) {
  ^bb0(%s: tensor<1x?x4xf32>, %c: tensor<1xf32>):
    attention.yield %s : tensor<1x?x4xf32>
  } : (tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
  return
}

// -----

func.func @segments_c3(%x: tensor<1x8x4xf32>) {
  // expected-error @below {{expects the region to yield an output that fits 'tensor<1x?x4xf32>' and 0 carries, but got ()}}
  %y = attention.segments %x length(4) {
  ^bb0(%s: tensor<1x?x4xf32>):
    attention.yield 
  } : (tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
  return
}

// -----

func.func @segments_c3_columns(%x: tensor<1x8x4xf32>) {
  // expected-error @below {{expects the region to yield an output that fits 'tensor<1x?x5xf32>' and 0 carries, but got ('tensor<1x?x4xf32>')}}
  %y = attention.segments %x length(4) {
  ^bb0(%s: tensor<1x?x4xf32>):
    attention.yield %s : tensor<1x?x4xf32>
  } : (tensor<1x8x4xf32>) -> tensor<1x8x5xf32>
  return
}

// -----

func.func @segments_c3_rows(%x: tensor<1x8x4xf32>) {
  // expected-error @below {{expects the rows of the output to be dynamic or those of the input, but got 'tensor<1x7x4xf32>' for 'tensor<1x8x4xf32>'}}
  %y = attention.segments %x length(4) {
  ^bb0(%s: tensor<1x?x4xf32>):
    attention.yield %s : tensor<1x?x4xf32>
  } : (tensor<1x8x4xf32>) -> tensor<1x7x4xf32>
  return
}

// -----

func.func @segments_c4(%x: tensor<1x8x4xf32>) {
  // expected-error @below {{expects carry 0 to fit 'tensor<1x4x4xf32>', but got 'tensor<1x8x4xf32>'}}
  %y, %l = attention.segments %x carry(%x) length(4) {
  ^bb0(%s: tensor<1x?x4xf32>, %c: tensor<1x4x4xf32>):
    attention.yield %s, %c : tensor<1x?x4xf32>, tensor<1x4x4xf32>
  } : (tensor<1x8x4xf32>, tensor<1x8x4xf32>) -> (tensor<1x8x4xf32>, tensor<1x4x4xf32>)
  return
}

// -----

func.func @segments_c4_region(%x: tensor<1x8x4xf32>) {
  // expected-error @below {{expects the region to take carry 0 as 'tensor<1x?x4xf32>', but got 'tensor<1x8x4xf32>'}}
  %y, %l = attention.segments %x carry(%x) length(4) {
  ^bb0(%s: tensor<1x?x4xf32>, %c: tensor<1x8x4xf32>):
    attention.yield %s, %s : tensor<1x?x4xf32>, tensor<1x?x4xf32>
  } : (tensor<1x8x4xf32>, tensor<1x8x4xf32>) -> (tensor<1x8x4xf32>, tensor<1x?x4xf32>)
  return
}

// -----

func.func @segments_c4_yield(%x: tensor<1x8x4xf32>) {
  // expected-error @below {{expects carry 0 to fit 'tensor<1x8x4xf32>', but got 'tensor<1x?x4xf32>'}}
  %y, %l = attention.segments %x carry(%x) length(4) {
  ^bb0(%s: tensor<1x?x4xf32>, %c: tensor<1x8x4xf32>):
    attention.yield %s, %s : tensor<1x?x4xf32>, tensor<1x?x4xf32>
  } : (tensor<1x8x4xf32>, tensor<1x8x4xf32>) -> (tensor<1x8x4xf32>, tensor<1x8x4xf32>)
  return
}

// -----

func.func @segments_c4_result(%x: tensor<1x8x4xf32>) {
  // expected-error @below {{expects a result for each of 1 carries, but got 0}}
  %y = attention.segments %x carry(%x) length(4) {
  ^bb0(%s: tensor<1x?x4xf32>, %c: tensor<1x8x4xf32>):
    attention.yield %s, %c : tensor<1x?x4xf32>, tensor<1x8x4xf32>
  } : (tensor<1x8x4xf32>, tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
  return
}

// -----

//===- evolve -------------------------------------------------------------===//

func.func @evolve_c1(%x: tensor<3x4xf32>, %h: f32) {
  // expected-error @below {{expects 1 or more steps, but got 0}}
  %y = attention.evolve %x steps(0) step(0.5) method(euler) velocity {
  ^bb0(%p: tensor<3x4xf32>, %layer: index, %time: f32):
    attention.yield %p : tensor<3x4xf32>
  } : (tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @evolve_c2(%x: tensor<3x4xf32>, %h: f32) {
  // expected-error @below {{expects a number as step or one value for each of 1 operands, but got 2 values}}
  %y = attention.evolve %x steps(2) step(%h, %h : f32, f32) method(euler) velocity {
  ^bb0(%p: tensor<3x4xf32>, %layer: index, %time: f32):
    attention.yield %p : tensor<3x4xf32>
  } : (tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @evolve_c2_type(%x: tensor<3x4xf32>, %h: index) {
  // expected-error @below {{operand #1 must be variadic of 32-bit float or 64-bit float, but got 'index'}}
  %y = attention.evolve %x steps(2) step(%h : index) method(euler) velocity {
  ^bb0(%p: tensor<3x4xf32>, %layer: index, %time: f32):
    attention.yield %p : tensor<3x4xf32>
  } : (tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @evolve_c3(%x: tensor<3x4xf32>, %h: f32) {
  // expected-error @below {{expects plain to have points, momenta, a velocity and a force, but got 1 operands and 1 regions}}
  %y = attention.evolve %x steps(2) step(0.5) method(plain) velocity {
  ^bb0(%p: tensor<3x4xf32>, %layer: index, %time: f32):
    attention.yield %p : tensor<3x4xf32>
  } : (tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @evolve_c3_no_force(%x: tensor<3x4xf32>, %h: f32) {
  // expected-error @below {{expects presymplectic to have points, momenta, a velocity and a force, but got 2 operands and 1 regions}}
  %y:2 = attention.evolve %x, %x steps(2) step(0.5) method(presymplectic) velocity {
  ^bb0(%p: tensor<3x4xf32>, %m: tensor<3x4xf32>, %layer: index, %time: f32):
    attention.yield %p : tensor<3x4xf32>
  } : (tensor<3x4xf32>, tensor<3x4xf32>) -> (tensor<3x4xf32>, tensor<3x4xf32>)
  return
}

// -----

func.func @evolve_c3_force(%x: tensor<3x4xf32>, %h: f32) {
  // expected-error @below {{expects rk4 to have points and a velocity, but got 2 operands and 2 regions}}
  %y:2 = attention.evolve %x, %x steps(2) step(0.5) method(rk4) velocity {
  ^bb0(%p: tensor<3x4xf32>, %m: tensor<3x4xf32>, %layer: index, %time: f32):
    attention.yield %p : tensor<3x4xf32>
  } force {
  ^bb0(%p: tensor<3x4xf32>, %m: tensor<3x4xf32>, %layer: index, %time: f32):
    attention.yield %m : tensor<3x4xf32>
  } : (tensor<3x4xf32>, tensor<3x4xf32>) -> (tensor<3x4xf32>, tensor<3x4xf32>)
  return
}

// -----

func.func @evolve_c4(%x: tensor<3x4xf32>, %h: f32) {
  // expected-error @below {{expects a manifold without a force, but got #attention.sphere with damped_euler}}
  %y:2 = attention.evolve %x, %x steps(2) step(0.5) method(damped_euler) on(#attention.sphere) velocity {
  ^bb0(%p: tensor<3x4xf32>, %m: tensor<3x4xf32>, %layer: index, %time: f32):
    attention.yield %p : tensor<3x4xf32>
  } force {
  ^bb0(%p: tensor<3x4xf32>, %m: tensor<3x4xf32>, %layer: index, %time: f32):
    attention.yield %m : tensor<3x4xf32>
  } : (tensor<3x4xf32>, tensor<3x4xf32>) -> (tensor<3x4xf32>, tensor<3x4xf32>)
  return
}

// -----

func.func @evolve_c5(%x: tensor<3x4xf32>, %h: f32) {
  // expected-error @below {{expects the region velocity to take ('tensor<3x4xf32>', 'index', and an f32 or f64), but got ('tensor<3x4xf32>', 'f32')}}
  %y = attention.evolve %x steps(2) step(0.5) method(euler) velocity {
  ^bb0(%p: tensor<3x4xf32>, %time: f32):
    attention.yield %p : tensor<3x4xf32>
  } : (tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @evolve_c5_time(%x: tensor<3x4xf32>, %h: f32) {
  // expected-error @below {{expects the region velocity to take ('tensor<3x4xf32>', 'index', and an f32 or f64), but got ('tensor<3x4xf32>', 'index', 'index')}}
  %y = attention.evolve %x steps(2) step(0.5) method(euler) velocity {
  ^bb0(%p: tensor<3x4xf32>, %l: index, %time: index):
    attention.yield %p : tensor<3x4xf32>
  } : (tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @evolve_c5_yield(%x: tensor<3x4xf32>, %h: f32) {
  // expected-error @below {{expects the region velocity to yield one 'tensor<3x4xf32>', but got ('f32')}}
  %y = attention.evolve %x steps(2) step(0.5) method(euler) velocity {
  ^bb0(%p: tensor<3x4xf32>, %layer: index, %time: f32):
    attention.yield %time : f32
  } : (tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @evolve_c5_force(%x: tensor<3x4xf32>, %h: f32) {
  // expected-error @below {{expects the region force to yield one 'tensor<3x4xf32>', but got ()}}
  %y:2 = attention.evolve %x, %x steps(2) step(0.5) method(plain) velocity {
  ^bb0(%p: tensor<3x4xf32>, %m: tensor<3x4xf32>, %layer: index, %time: f32):
    attention.yield %p : tensor<3x4xf32>
  } force {
  ^bb0(%p: tensor<3x4xf32>, %m: tensor<3x4xf32>, %layer: index, %time: f32):
    attention.yield 
  } : (tensor<3x4xf32>, tensor<3x4xf32>) -> (tensor<3x4xf32>, tensor<3x4xf32>)
  return
}

// -----

func.func @evolve_c6(%x: tensor<3x4xf32>, %h: f32) {
  // expected-error @below {{expects results of types 'tensor<3x4xf32>', but got 'tensor<3x5xf32>'}}
  %y = attention.evolve %x steps(2) step(0.5) method(euler) velocity {
  ^bb0(%p: tensor<3x4xf32>, %layer: index, %time: f32):
    attention.yield %p : tensor<3x4xf32>
  } : (tensor<3x4xf32>) -> tensor<3x5xf32>
  return
}

// -----

func.func @evolve_c6_rank(%x: tensor<f32>, %h: f32) {
  // expected-error @below {{expects points of rank 1 or more, but got 'tensor<f32>'}}
  %y = attention.evolve %x steps(2) step(0.5) method(euler) velocity {
  ^bb0(%p: tensor<f32>, %l: index, %t: f32):
    attention.yield %p : tensor<f32>
  } : (tensor<f32>) -> tensor<f32>
  return
}

// -----

// expected-error @below {{expects a damping by log to start above 0, but got 0}}
func.func private @damping_start() attributes {test.attribute = #attention.damping<log = 3.0>}

// -----

// expected-error @below {{expects a damping by log to start above 0, but got -1}}
func.func private @damping_before_zero() attributes {test.attribute = #attention.damping<start = -1.0>}
