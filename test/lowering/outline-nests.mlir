// RUN: attention-opt %s "--attention-outline-nests=least-function=20 least-nest=5" | FileCheck %s
// RUN: attention-opt %s "--attention-outline-nests=least-function=20 least-nest=100 least-part=10" | FileCheck %s --check-prefix=CUT

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

// What is long is a function of its own, but not what is next to all there is: here both loops within. Views at fixed places are made there.
// CUT-LABEL: func.func private @cut.part0(
// CUT-SAME: %[[N:[^:]*]]: index, %[[SCRATCH:[^:]*]]: memref<256xi8>)
// CUT: scf.for %{{.*}} = %{{.*}} to %[[N]]
// CUT-DAG: memref.view %[[SCRATCH]][%c64{{.*}}][]
// CUT-DAG: memref.view %[[SCRATCH]][%c128{{.*}}][]
// CUT-LABEL: func.func private @cut.part1(
// CUT-SAME: %{{[^:]*}}: index, %{{[^:]*}}: memref<256xi8>, %{{[^:]*}}: f32)
// CUT-LABEL: func.func @cut(
// CUT-SAME: %[[N:[^:]*]]: index, %[[SCRATCH:[^:]*]]: memref<256xi8>, %[[X:[^:]*]]: f32)
// CUT: scf.for
// CUT-NEXT: call @cut.part0(%[[N]], %[[SCRATCH]])
// CUT-NEXT: call @cut.part1(%[[N]], %[[SCRATCH]], %[[X]])
func.func @cut(%n: index, %scratch: memref<256xi8>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %from = memref.view %scratch[%c64][] : memref<256xi8> to memref<16xf32>
  %into = memref.view %scratch[%c128][] : memref<256xi8> to memref<16xf32>
  scf.for %round = %c0 to %n step %c1 {
    scf.for %i = %c0 to %n step %c1 {
      %a = memref.load %from[%i] : memref<16xf32>
      %b = arith.addf %a, %a : f32
      %c = arith.mulf %b, %a : f32
      %d = arith.negf %c : f32
      %e = arith.divf %d, %a : f32
      %f = arith.subf %e, %a : f32
      %g = arith.mulf %f, %e : f32
      memref.store %g, %into[%i] : memref<16xf32>
    }
    scf.for %i = %c0 to %n step %c1 {
      %a = memref.load %into[%i] : memref<16xf32>
      %b = arith.mulf %a, %x : f32
      %c = arith.addf %b, %a : f32
      %d = arith.negf %c : f32
      %e = arith.divf %d, %a : f32
      %f = arith.subf %e, %a : f32
      %g = arith.mulf %f, %e : f32
      memref.store %g, %from[%i] : memref<16xf32>
    }
  }
  return
}
