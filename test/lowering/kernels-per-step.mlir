// A step of a flow is as few passes over memory as its attention allows, and copies nothing.
// RUN: attention-compile %s --stop-after=buffers -o %t.mlir && FileCheck %s < %t.mlir

!points = tensor<2x300x24xf32>
!heads = tensor<2x1x300x24xf32>
!square = tensor<24x24xf32>

// The queries, and all else: attention, projection, what is tangent of it, the step, and the way back to the sphere.
// CHECK-LABEL: func.func @sphere(
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<2x300x24xf32> {attention.name = "x"}, {{.*}}, %[[Y:[a-z0-9]+]]: memref<2x300x24xf32> {attention.name = "y", attention.result})
// CHECK-NOT: memref.copy
// CHECK: scf.for %{{.*}} iter_args(%{{.*}} = %[[X]], %{{.*}} = %[[Y]], %{{.*}} = %{{.*}})
// CHECK-COUNT-2: scf.forall
// CHECK-NOT: {{scf.forall|memref.copy}}
// CHECK: return
func.func @sphere(%x: !points {attention.name = "x"}, %B: !square {attention.name = "B"}, %V: !square {attention.name = "V"}) -> (!points {attention.name = "y"}) {
  %y = attention.evolve %x steps(7) step(0.1) method(euler) on(#attention.sphere) velocity {
  ^bb0(%p: !points, %layer: index, %time: f32):
    %q = attention.project %p, %B : !points, !square
    %qh = attention.split_heads %q heads(1) : !points
    %ph = attention.split_heads %p heads(1) : !points
    %ah = attention.attend #attention.softmax %qh, %ph, %ph : !heads, !heads, !heads
    %a = attention.merge_heads %ah : !heads
    %r = attention.project %a, %V : !points, !square
    attention.yield %r : !points
  } : (!points) -> !points
  return %y : !points
}

// The queries, and the attention of each of the four stages: its tasks move the points, sum up the rates, and compute the queries of the next stage.
// CHECK-LABEL: func.func @stages(
// CHECK-NOT: memref.copy
// CHECK: scf.for
// CHECK-COUNT-5: scf.forall
// CHECK-NOT: {{scf.forall|memref.copy}}
// CHECK: return
func.func @stages(%x: !points {attention.name = "x"}, %B: !square {attention.name = "B"}) -> (!points {attention.name = "y"}) {
  %y = attention.evolve %x steps(7) step(0.1) method(rk4) on(#attention.sphere) velocity {
  ^bb0(%p: !points, %layer: index, %time: f32):
    %q = attention.project %p, %B : !points, !square
    %qh = attention.split_heads %q heads(1) : !points
    %ph = attention.split_heads %p heads(1) : !points
    %ah = attention.attend #attention.softmax %qh, %ph, %ph : !heads, !heads, !heads
    %a = attention.merge_heads %ah : !heads
    attention.yield %a : !points
  } : (!points) -> !points
  return %y : !points
}

// Momenta and points move in the tasks of the force's attention. The velocity sees the same keys as the force: one attention is enough.
// CHECK-LABEL: func.func @momenta(
// CHECK-NOT: memref.copy
// CHECK: scf.for
// CHECK-COUNT-2: scf.forall
// CHECK-NOT: {{scf.forall|memref.copy}}
// CHECK: return
func.func @momenta(%x: !points {attention.name = "x"}, %y: !points {attention.name = "y"}, %B: !square {attention.name = "B"}) -> (!points {attention.name = "x_end"}, !points {attention.name = "y_end"}) {
  %x_end, %y_end = attention.evolve %x, %y steps(7) step(0.1) method(damped_euler) damping(#attention.damping<log = 3.0, start = 1.0>) velocity {
  ^bb0(%p: !points, %m: !points, %layer: index, %time: f32):
    %q = attention.project %p, %B : !points, !square
    %qh = attention.split_heads %q heads(1) : !points
    %ph = attention.split_heads %p heads(1) : !points
    %ah = attention.attend #attention.softmax %qh, %ph, %ph : !heads, !heads, !heads
    %a = attention.merge_heads %ah : !heads
    %r = arith.addf %a, %m : !points
    attention.yield %r : !points
  } force {
  ^bb0(%p: !points, %m: !points, %layer: index, %time: f32):
    %q = attention.project %p, %B : !points, !square
    %qh = attention.split_heads %q heads(1) : !points
    %ph = attention.split_heads %p heads(1) : !points
    %ah = attention.attend #attention.softmax %qh, %ph, %ph : !heads, !heads, !heads
    %a = attention.merge_heads %ah : !heads
    attention.yield %a : !points
  } : (!points, !points) -> (!points, !points)
  return %x_end, %y_end : !points, !points
}
