// RUN: attention-opt %s --attention-gather-branches -split-input-file | FileCheck %s

// Branches that ask for the same are one, above the work between them; what the second reads comes before both.
// CHECK-LABEL: func @gathers(
// CHECK-SAME: %[[NEAR:[^:]*]]: i1, %[[X:[^:]*]]: vector<4xf32>)
// CHECK: %[[E:.*]] = math.exp %[[X]]
// CHECK: %[[BOTH:.*]]:2 = scf.if %[[NEAR]] -> (vector<4xf32>, vector<4xf32>)
// CHECK: %[[A:.*]] = arith.addf %[[X]], %[[X]]
// CHECK: %[[B:.*]] = arith.mulf %[[E]], %[[X]]
// CHECK: scf.yield %[[A]], %[[B]]
// CHECK: else
// CHECK: %[[N:.*]] = arith.negf %[[X]]
// CHECK: scf.yield %[[N]], %[[E]]
// CHECK-NOT: scf.if
// CHECK: %[[D:.*]] = arith.divf %[[BOTH]]#0, %[[X]]
// CHECK: return %[[D]], %[[BOTH]]#1
func.func @gathers(%near: i1, %x: vector<4xf32>) -> (vector<4xf32>, vector<4xf32>) {
  %a = scf.if %near -> (vector<4xf32>) {
    %s = arith.addf %x, %x : vector<4xf32>
    scf.yield %s : vector<4xf32>
  } else {
    %n = arith.negf %x : vector<4xf32>
    scf.yield %n : vector<4xf32>
  }
  %d = arith.divf %a, %x : vector<4xf32>
  %e = math.exp %x : vector<4xf32>
  %b = scf.if %near -> (vector<4xf32>) {
    %p = arith.mulf %e, %x : vector<4xf32>
    scf.yield %p : vector<4xf32>
  } else {
    scf.yield %e : vector<4xf32>
  }
  return %d, %b : vector<4xf32>, vector<4xf32>
}

// -----

// What depends on the first stays behind it, also by a value in a region; and so does what another condition decides.
// CHECK-LABEL: func @stays(
// CHECK-COUNT-3: scf.if %{{.*}} -> (vector<4xf32>) {
func.func @stays(%near: i1, %other: i1, %x: vector<4xf32>) -> (vector<4xf32>, vector<4xf32>) {
  %a = scf.if %near -> (vector<4xf32>) {
    %s = arith.addf %x, %x : vector<4xf32>
    scf.yield %s : vector<4xf32>
  } else {
    scf.yield %x : vector<4xf32>
  }
  %d = arith.divf %a, %x : vector<4xf32>
  %b = scf.if %near -> (vector<4xf32>) {
    %p = arith.mulf %d, %x : vector<4xf32>
    scf.yield %p : vector<4xf32>
  } else {
    scf.yield %x : vector<4xf32>
  }
  %c = scf.if %other -> (vector<4xf32>) {
    %p = arith.subf %x, %x : vector<4xf32>
    scf.yield %p : vector<4xf32>
  } else {
    scf.yield %x : vector<4xf32>
  }
  return %b, %c : vector<4xf32>, vector<4xf32>
}

// -----

// What writes stays where it is, and branches that are rarely else are not those that may be.
// CHECK-LABEL: func @writes(
// CHECK: scf.if
// CHECK: attention.rare_else
// CHECK: memref.store
// CHECK: scf.if
// CHECK: memref.load
// CHECK: scf.if
func.func @writes(%near: i1, %x: f32, %m: memref<f32>) -> (f32, f32, f32) {
  %a = scf.if %near -> (f32) {
    scf.yield %x : f32
  } else {
    %n = arith.negf %x : f32
    scf.yield %n : f32
  } {attention.rare_else}
  memref.store %x, %m[] : memref<f32>
  %b = scf.if %near -> (f32) {
    %l = memref.load %m[] : memref<f32>
    scf.yield %l : f32
  } else {
    scf.yield %x : f32
  }
  %c = scf.if %near -> (f32) {
    %s = arith.addf %x, %x : f32
    scf.yield %s : f32
  } else {
    scf.yield %x : f32
  }
  return %a, %b, %c : f32, f32, f32
}
