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

// -----

func.func @calls_itself(%x: tensor<3x4xf32>) -> tensor<3x4xf32> {
  // expected-error @below {{'func.call' op is left of what is inlined: functions that call themselves, or have no body, have no compiled code}}
  %y = call @calls_itself(%x) : (tensor<3x4xf32>) -> tensor<3x4xf32>
  return %y : tensor<3x4xf32>
}

// -----

func.func @while(%x: tensor<4xf32>, %c: i1) -> tensor<4xf32> {
  // expected-error @below {{'scf.while' op carries tensors until a condition fails, for which there is no compiled code so far (the interpreter runs it)}}
  %y = scf.while (%z = %x) : (tensor<4xf32>) -> tensor<4xf32> {
    scf.condition(%c) %z : tensor<4xf32>
  } do {
  ^bb0(%z: tensor<4xf32>):
    scf.yield %z : tensor<4xf32>
  }
  return %y : tensor<4xf32>
}

// -----

func.func @gather(%x: tensor<10x4xf32>, %i: tensor<3x1xindex>) -> tensor<3x1x4xf32> {
  // expected-error @below {{'tensor.gather' op has no compiled code so far}}
  %y = tensor.gather %x[%i] gather_dims([0]) : (tensor<10x4xf32>, tensor<3x1xindex>) -> tensor<3x1x4xf32>
  return %y : tensor<3x1x4xf32>
}

// -----

func.func @softmax(%x: tensor<4x8xf32>, %none: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // expected-error @below {{'linalg.softmax' op has no compiled code so far}}
  %y = linalg.softmax dimension(1) ins(%x : tensor<4x8xf32>) outs(%none : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

func.func @leaves_upstream(%x: tensor<?x4xf32>, %n: index) -> (tensor<?x4xf32>, f32) {
  %f = arith.constant 1.0 : f32
  %s = tensor.splat %f[%n] : tensor<?x4xf32>
  %y = linalg.matmul ins(%x, %x : tensor<?x4xf32>, tensor<?x4xf32>) outs(%s : tensor<?x4xf32>) -> tensor<?x4xf32>
  %c0 = arith.constant 0 : index
  %e = tensor.extract %y[%c0, %c0] : tensor<?x4xf32>
  return %y, %e : tensor<?x4xf32>, f32
}
