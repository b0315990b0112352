// RUN: attention-opt %s --attention-unfold-evolve --attention-resolve-sizes --canonicalize --cse --split-input-file --verify-diagnostics | FileCheck %s

// Two stages on the sphere: rates lose what points outwards, stages and ends are normalised.
// CHECK-LABEL: func.func @heun(
// CHECK-SAME: %[[X:.*]]: tensor<1x?x4xf32>, %[[W:.*]]: tensor<4x4xf32>)
// CHECK-DAG: %[[HALF:.*]] = arith.constant 5.000000e-01 : f32
// CHECK: %[[N:.*]] = tensor.dim %[[X]]
// CHECK: scf.for {{.*}} iter_args(%[[P:.*]] = %[[X]])
// CHECK: %[[F:.*]] = attention.project %[[P]], %[[W]]
// CHECK: %[[OUTWARDS:.*]] = arith.mulf %[[F]], %[[P]]
// CHECK: linalg.reduce ins(%[[OUTWARDS]] : tensor<1x?x4xf32>) outs(%{{.*}} : tensor<1x?xf32>) dimensions = [2]
// CHECK: %[[K:.*]] = arith.subf %[[F]]
// CHECK: %[[H:.*]] = tensor.splat %[[HALF]][%[[N]]]
// CHECK: %[[MOVE:.*]] = arith.mulf %[[K]], %[[H]]
// CHECK: %[[AHEAD:.*]] = arith.addf %[[P]], %[[MOVE]]
// CHECK: %[[STAGE:.*]] = attention.rms_norm %[[AHEAD]]
// CHECK: attention.project %[[STAGE]], %[[W]]
// CHECK-NOT: tensor.dim
// CHECK: %[[END:.*]] = attention.rms_norm
// CHECK: scf.yield %[[END]]
func.func @heun(%x: tensor<1x?x4xf32>, %w: tensor<4x4xf32>) -> tensor<1x?x4xf32> {
  %end = attention.evolve %x steps(3) step(0.5) method(heun) on(#attention.sphere) velocity {
  ^bb0(%p: tensor<1x?x4xf32>, %layer: index, %time: f32):
    %f = attention.project %p, %w : tensor<1x?x4xf32>, tensor<4x4xf32>
    attention.yield %f : tensor<1x?x4xf32>
  } : (tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  return %end : tensor<1x?x4xf32>
}

// -----

// Points of 16 bits move in f32; the rates of the step before are carried; the friction is that of the time.
// CHECK-LABEL: func.func @past(
// CHECK-SAME: %[[X:.*]]: tensor<3x4xbf16>, %[[Y:.*]]: tensor<3x4xbf16>, %[[H:.*]]: f32)
// CHECK-DAG: %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<3x4xf32>
// CHECK-DAG: %[[STEP:.*]] = arith.extf %[[H]] : f32 to f64
// CHECK-DAG: %[[X0:.*]] = arith.extf %[[X]]
// CHECK-DAG: %[[Y0:.*]] = arith.extf %[[Y]]
// CHECK: scf.for %[[LAYER:.*]] = {{.*}} iter_args(%[[P:.*]] = %[[X0]], %[[M:.*]] = %[[Y0]], %[[F0:.*]] = %[[ZERO]], %[[G0:.*]] = %[[ZERO]])
// CHECK: %[[COUNT:.*]] = arith.sitofp
// CHECK: arith.mulf %[[COUNT]], %[[STEP]] : f64
// CHECK: %[[F:.*]] = arith.truncf %[[M]]
// CHECK: %[[NOW:.*]] = arith.extf %[[F]]
// CHECK: arith.cmpi eq, %[[LAYER]]
// CHECK: scf.yield %{{.*}}, %{{.*}}, %[[NOW]], %{{.*}} :
func.func @past(%x: tensor<3x4xbf16>, %y: tensor<3x4xbf16>, %h: f32) -> tensor<3x4xbf16> {
  %end, %m = attention.evolve %x, %y steps(3) step(%h : f32) method(adams_bashforth) damping(#attention.damping<log = 3.0, start = 1.0>) velocity {
  ^bb0(%p: tensor<3x4xbf16>, %m: tensor<3x4xbf16>, %layer: index, %time: f32):
    attention.yield %m : tensor<3x4xbf16>
  } force {
  ^bb0(%p: tensor<3x4xbf16>, %m: tensor<3x4xbf16>, %layer: index, %time: f32):
    attention.yield %p : tensor<3x4xbf16>
  } : (tensor<3x4xbf16>, tensor<3x4xbf16>) -> (tensor<3x4xbf16>, tensor<3x4xbf16>)
  return %end : tensor<3x4xbf16>
}

// -----

func.func @rows_of_unknown_size(%x: tensor<3x?xf32>) -> tensor<3x?xf32> {
  // expected-error @below {{'attention.evolve' op expects rows of static size on a sphere when compiled, but got 'tensor<3x?xf32>'}}
  %y = attention.evolve %x steps(2) step(0.5) method(euler) on(#attention.sphere) velocity {
  ^bb0(%p: tensor<3x?xf32>, %layer: index, %time: f32):
    attention.yield %p : tensor<3x?xf32>
  } : (tensor<3x?xf32>) -> tensor<3x?xf32>
  return %y : tensor<3x?xf32>
}
