// RUN: attention-opt %s --attention-refuse-uncompiled -split-input-file -verify-diagnostics

func.func @segments(%x: tensor<1x?x4xf32>) -> tensor<1x?x4xf32> {
  // expected-error @below {{'attention.segments' op has no compiled code so far (the interpreter runs it)}}
  %y = attention.segments %x length(4) {
  ^bb0(%s: tensor<1x?x4xf32>):
    attention.yield %s : tensor<1x?x4xf32>
  } : (tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  return %y : tensor<1x?x4xf32>
}

// -----

func.func @evolve(%x: tensor<3x4xf32>) -> tensor<3x4xf32> {
  // expected-error @below {{'attention.evolve' op has no compiled code so far (the interpreter runs it)}}
  %y = attention.evolve %x steps(2) step(0.5) method(euler) velocity {
  ^bb0(%p: tensor<3x4xf32>, %layer: index, %time: f32):
    attention.yield %p : tensor<3x4xf32>
  } : (tensor<3x4xf32>) -> tensor<3x4xf32>
  return %y : tensor<3x4xf32>
}

// -----

func.func @leaves_what_compiles(%x: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %y = attention.silu %x : tensor<3x4xf32>
  return %y : tensor<3x4xf32>
}
