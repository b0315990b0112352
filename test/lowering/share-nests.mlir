// RUN: attention-opt %s "--attention-share-nests=least-function=20 least-nest=5" | FileCheck %s

// The first and the third loop are equal but for their buffers and bounds; the
// second adds another constant, the fourth reads twice what others read once.
// CHECK-LABEL: func.func private @long.part0(
// CHECK-SAME: %[[TO:[^:]*]]: index, %[[FROM:[^:]*]]: memref<16xf32>, %[[INTO:[^:]*]]: memref<16xf32>)
// CHECK-SAME: passthrough = ["noinline"]
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// CHECK-DAG: %[[FIRST:.*]] = arith.constant 0 : index
// CHECK: scf.for %[[I:.*]] = %[[FIRST]] to %[[TO]]
// CHECK: memref.load %[[FROM]][%[[I]]]
// CHECK: arith.addf %{{.*}}, %[[ONE]] : f32
// CHECK: memref.store %{{.*}}, %[[INTO]][%[[I]]]
// CHECK: return
// CHECK-LABEL: func.func @long(
// CHECK-SAME: %[[N:[^:]*]]: index, %[[M:[^:]*]]: index, %[[X:[^:]*]]: memref<16xf32>, %[[Y:[^:]*]]: memref<16xf32>)
// CHECK-NOT: scf.for
// CHECK: call @long.part0(%[[N]], %[[X]], %[[Y]])
// CHECK: scf.for
// CHECK: arith.addf
// CHECK-NOT: scf.for
// CHECK: call @long.part0(%[[M]], %[[Y]], %[[X]])
// CHECK: scf.for
// CHECK: arith.addf
// CHECK-NOT: call
func.func @long(%n: index, %m: index, %x: memref<16xf32>, %y: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f32
  %same = arith.constant 1.0 : f32
  %two = arith.constant 2.0 : f32
  scf.for %i = %c0 to %n step %c1 {
    %a = memref.load %x[%i] : memref<16xf32>
    %b = arith.addf %a, %one : f32
    memref.store %b, %y[%i] : memref<16xf32>
  }
  scf.for %i = %c0 to %n step %c1 {
    %a = memref.load %x[%i] : memref<16xf32>
    %b = arith.addf %a, %two : f32
    memref.store %b, %y[%i] : memref<16xf32>
  }
  scf.for %i = %c0 to %m step %c1 {
    %a = memref.load %y[%i] : memref<16xf32>
    %b = arith.addf %a, %same : f32
    memref.store %b, %x[%i] : memref<16xf32>
  }
  scf.for %i = %c0 to %m step %c1 {
    %a = memref.load %y[%i] : memref<16xf32>
    %b = arith.addf %a, %a : f32
    memref.store %b, %x[%i] : memref<16xf32>
  }
  return
}

// What a loop computes in registers is no business of others.
// CHECK-LABEL: func.func @results(
// CHECK-NOT: call
func.func @results(%x: memref<16xf32>) -> (f32, f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %a = scf.for %i = %c0 to %c16 step %c1 iter_args(%sum = %zero) -> (f32) {
    %v = memref.load %x[%i] : memref<16xf32>
    %w = arith.mulf %v, %v : f32
    %n = arith.negf %w : f32
    %e = arith.divf %n, %v : f32
    %f = arith.subf %e, %w : f32
    %g = arith.mulf %f, %e : f32
    %next = arith.addf %sum, %g : f32
    scf.yield %next : f32
  }
  %b = scf.for %i = %c0 to %c16 step %c1 iter_args(%sum = %zero) -> (f32) {
    %v = memref.load %x[%i] : memref<16xf32>
    %w = arith.mulf %v, %v : f32
    %n = arith.negf %w : f32
    %e = arith.divf %n, %v : f32
    %f = arith.subf %e, %w : f32
    %g = arith.mulf %f, %e : f32
    %next = arith.addf %sum, %g : f32
    scf.yield %next : f32
  }
  return %a, %b : f32, f32
}

// CHECK-LABEL: func.func @short(
// CHECK-NOT: call
func.func @short(%x: memref<16xf32>, %y: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  scf.for %i = %c0 to %c16 step %c1 {
    %a = memref.load %x[%i] : memref<16xf32>
    memref.store %a, %y[%i] : memref<16xf32>
    memref.store %a, %x[%i] : memref<16xf32>
  }
  scf.for %i = %c0 to %c16 step %c1 {
    %a = memref.load %x[%i] : memref<16xf32>
    memref.store %a, %y[%i] : memref<16xf32>
    memref.store %a, %x[%i] : memref<16xf32>
  }
  return
}
